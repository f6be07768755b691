"""What is behind a person, as far as a clip shows it: all of it where the camera stands still, else what is beside
them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from components.core import Clip, Dancer, UInt8
from components.media import decode, probe

_LOOKS = 48
"""Frames from which the background is put together."""
_REACH = 0.03
"""Of the frame's larger side, around the matte: shadows and blurred edges are no background."""
_STEADY = 9.0
"""Levels of 255: median difference of a frame's surroundings from the background that a standing camera stays under."""
_EDGE = 0.012
"""Of a square's side, around the matte in it: what may still be the person."""
_CLEAR = 20
"""Level of a matte up to which nobody is there."""


def mattes_of(clip: Clip, dancer: Dancer, first: int = 0, count: int | None = None) -> Iterator[UInt8]:
    """Frames (h, w) uint8 of a dancer's matte, in the matte's own size."""
    assert dancer.mask is not None
    picture = probe(dancer.mask).picture
    assert picture is not None
    own = Clip(dancer.mask, picture.width, picture.height, clip.fps, clip.frames, 0.0, None, "sdr", "")
    return decode(own, first=first, count=count, pix_fmt="gray")


def plate_of(pictures: list[UInt8], mattes: list[UInt8]) -> UInt8 | None:
    """The clip without the person, or None where the camera moves.

    The median of what each pixel shows while the person is elsewhere; what is always hidden is continued from its
    surroundings (Telea 2004).

    Args:
        pictures: (H, W, 3) uint8 each.
        mattes: (H, W) uint8 each.
    """
    height, width = mattes[0].shape
    reach = max(3, round(_REACH * max(height, width))) | 1
    kernel = np.ones((reach, reach), np.uint8)
    covered = np.stack([cv2.dilate(m, kernel) > _CLEAR for m in mattes])
    stack = np.stack(pictures)
    plate = np.zeros((height, width, 3), np.uint8)
    hidden: npt.NDArray[np.bool_] = np.asarray(covered.all(axis=0))
    for row in range(height):  # a row at a time: a masked median of all at once would take gigabytes
        values: Any = np.where(covered[:, row, :, None], np.nan, stack[:, row])
        values[:, hidden[row]] = 0
        plate[row] = np.nanmedian(values, axis=0).astype(np.uint8)
    if hidden.any():
        plate = np.asarray(cv2.inpaint(plate, hidden.astype(np.uint8), 3, cv2.INPAINT_TELEA), np.uint8)
    away = [_difference(p, plate, ~(c | hidden)) for p, c in zip(pictures, covered, strict=True)]
    return plate if float(np.median(away)) < _STEADY else None


def _difference(picture: UInt8, plate: UInt8, where: npt.NDArray[np.bool_]) -> float:
    if not where.any():
        return float("inf")
    return float(np.abs(picture[where].astype(np.int16) - plate[where]).mean())


def chosen(frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Frames, evenly spread, from which the background is put together."""
    return np.unique(frames[np.linspace(0, len(frames) - 1, min(_LOOKS, len(frames))).astype(int)])


def beside(picture: UInt8, matte: UInt8) -> UInt8:
    """A picture without the person, where no other frame tells what is behind them: what surrounds them goes on.

    Args:
        picture: (S, S, 3) uint8.
        matte: (S, S) uint8.
    """
    reach = 2 * max(1, round(_EDGE * len(matte))) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    hidden = (cv2.dilate(matte, kernel) > _CLEAR).astype(np.uint8)
    return np.asarray(cv2.inpaint(picture, hidden, 3, cv2.INPAINT_TELEA), np.uint8)
