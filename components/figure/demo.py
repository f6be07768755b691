"""The demo's own media: a photo of one figure, and a clip of another who dances."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.core import Motion, Progress, Report, silent
from components.figure.scene import draw_clip, draw_photo

PHOTO_LOOK, PHOTO_ROOM, PHOTO_SIZE = "ada", "studio", (960, 1280)
CLIP_LOOK, CLIP_ROOM, CLIP_SIZE, CLIP_FPS = "kofi", "loft", (512, 640), 25


def draw_photo_file(path: Path) -> Path:
    """Write the demo's photo."""
    from components.media import write_picture

    rgb, _ = draw_photo(
        PHOTO_LOOK, "standing", PHOTO_SIZE, room=PHOTO_ROOM, face={"smile_left": 0.6, "smile_right": 0.6}
    )
    write_picture(path, rgb)
    return path


def draw_demo(
    folder: Path,
    motion: Motion,
    sound: npt.NDArray[np.float32],
    *,
    rate: int = 44100,
    seconds: float | None = 8.0,
    report: Report = silent,
) -> tuple[Path, Path]:
    """Write the demo's media.

    Args:
        folder: exists; receives photo.png and reference.mp4.
        motion: the choreography that the reference dances.
        sound: (S,) or (S, 2) float32: its music.
        rate: samples a second of the sound.
        seconds: of the reference at most; None: all of the motion.
        report: receives progress.

    Returns:
        Paths of the photo and of the reference.
    """
    report(Progress("draw", 0, 0, "the photo"))
    photo = draw_photo_file(folder / "photo.png")
    length = motion.frames / float(motion.fps)
    length = min(length, seconds) if seconds is not None else length
    reference = folder / "reference.mp4"
    draw_clip(
        reference, CLIP_LOOK, motion, size=CLIP_SIZE, fps=Fraction(CLIP_FPS), seconds=length,
        sound=(sound[: round(length * rate)], rate), room=CLIP_ROOM, report=report,
    )  # fmt: skip
    return photo, reference
