"""Moving pictures that FFmpeg does not read become a lossless video."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from components.core import TroupeError, UInt8, Uri
from components.media.source import local_path
from components.media.writer import VideoWriter

_FASTEST = 50
"""Frames a second; shorter frames are shown for a tenth of a second, as browsers do."""


def unfold(
    path: Uri | str | Path, out: Path, *, last: float, limit: float, report: Callable[[int], None] = lambda _: None
) -> None:
    """Write a moving WebP as FFV1, each frame for as long as it is shown, on black where it is transparent.

    Args:
        path: of the WebP.
        out: .mkv to write.
        last: second of the end; what is shown later is left out.
        limit: seconds; a longer one is refused.
        report: is called with the number of frames so far; what it raises ends the work.

    Raises:
        TroupeError: clip_too_long, unreadable_media, disk_full, output_unwritable.
    """
    file = local_path(path)
    try:
        with Image.open(file, formats=("WEBP",)) as image:
            rates = [1000 / d for d in _durations(image)]
            seconds = sum(1 / r for r in rates)
            if seconds > limit:
                raise TroupeError(
                    "clip_too_long",
                    f"{file.name} lasts {seconds:.0f} seconds; at most {limit:.0f} are taken at once. Say which part "
                    "is wanted: --start 60 --duration 30",
                    seconds=round(seconds, 3), limit=limit,
                )  # fmt: skip
            fps = max(1, min(_FASTEST, round(max(rates, default=10))))
            with VideoWriter(out, image.width, image.height, fps, codec="ffv1") as writer:
                shown = 0.0
                for frame, rate in zip(_frames(image), rates, strict=False):
                    shown += fps / rate
                    while writer.frames < max(1, round(min(shown, last * fps))):
                        writer.write(frame)
                        report(writer.frames)
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise TroupeError(
            "unreadable_media", f"{file.name} is damaged ({error}); save it as MP4 (H.264).", path=str(file)
        ) from error


def _durations(image: Image.Image) -> list[float]:
    """Milliseconds of each frame."""
    found = []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        given = float(frame.info.get("duration", 100))
        found.append(given if given >= 1000 / _FASTEST else 100.0)
    return found


def _frames(image: Image.Image) -> Iterator[UInt8]:
    for frame in ImageSequence.Iterator(image):
        rgba = frame.convert("RGBA")
        black = Image.new("RGBA", rgba.size, (0, 0, 0, 255))
        yield np.asarray(Image.alpha_composite(black, rgba).convert("RGB"))
