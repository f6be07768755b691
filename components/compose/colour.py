"""RGB to the planes that an encoder takes: yuv420p, BT.709, 16..235 (ITU-R BT.709-6, ITU-T H.273)."""

from __future__ import annotations

import numpy as np

from components.core import UInt8
from components.core.kernel import kernel

# Rows of the matrix times 2^16: luma spans 219 steps, colour differences 224 of 255.
_YR, _YG, _YB = (round(k * 219 / 255 * 65536) for k in (0.2126, 0.7152, 0.0722))
_UR, _UG, _UB = (round(k * 224 / 255 / 1.8556 * 65536) for k in (-0.2126, -0.7152, 1 - 0.0722))
_VR, _VG, _VB = (round(k * 224 / 255 / 1.5748 * 65536) for k in (1 - 0.2126, -0.7152, -0.0722))


def planes_of(width: int, height: int) -> tuple[UInt8, UInt8, UInt8]:
    """Black Y (H, W), U and V (H/2, W/2) uint8."""
    half = (height // 2, width // 2)
    return np.full((height, width), 16, np.uint8), np.full(half, 128, np.uint8), np.full(half, 128, np.uint8)


@kernel()
def to_yuv420(frame: UInt8, luma: UInt8, u: UInt8, v: UInt8, x0: int, y0: int, x1: int, y1: int) -> None:
    """Convert a rectangle, widened to even px; colour is the mean of 2 x 2 pixels. About 1 ns a pixel.

    Args:
        frame: (H, W, 3) uint8 RGB, both sides even.
        luma, u, v: planes of `planes_of`, changed in place.
        x0, y0, x1, y1: px, ends excluded.
    """
    height, width = frame.shape[0], frame.shape[1]
    pixels, luma_, u_, v_ = frame.ravel(), luma.ravel(), u.ravel(), v.ravel()
    three, two, one = np.uint64(3), np.uint64(2), np.uint64(1)
    left, count = max(0, x0) // 2, (min(width, x1) + 1) // 2 - max(0, x0) // 2
    for row in range(max(0, y0) // 2, (min(height, y1) + 1) // 2):
        i = np.uint64((2 * row * width + 2 * left) * 3)
        j = np.uint64((2 * row + 1) * width * 3 + 2 * left * 3)
        at, under = np.uint64(2 * row * width + 2 * left), np.uint64((2 * row + 1) * width + 2 * left)
        half = np.uint64(row * (width // 2) + left)
        for _ in range(count):
            red, green, blue = np.int32(0), np.int32(0), np.int32(0)
            for k, p in ((i, at), (i + three, at + one), (j, under), (j + three, under + one)):
                r, g, b = np.int32(pixels[k]), np.int32(pixels[k + one]), np.int32(pixels[k + two])
                luma_[p] = (_YR * r + _YG * g + _YB * b + (16 << 16) + 32768) >> 16
                red += r
                green += g
                blue += b
            u_[half] = (_UR * red + _UG * green + _UB * blue + (128 << 18) + 131072) >> 18
            v_[half] = (_VR * red + _VG * green + _VB * blue + (128 << 18) + 131072) >> 18
            i += three + three
            j += three + three
            at += two
            under += two
            half += one
