"""Sound: read in step with a clip's frame 0, write as WAV."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from components.core import Float32, Sound, TroupeError, Uri
from components.media.output import discard, writing
from components.media.source import decoded, local_path, open_media, packets

_SLACK = 0.05
"""Seconds by which the clock of a file may differ from its count of samples before it is taken for a hole."""
_LONGEST = 65_536
"""Samples in a block of silence."""


def sound_blocks(sound: Sound, *, rate: int, channels: int) -> Iterator[Float32]:
    """Blocks (n, channels) float32 in -1..1 of exactly round(duration * rate) samples in all.

    Sample 0 lies at second `sound.start` of the file; where the file has no sound, or damaged sound, there is silence.

    Raises:
        TroupeError: file_not_found, unreadable_media (no sound track).
    """
    total = round(sound.duration * rate)
    done = 0
    with open_media(sound.uri) as container:
        if not container.streams.audio or container.streams.audio[0].codec_context is None:
            raise TroupeError("unreadable_media", f"{sound.uri} has no sound that can be read.", path=sound.uri)
        for block, second in _resampled(container, container.streams.audio[0], sound.start, rate, channels):
            at = round((second - sound.start) * rate)
            if abs(at - done) <= rate * _SLACK and done:
                at = done
            if at > done:
                for silence in _silence(min(at, total) - done, channels):
                    done += len(silence)
                    yield silence
            block = block[max(0, done - at) :][: total - done]
            if len(block):
                done += len(block)
                yield block
            if done >= total:
                return
    yield from _silence(total - done, channels)


def _silence(samples: int, channels: int) -> Iterator[Float32]:
    for at in range(0, samples, _LONGEST):
        yield np.zeros((min(_LONGEST, samples - at), channels), np.float32)


def _resampled(container: Any, stream: Any, second: float, rate: int, channels: int) -> Iterator[tuple[Float32, float]]:
    """Resampled blocks and the second of the file at which each begins; a new start after every hole."""
    if second > float((stream.start_time or 0) * stream.time_base) + 1.0:
        with contextlib.suppress(av.FFmpegError, OSError):
            container.seek(int((second - 0.5) / stream.time_base), stream=stream)
    run: _Run | None = None
    for packet in packets(container, stream):
        for frame in decoded(packet) or ():
            if not frame.samples or not frame.sample_rate:
                continue
            if run is None or not run.follows(frame):
                if run is not None:
                    yield from run.rest()
                run = _Run(frame, rate, channels)
            yield from run.add(frame)
    if run is not None:
        yield from run.rest()


class _Run:
    """Frames of sound without a hole, in one format, on their way to another rate and number of channels."""

    def __init__(self, frame: Any, rate: int, channels: int) -> None:
        self._format = (frame.format.name, frame.layout.name, frame.sample_rate)
        self._rate, self._channels = rate, channels
        self._stored = 1 if frame.layout.nb_channels == 1 else 2  # more than two are mixed down by the resampler
        layout = "mono" if self._stored == 1 else "stereo"
        self._resampler = av.AudioResampler(format="flt", layout=layout, rate=rate)
        self._start = float(frame.pts * frame.time_base) if frame.pts is not None else 0.0
        self._taken = self._given = 0

    def follows(self, frame: Any) -> bool:
        """The frame continues this run."""
        if (frame.format.name, frame.layout.name, frame.sample_rate) != self._format:
            return False
        expected = self._start + self._taken / frame.sample_rate
        return frame.pts is None or abs(float(frame.pts * frame.time_base) - expected) <= _SLACK

    def add(self, frame: Any) -> Iterator[tuple[Float32, float]]:
        """Take a frame; give what is ready, with its second of the file."""
        self._taken += frame.samples
        frame.pts = None
        yield from self._given_out(self._resampler.resample(frame))

    def rest(self) -> Iterator[tuple[Float32, float]]:
        """What the resampler still holds."""
        yield from self._given_out(self._resampler.resample(None))

    def _given_out(self, frames: Any) -> Iterator[tuple[Float32, float]]:
        for frame in frames:
            block = _mixed(frame.to_ndarray().reshape(-1, self._stored), self._channels)
            yield block, self._start + self._given / self._rate
            self._given += len(block)


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
        return any(decoded(packet) for packet, _ in zip(packets(container, streams[0]), range(200), strict=False))


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
