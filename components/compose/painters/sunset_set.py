"""What stands still on the beach: sky, sun, far land, sand, and the shapes of palms."""

from __future__ import annotations

import cv2
import numpy as np

from components.compose.painters import canvas
from components.compose.painters.canvas import Mask, linear
from components.core import Float32, UInt8

HORIZON = 0.555
"""Of the height: where sea and sky meet."""
SHORE = 0.735
"""Of the height: where the water ends in the middle, between two waves."""
_SKY = [
    (0.00, linear(38, 34, 96)), (0.22, linear(96, 60, 136)), (0.45, linear(196, 86, 132)), (0.66, linear(246, 124, 92)),
    (0.85, linear(255, 152, 92)), (1.00, linear(255, 192, 134)),
]  # fmt: skip


def sun_at(w: int, h: int) -> tuple[float, float, float]:
    """x, y of the sun's middle and its radius, px."""
    return w / 2 - min(0.25 * w, 0.36 * h), 0.495 * h, 0.062 * float(np.sqrt(w * h))


def sky(w: int, h: int, seed: int) -> Float32:
    """Sky with clouds but without the sun, (rows, 2 * W, 3) linear light; left and right edge meet."""
    rows = round(HORIZON * h)
    y = np.arange(rows, dtype=np.float32) / rows
    column = canvas.ramp(y, _SKY)
    wide = 2 * w
    streaks = _stretched(canvas.tile_noise(512, 4, 6, seed), rows, wide, 2.6)
    wisps = _stretched(canvas.tile_noise(512, 8, 5, seed + 1), rows, wide, 2.0)
    cover = np.interp(y, [0, 0.25, 0.55, 0.82, 1.0], [0.30, 0.44, 0.52, 0.42, 0.22]).astype(np.float32)[:, None]
    density = np.clip((streaks * 0.72 + wisps * 0.28 - (1 - cover)) * 3.4, 0, 1)
    # Lit from below: a cloud shines where there is less of it beneath.
    below = np.roll(density, -max(1, round(0.016 * h)), axis=0)
    below[-max(1, round(0.016 * h)) :] = 0
    lit = np.clip(0.30 + 0.9 * (density - below), 0, 1)
    warm = canvas.ramp(y, [(0, linear(232, 120, 150)), (0.5, linear(255, 138, 104)), (1, linear(255, 206, 120))])
    dark = canvas.ramp(y, [(0, linear(52, 40, 100)), (0.5, linear(126, 62, 116)), (1, linear(226, 122, 88))])
    out = np.empty((rows, wide, 3), dtype=np.float32)
    for c in range(3):
        cloud = dark[:, None, c] + lit * (1.15 * warm[:, None, c] - dark[:, None, c])
        out[..., c] = column[:, None, c] + 0.92 * density * (cloud - column[:, None, c])
    return out


def _stretched(tile: Float32, rows: int, wide: int, squeeze: float) -> Float32:
    """A tile that repeats, drawn out sideways over the sky and flatter towards the horizon."""
    n = len(tile)
    y = np.arange(rows, dtype=np.float32) / rows
    v = (n * 0.9 * (y * 0.6 + squeeze * 0.4 * y**2.2)).astype(np.float32)
    u = np.arange(wide, dtype=np.float32) * n / wide
    padded = np.pad(tile, ((0, n), (0, 1)), mode="wrap")
    grid_v, grid_u = np.repeat(v[:, None], wide, axis=1), np.tile(u, (rows, 1))
    return np.asarray(cv2.remap(padded, grid_u, grid_v, cv2.INTER_LINEAR), dtype=np.float32)


def sun(w: int, h: int) -> Float32:
    """The sun and its halo, (rows, W, 3) linear light to be added to the sky."""
    rows = round(HORIZON * h)
    x, y, r = sun_at(w, h)
    k = float(np.sqrt(w * h)) / 960
    disc = Mask(rows, w).disc(x, y, r).alpha
    d = np.hypot(*(g.astype(np.float32) for g in np.ogrid[-y : rows - y, -x : w - x]))
    halo = 0.62 * np.exp(-d / (0.9 * r)) + 0.34 * np.exp(-d / (2.6 * r)) + 0.14 * np.exp(-d / (6.5 * r))
    out = canvas.tint(halo.astype(np.float32), linear(255, 150, 62))
    out += canvas.tint(disc, 2.1 * linear(255, 205, 120))
    out += canvas.tint(canvas.blur(disc, 7 * k), 0.7 * linear(255, 170, 80))
    return out


def far_land(w: int, h: int) -> Mask:
    """Two headlands at the right of the horizon and a small sail, (rows, W)."""
    rows = round(HORIZON * h)
    mask = Mask(rows, w)
    for start, peak, height, value in ((0.60, 0.86, 0.034, 150), (0.74, 1.02, 0.058, 215)):
        x = np.linspace(start, 1.02, 60)
        rise = np.sin(np.clip((x - start) / (peak - start), 0, 1) * np.pi / 2) ** 1.4
        ripple = 0.10 * np.sin(x * 90) + 0.07 * np.sin(x * 217)
        y = rows - h * height * rise * (1 + ripple * (rise > 0.15))
        mask.polygon([(1.02 * w, rows), (start * w, rows), *zip(x * w, y, strict=True)], value)
    k = float(np.sqrt(w * h)) / 960
    x0, y0 = 0.455 * w, rows - 1.0
    mask.polygon([(x0, y0 - 5 * k), (x0, y0 - 34 * k), (x0 + 15 * k, y0 - 5 * k)], 220)
    mask.polygon([(x0 - 2 * k, y0 - 6 * k), (x0 - 2 * k, y0 - 27 * k), (x0 - 10 * k, y0 - 6 * k)], 220)
    return mask.polygon(
        [(x0 - 12 * k, y0 - 4 * k), (x0 + 17 * k, y0 - 4 * k), (x0 + 12 * k, y0), (x0 - 8 * k, y0)], 220
    )


def sand(w: int, h: int, top: int, mirror: Float32, seed: int) -> tuple[Float32, Float32]:
    """Dry and wet sand from row `top` down, (rows, W, 3) linear light.

    Args:
        mirror: (H', W', 3) linear light of the sky, of which wet sand mirrors the part over it.
    """
    rows = h - top
    k = float(np.sqrt(w * h)) / 960
    v = (np.arange(rows, dtype=np.float32) / np.float32(rows))[:, None]
    grains = canvas.noise(rows, w, 2.6 * k, 2, seed + 5)
    ripples = canvas.noise(rows, w, 15 * k, 3, seed + 6, stretch=4.2)
    dunes = canvas.noise(rows, w, 90 * k, 3, seed + 7, stretch=2.8)
    # Hollows of feet, denser and flatter with distance.
    rng = np.random.default_rng(seed + 8)
    prints = Mask(rows, w)
    for _ in range(90):
        q = float(rng.uniform(0.42, 1.0))
        x0, y0, size = rng.uniform(0, w), q * rows, 13 * k * q**1.5
        prints.disc(x0, y0, size, 0.36 * size, rng.uniform(-18, 18), 190)
    height = 0.16 * ripples * (0.3 + v) + 0.75 * dunes + 0.035 * grains - 0.10 * canvas.blur(prints.alpha, 2.0 * k)
    # A low sun in front: what rises towards the viewer lies in its own shade.
    slope = cv2.Sobel(cv2.GaussianBlur(height, (0, 0), 0.9 * k), cv2.CV_32F, 0, 1, ksize=3) * np.float32(2.4)
    x, _, _ = sun_at(w, h)
    column = np.exp(-(((np.arange(w, dtype=np.float32) - x) / (0.55 * w)) ** 2))[None]
    shade = (
        np.clip(0.80 - 2.2 * slope * k + 0.22 * (grains - 0.5), 0.25, 1.6) * (0.80 + 0.34 * column) * (1.04 - 0.42 * v)
    )
    near, far = linear(176, 122, 96), linear(214, 146, 110)
    dry = canvas.tint(shade * v, near) + canvas.tint(shade * (1 - v), far)
    violet = np.clip(1.0 - shade, 0, 1)
    dry += canvas.tint(0.11 * violet, linear(110, 80, 180))
    small = cv2.resize(mirror[::-1], (w, rows), interpolation=cv2.INTER_LINEAR)
    gloss = np.clip(0.74 - 0.25 * (ripples - 0.5) - 0.2 * v, 0, 1) * np.ones_like(shade)
    wet = canvas.grey(gloss) * canvas.blur(small, 3 * k) + 0.24 * dry
    return dry, wet


def palm(
    w: int, h: int, trunk: list[tuple[float, float]], width: float, frond: float, seed: int
) -> tuple[UInt8, Float32]:
    """The silhouette of a palm.

    Args:
        w, h: px of the board.
        trunk: points of its trunk from the ground up, px.
        width: of the trunk at its foot, px.
        frond: length of its leaves, px.

    Returns:
        Alpha (h, w), and the distance from its crown in leaf lengths (h, w), 0 on the trunk.
    """
    s = 2
    rng = np.random.default_rng(seed)
    mask = Mask(h * s, w * s)
    path = _curve(np.array(trunk) * s, 40)
    thick = width * s * np.linspace(1.0, 0.52, len(path))
    normal = np.gradient(path, axis=0)[:, ::-1] * (1, -1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    bumps = 1 + 0.07 * np.sin(np.arange(len(path)) * 2.6)
    side = normal * (0.5 * thick * bumps)[:, None]
    mask.polygon(np.concatenate([path + side, (path - side)[::-1]]))
    crown = path[-1]
    mask.disc(crown[0], crown[1], 0.8 * width * s)
    for _ in range(5):
        a = rng.uniform(0.15, 0.85) * np.pi
        mask.disc(crown[0] + np.cos(a) * 0.6 * width * s, crown[1] + np.sin(a) * 0.75 * width * s, 0.34 * width * s)
    for i in range(13):
        angle = np.radians(-200 + 220 * (i + rng.uniform(-0.3, 0.3)) / 12)
        _frond(mask, crown, angle, frond * s * rng.uniform(0.85, 1.1), rng)
    _tuft(mask, path[0], width * s, rng)
    alpha = cv2.resize(mask.board, (w, h), interpolation=cv2.INTER_AREA)
    cx, cy = crown / s
    y, x = (np.arange(n) - c for n, c in ((h, cy), (w, cx)))
    far = np.hypot(y.astype(np.float32)[:, None], x.astype(np.float32)[None, :]) / frond
    return np.asarray(alpha, dtype=np.uint8), far.astype(np.float32)


def _curve(points: Float32, n: int) -> Float32:
    """A quadratic Bézier curve through three control points."""
    t = np.linspace(0, 1, n)[:, None]
    return (1 - t) ** 2 * points[0] + 2 * t * (1 - t) * points[1] + t**2 * points[2]  # type: ignore[no-any-return]


def _frond(mask: Mask, root: Float32, angle: float, length: float, rng: np.random.Generator) -> None:
    """One leaf: a rib that bends under its weight, and leaflets that hang from it."""
    way = np.array([np.cos(angle), np.sin(angle)])
    droop = length * (0.30 + 0.42 * abs(way[0]))
    rib = _curve(np.array([root, root + 0.55 * length * way, root + 0.9 * length * way + (0, droop)]), 34)
    mask.line(rib, max(1.0, 0.016 * length))
    along = np.gradient(rib, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    for i in range(3, len(rib)):
        t = i / (len(rib) - 1)
        size = length * 0.27 * np.sin(np.pi * min(1.0, 0.10 + 0.9 * t)) ** 0.7 * (1 - 0.35 * t) + 0.03 * length
        for side in (-1, 1):
            normal = np.array([-along[i, 1], along[i, 0]]) * side
            tip = rib[i] + size * (0.78 * along[i] + 0.52 * normal) * rng.uniform(0.85, 1.1) + (0, 0.34 * size)
            base = rib[i] - 0.018 * length * along[i]
            middle = 0.5 * (rib[i] + tip) + 0.06 * size * normal
            mask.polygon([rib[i], middle, tip, 0.5 * (base + tip) - 0.02 * size * normal, base])


def _tuft(mask: Mask, foot: Float32, width: float, rng: np.random.Generator) -> None:
    """A low mound with grass that hides where a trunk enters the sand."""
    mask.disc(foot[0], foot[1] + 0.25 * width, 2.1 * width, 0.55 * width)
    for _ in range(34):
        x, y = foot[0] + rng.uniform(-1.9, 1.9) * width, foot[1] + 0.2 * width
        tip_x, tip_y = x + rng.uniform(-1.0, 1.0) * width, y - rng.uniform(0.7, 2.0) * width
        bend = (0.5 * (x + tip_x) + 0.08 * width, 0.5 * (y + tip_y) - 0.2 * width)
        mask.polygon([(x - 0.1 * width, y), bend, (tip_x, tip_y), (x + 0.1 * width, y)])
