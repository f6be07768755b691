"""How stored frames are turned and mirrored to stand upright."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from components.core import UInt8


@dataclass(frozen=True)
class Turn:
    """One of the eight ways to lay a frame: first transposed, then mirrored.

    Attributes:
        transposed: rows become columns.
        mirror_x: left and right change places.
        mirror_y: top and bottom change places.
    """

    transposed: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) px after (and, the turn being a swap at most, before) turning."""
        return (height, width) if self.transposed else (width, height)

    def __call__(self, frame: UInt8) -> UInt8:
        """The frame (H, W) or (H, W, C), turned; contiguous."""
        if self.transposed:
            frame = np.asarray(cv2.transpose(frame), np.uint8)
        if self.mirror_x or self.mirror_y:
            code = -1 if self.mirror_x and self.mirror_y else 1 if self.mirror_x else 0
            frame = np.asarray(cv2.flip(frame, code), np.uint8)
        return frame


def turn_of(frame: Any) -> Turn:
    """The turn that the display matrix of a decoded frame asks for, to the nearest right angle.

    The matrix (ISO/IEC 14496-12, 8.3.2.3) takes (x, y) to (a x + c y, b x + d y), stored as a b u c d v x y w.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None or len(bytes(data)) < 36:
        return Turn()
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(np.int64)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, bool(a < 0), bool(d < 0))
    return Turn(True, bool(c < 0), bool(b < 0))
