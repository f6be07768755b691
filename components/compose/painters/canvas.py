"""How still plates are painted: in linear light, with bloom, and developed like a photograph at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from components.core import Float32, UInt8
from components.core.kernel import kernel

Colour = tuple[float, float, float] | Sequence[float] | Float32
_CURVE_STEPS = 4096
_CURVE_TOP = 16.0


def linear(*rgb: float) -> Float32:
    """Linear light of an sRGB colour 0..255 (gamma 2.2)."""
    return np.power(np.array(rgb, dtype=np.float32) / 255, 2.2)


def linear_picture(picture: UInt8) -> Float32:
    """Linear light of an (H, W, 3) uint8 picture."""
    table = np.power(np.arange(256, dtype=np.float32) / 255, 2.2)
    return np.asarray(table[picture], dtype=np.float32)


def develop(light: Float32, seed: int = 0, exposure: float = 1.0, grain: float = 1.2) -> UInt8:
    """Linear light to sRGB through a film curve (Narkowicz' fit of ACES), with a fixed fine grain against banding.

    Args:
        light: (H, W, 3) float32, 0 and up.
        grain: half-width of the grain, levels.
    """
    x = (np.arange(_CURVE_STEPS, dtype=np.float64) / (_CURVE_STEPS - 1)) ** 2 * _CURVE_TOP
    film = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    table = (255 * film ** (1 / 2.2)).astype(np.float32)
    noise = np.random.default_rng(seed).uniform(0.5 - grain, 0.5 + grain, (128, 512)).astype(np.float32)
    out = np.empty(light.shape, dtype=np.uint8)
    _develop(np.ascontiguousarray(light, dtype=np.float32), table, np.float32(exposure / _CURVE_TOP), noise, out)
    return out


@kernel()
def _develop(light: Float32, table: Float32, scale: np.float32, noise: Float32, out: UInt8) -> None:
    h, w = light.shape[:2]
    last = np.float32(len(table) - 1)
    for y in range(h):
        for x in range(w):
            grain = noise[y & 127, x & 511]
            for c in range(3):
                level = min(np.float32(1.0), max(np.float32(0.0), light[y, x, c] * scale))
                value = table[np.int32(np.sqrt(level) * last)] + grain
                out[y, x, c] = np.uint8(min(np.float32(255.0), max(np.float32(0.0), value)))


def light_plate(shared: Float32, extra: Float32, floor: int = 3) -> tuple[UInt8, int, int]:
    """What switching a light on adds to a developed picture, cut to where it adds anything.

    Args:
        shared: (H, W, 3) linear light without it.
        extra: (H, W, 3) linear light of it alone.
        floor: levels that count as nothing, so that the plate ends softly.

    Returns:
        (h, w, 3) uint8 plate, y, x.
    """
    faint = cv2.resize(extra, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).max(axis=2) > 0.004
    x, y, w, h = (4 * v for v in cv2.boundingRect(faint.astype(np.uint8)))
    if w == 0 or h == 0:
        return np.zeros((1, 1, 3), dtype=np.uint8), 0, 0
    area = (slice(y, y + h), slice(x, x + w))
    unlit = develop(shared[area], grain=0)
    plate = cv2.subtract(cv2.subtract(develop(shared[area] + extra[area], grain=0), unlit), (floor,) * 3)
    x1, y1, w, h = cv2.boundingRect((plate.max(axis=2) > 0).astype(np.uint8))
    if w == 0 or h == 0:
        return np.zeros((1, 1, 3), dtype=np.uint8), 0, 0
    return np.ascontiguousarray(plate[y1 : y1 + h, x1 : x1 + w]), y + y1, x + x1


def tint(alpha: Float32, colour: Colour) -> Float32:
    """Grey light (H, W) in a linear colour: (H, W, 3). Faster than broadcasting over a last axis of 3."""
    return np.asarray(cv2.merge([alpha * np.float32(c) for c in colour]), dtype=np.float32)


def grey(values: Float32) -> Float32:
    """(H, W) as (H, W, 3), for products with colour pictures."""
    return np.asarray(cv2.merge([values, values, values]), dtype=np.float32)


def blur(image: Any, sigma: float) -> Any:
    """Gaussian blur of any float32 picture; wide ones are made small first."""
    if sigma < 0.3:
        return image
    factor = int(max(1, min(8, sigma / 2.5)))
    if factor == 1:
        return cv2.GaussianBlur(image, (0, 0), sigma)
    h, w = image.shape[:2]
    small = cv2.resize(image, (max(1, w // factor), max(1, h // factor)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)


def bloom(light: Float32, size: float, strength: float = 1.0) -> Float32:
    """The glow that a lens adds around bright things: three blurs of growing width, size px the narrowest."""
    h, w = light.shape[:2]
    factor = 4
    small = cv2.resize(light, (max(1, w // factor), max(1, h // factor)), interpolation=cv2.INTER_AREA)
    total = np.zeros_like(small)
    for width, gain in ((1.0, 0.34), (3.5, 0.22), (10.0, 0.14)):
        total += np.float32(gain * strength) * blur(small, width * size / factor)
    return np.asarray(cv2.resize(total, (w, h), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def noise(h: int, w: int, cell: float, octaves: int = 4, seed: int = 0, stretch: float = 1.0) -> Float32:
    """Fractal value noise 0..1, mean about 0.5.

    Args:
        cell: px of its largest features; `stretch` times as wide as high.
    """
    rng = np.random.default_rng(seed)
    out = np.zeros((h, w), dtype=np.float32)
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        gh, gw = max(2, int(h / cell) + 3), max(2, int(w / (cell * stretch)) + 3)
        grid = rng.random((gh, gw), dtype=np.float32)
        fine = cv2.resize(grid, (round(gw * cell * stretch) + 1, round(gh * cell) + 1), interpolation=cv2.INTER_CUBIC)
        oy, ox = int(0.5 * cell) + 1, int(0.5 * cell * stretch) + 1
        part = fine[oy : oy + h, ox : ox + w]
        if part.shape != (h, w):
            part = cv2.resize(part, (w, h))
        out += np.float32(weight) * part
        total += weight
        weight, cell = 0.5 * weight, max(1.5, 0.5 * cell)
    return np.asarray(np.clip(out / np.float32(total), 0, 1), dtype=np.float32)


def tile_noise(n: int, cells: int, octaves: int = 4, seed: int = 0) -> Float32:
    """Fractal noise 0..1 of (n, n) whose edges meet; spread over the whole range."""
    rng = np.random.default_rng(seed)
    out = np.zeros((n, n), dtype=np.float32)
    weight = 1.0
    for _ in range(octaves):
        if cells > n // 2:
            break
        grid = np.pad(rng.random((cells, cells), dtype=np.float32), 2, mode="wrap")
        k = n // cells
        fine = cv2.resize(grid, (k * (cells + 4), k * (cells + 4)), interpolation=cv2.INTER_CUBIC)
        out += np.float32(weight) * cv2.resize(fine[2 * k : (cells + 2) * k, 2 * k : (cells + 2) * k], (n, n))
        weight, cells = 0.5 * weight, cells * 2
    low, high = np.percentile(out, (1, 99))
    return np.asarray(np.clip((out - low) / (high - low), 0, 1), dtype=np.float32)


def bump(h: int, w: int, cx: float, cy: float, rx: float, ry: float, power: float = 2.0) -> Float32:
    """A soft spot exp(-|d|^power), (h, w)."""
    x = np.exp(-(np.abs((np.arange(w, dtype=np.float32) - cx) / rx) ** power))
    y = np.exp(-(np.abs((np.arange(h, dtype=np.float32) - cy) / ry) ** power))
    return np.asarray(y[:, None] * x[None, :], dtype=np.float32)


def ramp(values: npt.NDArray[np.floating[Any]], stops: Sequence[tuple[float, Colour]]) -> Float32:
    """Colours (..., 3) along stops of (value, linear colour), smoothly between them."""
    at = np.array([s[0] for s in stops], dtype=np.float32)
    colours = np.array([s[1] for s in stops], dtype=np.float32)
    return np.stack([np.interp(values, at, colours[:, c]) for c in range(3)], axis=-1).astype(np.float32)


def disc_sprite(radius: float, core: float = 0.25) -> UInt8:
    """A round glow (n, n) uint8 with a bright core and a border of 0: fireflies, lamps, stars."""
    n = 2 * int(np.ceil(radius)) + 3
    d = np.hypot(*np.mgrid[0:n, 0:n].astype(np.float32) - (n - 1) / 2) / radius
    glow = np.clip(1 - d, 0, 1) ** 2.2 * 0.55 + np.clip((core - d) / max(1e-3, 0.5 * core) + 0.5, 0, 1) * 0.75 * (
        core > 0
    )
    out: UInt8 = (255 * np.clip(glow, 0, 1)).astype(np.uint8)
    out[0] = out[-1] = 0
    out[:, 0] = out[:, -1] = 0
    return out


class Mask:
    """An anti-aliased grey drawing board.

    Attributes:
        board: (H, W) uint8.
    """

    def __init__(self, h: int, w: int) -> None:
        self.board: UInt8 = np.zeros((h, w), dtype=np.uint8)

    def polygon(self, points: npt.ArrayLike, value: int = 255) -> Mask:
        """Fill a polygon of (N, 2) px."""
        p = np.round(np.asarray(points, dtype=np.float64) * 16).astype(np.int32)
        cv2.fillPoly(self.board, [p], value, cv2.LINE_AA, 4)
        return self

    def line(self, points: npt.ArrayLike, width: float, value: int = 255, closed: bool = False) -> Mask:
        """Draw a line through (N, 2) px."""
        p = np.round(np.asarray(points, dtype=np.float64) * 16).astype(np.int32)
        cv2.polylines(self.board, [p], closed, value, max(1, round(width)), cv2.LINE_AA, 4)
        return self

    def disc(
        self, x: float, y: float, rx: float, ry: float | None = None, angle: float = 0.0, value: int = 255
    ) -> Mask:
        """Fill an ellipse."""
        axes = (max(1, round(rx * 16)), max(1, round((ry if ry is not None else rx) * 16)))
        cv2.ellipse(self.board, (round(x * 16), round(y * 16)), axes, angle, 0, 360, value, -1, cv2.LINE_AA, 4)
        return self

    @property
    def alpha(self) -> Float32:
        """(H, W) 0..1."""
        return self.board.astype(np.float32) * np.float32(1 / 255)


def lay(light: Float32, alpha: Float32, colour: Colour | Float32) -> None:
    """Lay a colour (3,) or picture (H, W, 3) over light through alpha (H, W), in place, only where there is alpha."""
    x, y, w, h = cv2.boundingRect((alpha > 0).view(np.uint8))
    if w == 0 or h == 0:
        return
    area = (slice(y, y + h), slice(x, x + w))
    over = np.asarray(colour, dtype=np.float32)
    a = np.ascontiguousarray(alpha[area])
    if over.ndim == 3:
        light[area] += grey(a) * (over[area] - light[area])
    else:
        light[area] *= grey(1 - a)
        light[area] += tint(a, over)
