"""The rotated square that a network looks at, and the way there and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from components.core import Float32, UInt8


@dataclass(frozen=True)
class Region:
    """A rotated square of a picture.

    Attributes:
        x, y: px of its centre.
        size: px of its side.
        angle: radians by which its up axis is turned clockwise from the picture's.
    """

    x: float
    y: float
    size: float
    angle: float = 0.0

    @property
    def usable(self) -> bool:
        """Finite and not absurdly small or large."""
        values = (self.x, self.y, self.size, self.angle)
        return all(math.isfinite(v) for v in values) and 4.0 <= self.size <= 1e5

    def moved(self, shift_x: float, shift_y: float, scale: float) -> Region:
        """Shifted along its own axes by shares of its size, then scaled about its centre."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        dx, dy = shift_x * self.size, shift_y * self.size
        return Region(self.x + c * dx - s * dy, self.y + s * dx + c * dy, self.size * scale, self.angle)

    def crop(self, rgb: UInt8, out: int, *, replicate: bool = False) -> UInt8:
        """The square's pixels, bilinear, from an area-reduced picture where it is shrunk by more than two.

        Args:
            rgb: (H, W, C) uint8.
            out: side of the result, px.
            replicate: beyond the picture repeat its edge, else black.

        Returns:
            (out, out, C) uint8.
        """
        source, x, y, shrink = rgb, self.x, self.y, 1.0
        factor = int(self.size / out / 1.5)
        if factor >= 2:
            source, x, y, shrink = self._reduced(rgb, factor)
        c, s = math.cos(self.angle), math.sin(self.angle)
        k = self.size / shrink / out
        offset = (out - 1) / 2.0
        matrix = np.array(
            [[k * c, -k * s, x - k * (c - s) * offset], [k * s, k * c, y - k * (s + c) * offset]], dtype=np.float64
        )
        border = cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop: UInt8 = cv2.warpAffine(source, matrix, (out, out), flags=flags, borderMode=border)
        return crop

    def _reduced(self, rgb: UInt8, factor: int) -> tuple[UInt8, float, float, float]:
        reach = self.size * 0.75
        height, width = rgb.shape[:2]
        x0, y0 = max(0, int(self.x - reach)), max(0, int(self.y - reach))
        x1, y1 = min(width, int(self.x + reach) + 1), min(height, int(self.y + reach) + 1)
        if x1 - x0 < factor or y1 - y0 < factor:
            return rgb, self.x, self.y, 1.0
        w, h = (x1 - x0) // factor, (y1 - y0) // factor
        part = cv2.resize(rgb[y0 : y0 + h * factor, x0 : x0 + w * factor], (w, h), interpolation=cv2.INTER_AREA)
        return part, (self.x - x0 + 0.5) / factor - 0.5, (self.y - y0 + 0.5) / factor - 0.5, float(factor)

    def project(self, points: Float32) -> Float32:
        """From shares of the square to px of the picture.

        Args:
            points: (N, 2+) float32; x, y in 0..1 of the square, a third column (depth) in shares of its side.

        Returns:
            the same shape in px.
        """
        c, s = math.cos(self.angle), math.sin(self.angle)
        u = (points[..., 0] - 0.5) * self.size
        v = (points[..., 1] - 0.5) * self.size
        out = np.array(points, dtype=np.float32)
        out[..., 0] = self.x + c * u - s * v
        out[..., 1] = self.y + s * u + c * v
        out[..., 2:3] = points[..., 2:3] * self.size
        return out

    def turn(self, points: Float32) -> Float32:
        """Turn vectors of the square's axes (N, 3) into the picture's axes, lengths kept."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        out = np.array(points, dtype=np.float32)
        out[..., 0] = c * points[..., 0] - s * points[..., 1]
        out[..., 1] = s * points[..., 0] + c * points[..., 1]
        return out

    def paste(self, matte: UInt8, height: int, width: int, scale: float = 1.0) -> UInt8:
        """Lay a square grey picture back into a picture.

        Args:
            matte: (N, N) uint8.
            height, width: of the result, px.
            scale: px of the result per px of the picture that the region lies in.

        Returns:
            (height, width) uint8, 0 outside the square.
        """
        n = matte.shape[0]
        c, s = math.cos(self.angle), math.sin(self.angle)
        k = n / (self.size * scale)
        x, y = (self.x + 0.5) * scale - 0.5, (self.y + 0.5) * scale - 0.5
        offset = (n - 1) / 2.0
        inverse = np.array(
            [[k * c, k * s, offset - k * (c * x + s * y)], [-k * s, k * c, offset - k * (-s * x + c * y)]],
            dtype=np.float64,
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        pasted: UInt8 = cv2.warpAffine(matte, inverse, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT)
        return pasted


def region_between(centre: Float32, reach: Float32, scale: float) -> Region:
    """The square about a centre that reaches to a point straight up from it (MediaPipe's alignment points).

    Args:
        centre, reach: (2,) px.
        scale: of the square whose half side is their distance.
    """
    dx, dy = float(reach[0] - centre[0]), float(reach[1] - centre[1])
    angle = math.pi / 2.0 - math.atan2(-dy, dx)
    angle = math.remainder(angle, 2.0 * math.pi)
    return Region(float(centre[0]), float(centre[1]), 2.0 * math.hypot(dx, dy) * scale, angle)
