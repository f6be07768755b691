"""What a network is told of a pose: 26 numbers, or a picture of the skeleton with a channel for each bone."""

from __future__ import annotations

import cv2
import numpy as np

from components.animate.deepdance.window import Window
from components.core import DEEPDANCE_13, Float32, UInt8

_J = DEEPDANCE_13.index
BONES: tuple[tuple[int, int], ...] = (
    *DEEPDANCE_13.bones,
    (_J("left_shoulder"), _J("left_hip")),
    (_J("right_shoulder"), _J("right_hip")),
)
NOSE = len(BONES) + 1
"""Channel of the disc at the nose; the one before it holds the line from the nose to the middle of the shoulders."""
CHANNELS = len(BONES) + 2
JOINTS = len(DEEPDANCE_13.joints)
_THICK = 0.045
"""Of a bone, in heights of the person: about a forearm."""
_FINE = 4
"""Bits after the point of the coordinates that OpenCV draws with."""


def draw_map(pose: Float32, window: Window, size: int) -> UInt8:
    """A skeleton.

    Args:
        pose: (13, 2) relative to the hip, in heights.
        window: where it is drawn.
        size: px.

    Returns:
        (CHANNELS, size, size) uint8, 255 on the bone.
    """
    out = np.zeros((CHANNELS, size, size), np.uint8)
    at = window.pixels(pose, size)
    fixed = np.round(np.clip(at, -4 * size, 5 * size) * (1 << _FINE)).astype(int)
    thick = max(1, round(_THICK * size / window.side))
    for channel, (a, b) in enumerate(BONES):
        _line(out[channel], fixed[a], fixed[b], thick)
    nose, left, right = (_J(n) for n in ("nose", "left_shoulder", "right_shoulder"))
    _line(out[NOSE - 1], fixed[nose], (fixed[left] + fixed[right]) // 2, thick)
    centre = (int(fixed[nose][0]), int(fixed[nose][1]))
    cv2.circle(out[NOSE], centre, max(1, thick) << _FINE, 255, cv2.FILLED, cv2.LINE_AA, _FINE)
    return out


def _line(picture: UInt8, start: np.ndarray, end: np.ndarray, thick: int) -> None:  # type: ignore[type-arg]
    a, b = ((int(p[0]), int(p[1])) for p in (start, end))
    cv2.line(picture, a, b, 255, thick, cv2.LINE_AA, _FINE)


def as_input(maps: UInt8) -> Float32:
    """Maps (..., C, H, W) uint8 as a network takes them: float32 -1 to 1."""
    return np.asarray(maps, np.float32) / 127.5 - 1.0
