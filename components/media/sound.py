"""Sound: read in step with a clip's frame 0, write as WAV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from components.core import Float32, Sound, TroupeError, Uri
from components.media.output import discard, writing
from components.media.source import local_path, open_media


def sound_blocks(sound: Sound, *, rate: int, channels: int) -> Iterator[Float32]:
    """Blocks (n, channels) float32 in -1..1 of exactly round(duration * rate) samples in all.

    Sample 0 lies at second `sound.start` of the file; where the file has no sound there is silence.
    """
    total = round(sound.duration * rate)
    done = 0
    with open_media(sound.uri) as container:
        if not container.streams.audio:
            raise TroupeError("unreadable_media", f"{sound.uri} has no sound.", path=sound.uri)
        stream = container.streams.audio[0]
        for block, second in _resampled(container, stream, sound.start, rate, channels):
            at = round((second - sound.start) * rate)
            if at > done + rate // 20:  # a hole in the file; smaller steps are clock rounding
                gap = min(at, total) - done
                done += gap
                yield np.zeros((gap, channels), np.float32)
            elif at < done - rate // 20 or done == 0:
                block = block[max(0, done - at) :]
            block = block[: total - done]
            if len(block):
                done += len(block)
                yield block
            if done >= total:
                return
    while done < total:
        n = min(rate, total - done)
        done += n
        yield np.zeros((n, channels), np.float32)


def _resampled(container: Any, stream: Any, second: float, rate: int, channels: int) -> Iterator[tuple[Float32, float]]:
    """Resampled blocks and the second of the file at which each begins."""
    base = stream.time_base
    start = float((stream.start_time or 0) * base)
    if second > start + 1.0:
        container.seek(int((second - 0.5) / base), stream=stream)
    stored = 1 if stream.codec_context.channels == 1 else 2  # more than two are mixed down by the resampler
    resampler = av.AudioResampler(format="flt", layout="mono" if stored == 1 else "stereo", rate=rate)
    origin: float | None = None
    given = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            continue
        for frame in frames:
            if origin is None:
                origin = float(frame.pts * base) if frame.pts is not None else start
            frame.pts = None
            for out in resampler.resample(frame):
                block = _mixed(out.to_ndarray().reshape(-1, stored), channels)
                yield block, origin + given / rate
                given += len(block)
    for out in resampler.resample(None) if origin is not None else ():
        block = _mixed(out.to_ndarray().reshape(-1, stored), channels)
        yield block, (origin or 0.0) + given / rate
        given += len(block)


def _mixed(block: Float32, channels: int) -> Float32:
    """(N, channels) from (N, 1) or (N, 2): a mean or a copy, so that no loudness changes."""
    if block.shape[1] == channels:
        return block
    return np.repeat(block, 2, axis=1) if channels == 2 else block.mean(axis=1, keepdims=True)


def read_sound(sound: Sound, *, rate: int = 22050, mono: bool = True) -> Float32:
    """Samples in -1..1, sample 0 at the sound's own start: float32 (N,) or, not mono, (N, 2); N = duration * rate.

    Raises:
        TroupeError: file_not_found, unreadable_media.
    """
    channels = 1 if mono else 2
    blocks = list(sound_blocks(sound, rate=rate, channels=channels))
    samples = np.concatenate(blocks) if blocks else np.zeros((0, channels), np.float32)
    return samples[:, 0] if mono else samples


def can_hear(path: Uri | str | Path) -> bool:
    """The file has a sound track of which something can be decoded."""
    with open_media(path) as container:
        streams = [s for s in container.streams.audio if s.codec_context is not None]
        if not streams:
            return False
        for packet, _ in zip(container.demux(streams[0]), range(200), strict=False):
            try:
                if packet.decode():
                    return True
            except (av.FFmpegError, ValueError):
                continue
    return False


def write_sound(path: Uri | str | Path, samples: Float32, rate: int) -> Sound:
    """Write a 16-bit WAV and name it as a Sound.

    Args:
        path: of the .wav.
        samples: (N,) or (N, 2) float32 in -1..1; louder is clipped.
        rate: samples a second.

    Raises:
        TroupeError: disk_full, output_unwritable.
    """
    import wave

    file = local_path(path)
    frames = np.ascontiguousarray(samples, dtype=np.float32).reshape(len(samples), -1)
    pcm = (np.clip(frames, -1, 1) * 32767).round().astype("<i2")
    try:
        with writing(file), file.open("wb") as raw, wave.open(raw, "wb") as out:
            out.setnchannels(frames.shape[1])
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(pcm.tobytes())
    except TroupeError:
        discard(file)
        raise
    return Sound(Uri(str(file)), rate, frames.shape[1], 0.0, len(frames) / rate)
