"""The square of a clip that a learned person is drawn in: it goes with the hip, its size is that of the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import Float32

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A square about the hip. All lengths are shares of the person's height.

    Attributes:
        left, top: of the square's corner, relative to the middle of the hips.
        side: of the square.
    """

    left: float
    top: float
    side: float

    @classmethod
    def around(cls, boxes: Float64, room: float = 0.15) -> Window:
        """The smallest square that holds nearly all boxes, with some room.

        Args:
            boxes: (N, 4) x0, y0, x1, y1 relative to the hip, in heights.
            room: added, as a share of the side.
        """
        low = np.percentile(boxes[:, :2], 1, axis=0)
        high = np.percentile(boxes[:, 2:], 99, axis=0)
        side = float((high - low).max()) * (1 + room)
        left, top = (float(v) for v in (low + high - side) / 2)
        return cls(left, top, side)

    @classmethod
    def from_values(cls, values: Mapping[str, float | str]) -> Window:
        """From the values of a contract's operation "window"."""
        return cls(float(values["left"]), float(values["top"]), float(values["side"]))

    def values(self) -> dict[str, float]:
        """For a contract's operation."""
        return {"left": self.left, "top": self.top, "side": self.side}

    def pixels(self, poses: Float32, size: int) -> Float32:
        """Where joints lie in the window's picture.

        Args:
            poses: (..., 2) relative to the hip, in heights.
            size: px of the picture.

        Returns:
            (..., 2) float32 px, centres of pixels at whole numbers.
        """
        corner = np.array([self.left, self.top], np.float32)
        return np.asarray((poses - corner) * np.float32(size / self.side) - 0.5, np.float32)

    def onto(self, hip: Float64, height: float, size: int) -> Float64:
        """(2, 3) affine from px of the window's picture to px of the frame in which the hip and the height lie."""
        scale = self.side * height / size
        corner = hip + np.array([self.left, self.top]) * height
        shift = corner + 0.5 * scale - 0.5
        return np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
