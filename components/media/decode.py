"""Frames of a clip on its constant grid: upright, square pixels, 8-bit sRGB."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from components.core import Clip, TroupeError, UInt8
from components.media.convert import Converter
from components.media.frames import frames_from, prepare
from components.media.probe import picture_stream
from components.media.source import open_media


def decode(
    clip: Clip,
    *,
    first: int = 0,
    count: int | None = None,
    size: tuple[int, int] | None = None,
    pix_fmt: str = "rgb24",
    threads: int = 1,
) -> Iterator[UInt8]:
    """Frames first .. first + count - 1 of the clip's grid; where the file has none, the last good one again.

    Args:
        clip: what to read.
        first: index on the grid.
        count: number of frames, None: to the end.
        size: (width, height) px to scale to, None: the clip's own.
        pix_fmt: "rgb24" for (H, W, 3) or "gray" for (H, W) uint8.
        threads: of the decoder; frames are the same with any number.

    Raises:
        TroupeError: unreadable_media where no frame at all can be read.
    """
    last = clip.frames if count is None else min(clip.frames, first + count)
    if first >= last:
        return
    width, height = size or (clip.width, clip.height)
    with open_media(clip.uri) as container:
        stream = picture_stream(container)
        if stream is None:
            raise TroupeError("no_picture_track", f"{clip.uri} has no pictures.", path=clip.uri)
        prepare(stream, threads)
        tolerance = _tolerance(stream, clip.fps)
        convert = Converter(width, height, pix_fmt)
        index = first
        shown: Any = None
        picture: UInt8 | None = None
        for frame in frames_from(container, stream, clip.start + float(first / clip.fps)):
            if frame.picture is None:
                continue
            while index < last and shown and frame.second > clip.start + float(index / clip.fps) + tolerance:
                picture = convert(shown) if picture is None else picture.copy()
                yield picture
                index += 1
            if index >= last:
                return
            shown, picture = frame.picture, None
        if shown is None:
            raise TroupeError("unreadable_media", f"No picture of {clip.uri} can be read there.", path=clip.uri)
        for _ in range(index, last):
            picture = convert(shown) if picture is None else picture.copy()
            yield picture


def _tolerance(stream: Any, fps: Fraction) -> float:
    """Half a frame of the file, in seconds: container clocks are rounded, and grid times fall on frame times."""
    rate = stream.average_rate or stream.guessed_rate
    return 0.5 / float(max(Fraction(rate or fps), fps))
