"""HDR pictures brought to 8-bit SDR."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from components.core import UInt8
from components.core.kernel import kernel

_WHITE = 203.0
"""cd/m2 of diffuse white in HDR (ITU-R BT.2408)."""
_PEAK = 1000.0 / _WHITE
"""Brightest highlight that is told from brighter ones, in diffuse whites."""
_KNEE = 0.5
"""Up to here, in diffuse whites, tones stay as they are."""

_TO_BT709 = np.array(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]], np.float32
)
"""Linear BT.2020 to linear BT.709 (ITU-R BT.2087)."""


def tone_mapped(rgb: npt.NDArray[np.uint16], transfer: str, wide: bool) -> UInt8:
    """(H, W, 3) uint8 sRGB from non-linear HDR.

    Args:
        rgb: (H, W, 3) uint16, full range, in the transfer's own coding.
        transfer: "pq" (SMPTE ST 2084) or "hlg" (ITU-R BT.2100).
        wide: the primaries are BT.2020's, else BT.709's.
    """
    out = np.empty(rgb.shape, np.uint8)
    matrix = _TO_BT709 if wide else np.eye(3, dtype=np.float32)
    _map(np.ascontiguousarray(rgb), _linear(transfer), matrix, _curve(), _srgb(), transfer == "hlg", out)
    return out


@lru_cache
def _linear(transfer: str) -> npt.NDArray[np.float32]:
    """(65536,) light of each code: in diffuse whites for PQ, scene light 0..1 for HLG."""
    code = np.arange(65536) / 65535
    if transfer == "pq":
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        power = code ** (1 / m2)
        light = 10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
        return (light / _WHITE).astype(np.float32)
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12).astype(np.float32)


@lru_cache
def _curve() -> npt.NDArray[np.float32]:
    """(4096,) factor on a colour whose brightest part is i / 4095 * 2 * _PEAK: a Mobius curve from _KNEE on."""
    j, p = _KNEE, _PEAK
    a = -j * j * (p - 1) / (j * j - 2 * j + p)
    b = (j * j - 2 * j * p + p) / (p - 1)
    x = np.linspace(0, 2 * _PEAK, 4096)
    bent = (b * b + 2 * b * j + j * j) / (b - a) * (x + a) / (x + b)
    y = np.where(x <= j, x, np.minimum(bent, 1.0))
    return np.divide(y, x, out=np.ones_like(x), where=x > 0).astype(np.float32)


@lru_cache
def _srgb() -> npt.NDArray[np.uint8]:
    """(65536,) sRGB code of linear light i / 65535 (IEC 61966-2-1)."""
    x = np.arange(65536) / 65535
    return (255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)).round().astype(np.uint8)


@kernel()
def _map(
    rgb: npt.NDArray[np.uint16],
    linear: npt.NDArray[np.float32],
    matrix: npt.NDArray[np.float32],
    curve: npt.NDArray[np.float32],
    srgb: npt.NDArray[np.uint8],
    hlg: bool,
    out: UInt8,
) -> None:
    """About 12 ns a pixel."""
    height, width, _ = rgb.shape
    steps = np.float32(4095 / (2 * 1000.0 / 203.0))
    for y in range(height):
        for x in range(width):
            r, g, b = linear[rgb[y, x, 0]], linear[rgb[y, x, 1]], linear[rgb[y, x, 2]]
            if hlg:  # OOTF of a display of 1000 cd/m2: luminance to the power of 1.2
                light = np.float32(0.2627) * r + np.float32(0.6780) * g + np.float32(0.0593) * b
                gain = np.float32(1000.0 / 203.0) * max(light, np.float32(1e-6)) ** np.float32(0.2)
                r, g, b = r * gain, g * gain, b * gain
            lr = max(matrix[0, 0] * r + matrix[0, 1] * g + matrix[0, 2] * b, np.float32(0))
            lg = max(matrix[1, 0] * r + matrix[1, 1] * g + matrix[1, 2] * b, np.float32(0))
            lb = max(matrix[2, 0] * r + matrix[2, 1] * g + matrix[2, 2] * b, np.float32(0))
            factor = curve[min(int(max(lr, lg, lb) * steps), 4095)]
            out[y, x, 0] = srgb[min(int(lr * factor * 65535 + 0.5), 65535)]
            out[y, x, 1] = srgb[min(int(lg * factor * 65535 + 0.5), 65535)]
            out[y, x, 2] = srgb[min(int(lb * factor * 65535 + 0.5), 65535)]
