"""Decoded frames of a file with the second at which each is shown; what cannot be read whole is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av

from components.media.source import decoded, packets

_BEFORE = (0.5, 12.0)
"""Seconds before the wanted one to seek to: keyframes are found by decoding time, which runs ahead of showing time,
and streams without an index land only near to what was asked."""


@dataclass(frozen=True)
class Shown:
    """One frame of a file.

    Attributes:
        second: of the file's clock.
        picture: the decoded frame, None where it is damaged.
    """

    second: float
    picture: Any | None


def prepare(stream: Any, threads: int) -> None:
    """Set how many threads decode a stream; whole frames a thread, so that pictures never depend on it."""
    stream.codec_context.thread_type = "FRAME" if threads > 1 else "NONE"
    stream.codec_context.thread_count = threads


def frames_from(container: Any, stream: Any, second: float) -> Iterator[Shown]:
    """Frames in the order shown, from one at or before `second` (or the first of the file) on."""
    start = start_of(stream)
    sought = False
    for before in _BEFORE:
        if second - before <= start + before:
            break
        try:
            container.seek(int((second - before) / stream.time_base), stream=stream)
        except (av.FFmpegError, OSError):
            break
        sought = True
        shown = _decoded(container, stream, second - before)
        head = next((s for s in shown if s.picture is not None), None)
        if head is not None and head.second <= second:
            yield head
            yield from shown
            return
    if sought:
        container.seek(int((start - 10) / stream.time_base), stream=stream)  # well before, or it lands after the first
    yield from _decoded(container, stream, start)


def start_of(stream: Any) -> float:
    """Second of the file's clock at which a stream begins."""
    return float((stream.start_time or 0) * stream.time_base)


def _decoded(container: Any, stream: Any, second: float) -> Iterator[Shown]:
    base = stream.time_base
    step = 1 / float(stream.average_rate or 25)
    second -= step
    torn: set[int] = set()
    for packet in packets(container, stream):
        if packet.is_corrupt and packet.pts is not None:
            torn.add(packet.pts)
        pictures = decoded(packet)
        if pictures is None:
            stamp = packet.pts if packet.pts is not None else packet.dts
            yield Shown(float(stamp * base) if stamp is not None else second + step, None)
            continue
        for picture in pictures:
            second = float(picture.pts * base) if picture.pts is not None else second + step
            yield Shown(second, None if picture.is_corrupt or picture.pts in torn else picture)
