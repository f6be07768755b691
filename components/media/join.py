"""Pieces of one video become one file without encoding pictures again; the sound is encoded in the same pass."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from components.core import Sound, TroupeError
from components.media.output import replacing
from components.media.sound import sound_blocks
from components.media.source import local_path, open_media

RATE = 48_000
_BLOCK = 1024


def join(
    pieces: Sequence[Path],
    sound: Sound | None,
    out: Path,
    *,
    duration: float | None = None,
    overwrite: bool = False,
) -> None:
    """Join H.264 pieces of the same settings into one MP4 that browsers start before it is loaded.

    The file is written beside `out` and takes its name when it is whole.

    Args:
        pieces: videos by VideoWriter(codec="libx264"), in order.
        sound: encoded to AAC, 48 kHz stereo, cut or filled with silence to the pictures' length; None: no sound.
        out: the .mp4.
        duration: seconds of the pictures; None: as long as the pieces are.
        overwrite: an existing `out` may be replaced.

    Raises:
        TroupeError: output_exists, output_unwritable, disk_full; unreadable_media for a damaged piece.
    """
    target = local_path(out)
    with replacing(target, overwrite=overwrite) as part:
        _mux(pieces, sound, part, duration)


def _mux(pieces: Sequence[Path], sound: Sound | None, part: Path, duration: float | None) -> None:
    if duration is None:
        duration = float(sum(_length(p) for p in pieces))
    container = av.open(f"file:{part}", "w", format="mp4", options={"movflags": "+faststart"})
    try:
        with open_media(pieces[0]) as first:
            pictures: Any = container.add_stream_from_template(first.streams.video[0])
        speech: Any = None
        packets: Iterator[Any] = iter(())
        if sound is not None:
            speech = container.add_stream("aac", rate=RATE, layout="stereo")
            speech.bit_rate = 192_000
            packets = _aac(sound, speech, duration)
        ahead = next(packets, None)
        for packet in _shifted(pieces, pictures):
            second = float(packet.dts * packet.time_base)
            container.mux(packet)
            while ahead is not None and float(ahead.dts * ahead.time_base) <= second:
                container.mux(ahead)
                ahead = next(packets, None)
        while ahead is not None:
            container.mux(ahead)
            ahead = next(packets, None)
    finally:
        container.close()


def _shifted(pieces: Sequence[Path], stream: Any) -> Iterator[Any]:
    """Packets of all pieces, each piece moved to where the one before ends.

    Decoding times are counted anew: a piece of one frame has none of the delay that reordered frames give the others.
    """
    delay = max(_delay(p) for p in pieces)
    shown = decoded = Fraction(0)
    for piece in pieces:
        with open_media(piece) as container:
            source = container.streams.video[0]
            base, step = source.time_base, 1 / Fraction(source.average_rate)
            start = source.start_time or 0
            frames = 0
            for packet in container.demux(source):
                if packet.dts is None or packet.pts is None:
                    continue
                packet.pts = round((shown / base) + packet.pts - start)
                packet.dts = round((decoded - delay) / base)
                packet.stream = stream
                decoded += step
                frames += 1
                yield packet
            shown += frames * step


def _delay(piece: Path) -> Fraction:
    """Seconds by which decoding runs ahead of showing."""
    with open_media(piece) as container:
        source = container.streams.video[0]
        packet = next(p for p in container.demux(source))
        if packet.dts is None:
            raise TroupeError("unreadable_media", f"The piece {piece} holds no frames.", path=str(piece))
        return Fraction(((source.start_time or 0) - packet.dts) * source.time_base)


def _length(piece: Path) -> Fraction:
    """Seconds of a piece, exact."""
    with open_media(piece) as container:
        source = container.streams.video[0]
        return sum(1 for p in container.demux(source) if p.size) / Fraction(source.average_rate)


def _aac(sound: Sound, stream: Any, duration: float) -> Iterator[Any]:
    """AAC packets of exactly `duration` seconds."""
    total = round(duration * RATE)
    wanted = Sound(sound.uri, sound.rate, sound.channels, sound.start, min(sound.duration, duration))
    done = 0
    for block in _blocks(wanted, total):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = done
        frame.time_base = Fraction(1, RATE)
        done += len(block)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _blocks(sound: Sound, total: int) -> Iterator[np.ndarray[Any, np.dtype[np.float32]]]:
    """The sound in blocks of the encoder's size, filled with silence to `total` samples."""
    kept = np.zeros((0, 2), np.float32)
    done = 0
    for block in sound_blocks(sound, rate=RATE, channels=2):
        kept = np.concatenate([kept, block])
        while len(kept) >= _BLOCK:
            yield kept[:_BLOCK]
            kept = kept[_BLOCK:]
            done += _BLOCK
    while done < total:
        n = min(_BLOCK, total - done)
        yield np.concatenate([kept[:n], np.zeros((n - len(kept[:n]), 2), np.float32)])
        kept = kept[n:]
        done += n


def merge(pictures: Path, sound: Path, out: Path) -> None:
    """The pictures of one file and the sound of another in one Matroska file, nothing encoded again.

    Raises:
        TroupeError: unreadable_media, disk_full, output_unwritable.
    """
    target = local_path(out)
    with (
        replacing(target, overwrite=True) as part,
        open_media(pictures) as first,
        open_media(sound) as second,
        av.open(f"file:{part}", "w", format="matroska") as container,
    ):
        both = [
            _copied(first, first.streams.video[0], container),
            _copied(second, second.streams.audio[0], container),
        ]
        for packet in heapq.merge(*both, key=lambda p: p.dts * p.time_base):
            container.mux(packet)


def _copied(source: Any, stream: Any, container: Any) -> Iterator[Any]:
    """Packets of a stream, bound for a new stream like it."""
    target = container.add_stream_from_template(stream)
    return _bound(source, stream, target)


def _bound(source: Any, stream: Any, target: Any) -> Iterator[Any]:
    for packet in source.demux(stream):
        if packet.dts is not None:
            packet.stream = target
            yield packet
