"""What stands still in the discotheque: curtain, lit arch, loudspeakers, dance floor, mirror ball."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.compose.painters import canvas, shapes
from components.compose.painters.canvas import Mask, linear
from components.core import Float32, UInt8
from components.core.kernel import kernel

EDGE = 0.715
"""Of the height: where wall and dance floor meet."""
HORIZON = 0.47
"""Of the height: the eye's level."""
_ARCH = (linear(255, 40, 130), linear(255, 120, 20), linear(255, 214, 40), linear(40, 220, 255))
TILES_ACROSS = 40
_SLAB = 0.22
"""Side of a tile of the floor, in heights of the eye."""


def ball_place(w: int, h: int) -> tuple[float, float, float]:
    """x, y, radius of the mirror ball, px."""
    return w / 2, 0.150 * h, min(0.135 * w, 0.082 * h)


def wall(w: int, h: int, k: float, seed: int) -> Float32:
    """A curtain of glittering threads, (rows, W, 3) linear light."""
    rows = round(EDGE * h)
    x = np.arange(w, dtype=np.float32) / np.float32(k)
    y = np.arange(rows, dtype=np.float32)[:, None] / np.float32(rows)
    wave = 0.5 + 0.5 * np.sin(x * 0.105 + 1.6 * np.sin(x * 0.021)) ** 3
    fold = (0.20 + 0.80 * wave**1.5)[None]
    threads = canvas.noise(rows, w, 2.6 * k, 2, seed + 1) * 0.6 + canvas.noise(8, w, 3.0 * k, 2, seed + 2)[:1] * 0.7
    glitter = canvas.noise(rows, w, 2.0 * k, 1, seed + 3)
    shine = fold * (0.55 + 0.75 * threads) + 1.7 * np.clip(glitter - 0.80, 0, 1) * 5 * fold
    across = np.abs(np.linspace(-1, 1, w, dtype=np.float32))[None]
    light = (0.55 + 0.65 * np.exp(-(((y - 0.42) / 0.42) ** 2))) * (1.05 - 0.55 * across**2)
    light *= 1 - 0.75 * np.clip((0.09 - y) / 0.09, 0, 1)
    body = (shine * light).astype(np.float32)
    purple, rose = linear(112, 26, 150), linear(206, 40, 128)
    mix = np.clip(1.15 * y + 0.2 * (wave[None] - 0.5), 0, 1).astype(np.float32)
    out = canvas.tint(body * (1 - mix) * 0.8, purple) + canvas.tint(body * mix * 0.8, rose)
    out += canvas.tint((np.clip(shine - 1.0, 0, 3) * light * 0.30).astype(np.float32), linear(255, 190, 120))
    valance = Mask(rows, w)
    drop = 0.035 * rows
    n = max(5, round(w / (118 * k)))
    for i in range(n):
        centre = (i + 0.5) * w / n
        valance.polygon(
            [(centre + 0.56 * w / n * np.cos(a), drop + 0.052 * rows * np.sin(a)) for a in np.linspace(0, np.pi, 20)]
        )
    valance.polygon([(0, 0), (w, 0), (w, drop + 1), (0, drop + 1)])
    drape = 0.35 + 0.65 * np.abs(np.sin(np.pi * n * np.arange(w, dtype=np.float32) / w))[None] * (0.4 + 8 * y)
    canvas.lay(out, valance.alpha, canvas.tint(np.clip(drape, 0, 1.2).astype(np.float32) * 0.55, linear(150, 16, 60)))
    _speakers(out, w, rows, k)
    return out


def _speakers(out: Float32, w: int, rows: int, k: float) -> None:
    """A stack of loudspeakers at either side."""
    h = rows / EDGE
    half = min(0.092 * w, 0.085 * h)
    for side in (-1, 1):
        x = w / 2 + side * min(0.475 * w, 0.70 * h)
        for i, (top, height) in enumerate(((0.555, 0.16), (0.435, 0.12))):
            y0, y1 = top * h, (top + height) * h - 2 * k
            box = Mask(rows, w).polygon([(x - half, y0), (x + half, y0), (x + half, y1), (x - half, y1)])
            canvas.lay(out, box.alpha, linear(22, 16, 28))
            rim = Mask(rows, w).line(
                [(x - half, y0), (x + half, y0), (x + half, y1), (x - half, y1)], 2 * k, closed=True
            )
            out += canvas.tint(0.5 * rim.alpha, linear(180, 90, 170))
            cones = ((0.5, 0.40),) if i == 0 else ((0.27, 0.20), (0.68, 0.27))
            for v, share in cones:
                cy, r = y0 + v * (y1 - y0), min(share * (y1 - y0), 0.82 * half)
                for radius, colour in (
                    (1.0, (70, 50, 84)),
                    (0.9, (12, 9, 16)),
                    (0.62, (34, 26, 42)),
                    (0.26, (96, 72, 110)),
                ):
                    canvas.lay(out, Mask(rows, w).disc(x, cy, radius * r).alpha, linear(*colour))
                canvas.lay(
                    out, 0.5 * Mask(rows, w).disc(x - 0.07 * r, cy - 0.09 * r, 0.1 * r).alpha, linear(255, 220, 255)
                )


def behind_arch(w: int, h: int) -> Float32:
    """(rows, W) 0..1: the board that carries the arches and hides the curtain."""
    rows = round(EDGE * h)
    outer = min(0.335 * w, 0.30 * h)
    y, r = 0.40 * h, 0.868 * outer
    bend = shapes.ring(w / 2, y, r, r, 180, 360, 60)
    points = np.concatenate([[(w / 2 - r, rows)], bend, [(w / 2 + r, rows)]])
    return Mask(rows, w).line(points, 0.38 * outer).alpha


def arch(w: int, h: int, k: float) -> list[Float32]:
    """Four lit arches, one in the other, from the outermost, each (rows, W, 3) linear light."""
    rows = round(EDGE * h)
    out = []
    outer = min(0.335 * w, 0.30 * h)
    step = 0.088 * outer
    y = 0.40 * h
    for i, colour in enumerate(_ARCH):
        r = outer - i * step
        bend = shapes.ring(w / 2, y, r, r, 180, 360, 60)
        points = np.concatenate([[(w / 2 - r, rows)], bend, [(w / 2 + r, rows)]])
        tube = Mask(rows, w).line(points, 0.055 * outer).alpha
        core = Mask(rows, w).line(points, max(1.0, 0.02 * outer)).alpha
        light = canvas.tint(1.0 * tube + 0.22 * canvas.blur(tube, 26 * k), colour) + canvas.tint(0.40 * core, (1, 1, 1))
        out.append(light + canvas.bloom(light, 5 * k, 0.45))
    return out


def marquee(w: int, h: int) -> Any:
    """(n, 2) px of the bulbs around the arches."""
    outer = min(0.335 * w, 0.30 * h) * 1.10
    y, foot = 0.40 * h, EDGE * h
    pitch = 0.085 * outer
    side = np.arange(foot - 0.5 * pitch, y, -pitch)
    bend = shapes.ring(w / 2, y, outer, outer, 180, 360, round(np.pi * outer / pitch))
    left = np.stack([np.full_like(side, w / 2 - outer), side], axis=1)
    right = np.stack([np.full_like(side, w / 2 + outer), side[::-1]], axis=1)
    return np.concatenate([left, bend, right])


def floor(w: int, h: int, k: float) -> tuple[Float32, Any, UInt8]:
    """The dance floor: the glass unlit, and its tiles.

    Returns:
        (rows, W, 3) linear light, (rows, W) uint16 tile of each pixel, (rows, W) uint8 how it takes its tile's light.
    """
    edge = round(EDGE * h)
    rows = h - edge
    v = np.arange(rows, dtype=np.float32)[:, None] + 0.5 + edge - HORIZON * h
    feet = (0.90 - HORIZON) * h
    z = feet / v
    x = (np.arange(w, dtype=np.float32) + 0.5 - w / 2)[None] * z / feet
    gx, gz = x / _SLAB + 0.5, 1.55 * z / _SLAB + np.zeros_like(x)
    column, row = np.floor(gx), np.floor(gz)
    fx, fz = np.abs(gx - column - 0.5) * 2, np.abs(gz - row - 0.5) * 2
    tile_x, tile_z = _SLAB * feet / z, _SLAB / 1.55 * feet / z**2
    gap_x, gap_z = (1 - fx) * tile_x / 2, (1 - fz) * tile_z / 2
    inside = np.clip(gap_x / k - 0.9, 0, 1) * np.clip(gap_z / k - 0.7, 0, 1)
    glow = 1 - 0.34 * (fx**2 + fz**2)
    fade = np.clip(1.15 - 0.16 * (x / 0.9) ** 2, 0.4, 1)
    weight = 255 * np.clip(inside * glow * fade + 0.10 * (1 - inside), 0, 1)
    cell = (column.astype(int) % TILES_ACROSS) + TILES_ACROSS * (row.astype(int) % TILES_ACROSS)
    metal = (1 - inside) * (0.10 + 0.10 * np.exp(-((x / 0.8) ** 2)))
    return canvas.tint(metal.astype(np.float32), linear(200, 170, 220)), cell.astype(np.uint16), weight.astype(np.uint8)


def ball(r: float) -> tuple[Float32, Any, Float32]:
    """The mirror ball's pixels on a square board of side 2 * ceil(r) + 3.

    Returns:
        (n, n) longitude 0..2 pi of each pixel, (n, n) uint8 row of facets, and (n, n) coverage 0..1.
    """
    n = 2 * int(np.ceil(r)) + 3
    y, x = (np.mgrid[0:n, 0:n].astype(np.float32) - (n - 1) / 2) / r
    d2 = x * x + y * y
    cover = np.clip((1 - np.sqrt(d2)) * r + 0.5, 0, 1)
    zz = np.sqrt(np.clip(1 - d2, 1e-4, 1))
    latitude = np.arcsin(np.clip(y, -1, 1))
    row = np.clip((latitude / np.pi + 0.5) * BALL_ROWS, 0, BALL_ROWS - 1e-3)
    return (np.arctan2(x, zz) + np.pi).astype(np.float32), row.astype(np.float32), cover.astype(np.float32)


BALL_ROWS = 22


# Cost: 6 ns a pixel of the ball.
@kernel()
def paint_ball(
    frame: Any, longitude: Any, row: Any, cover: Any, mirrors: Any, y0: int, x0: int, turn: float, hue: Any
) -> None:
    """Paint the ball, turned by `turn` radians.

    Args:
        longitude, row, cover: see `ball`.
        mirrors: (4096,) random numbers 0..1: how each facet is tilted.
        hue: (2, 3) 0..255 colours of the lamps at its left and right.
    """
    n = cover.shape[0]
    fh, fw = frame.shape[:2]
    facets = np.zeros((BALL_ROWS, 2 * BALL_ROWS + 1, 3), dtype=np.float32)
    around = np.zeros(BALL_ROWS, dtype=np.int64)
    for i in range(BALL_ROWS):
        latitude = ((i + 0.5) / BALL_ROWS - 0.5) * np.pi
        around[i] = max(6, int(2.0 * BALL_ROWS * np.cos(latitude)))
        for j in range(around[i]):
            # Where the facet's middle is seen, and what it mirrors from there.
            tilt = mirrors[(i * 151 + j * 7) & 4095]
            middle = (j + 0.5) / around[i] * 2 * np.pi - turn - np.pi
            side = np.sin(middle) * np.cos(latitude)
            front = np.cos(middle) * np.cos(latitude)
            left, right = max(0.0, 0.35 - side + 0.4 * (tilt - 0.5)), max(0.0, 0.35 + side + 0.4 * (tilt - 0.5))
            base = 0.10 + 0.26 * max(0.0, 0.55 - np.sin(latitude)) + 0.22 * tilt * front
            flash = max(0.0, np.sin(middle * 3.0 + tilt * 40.0 + latitude * 5.0) - 0.80) * 5.0
            for c in range(3):
                lamps = 0.36 * (left * hue[0, c] + right * hue[1, c]) * tilt
                facets[i, j, c] = min(255.0, 235.0 * base + lamps + 210.0 * flash)
    spin = turn / (2 * np.pi)
    for v in range(max(0, -y0), min(n, fh - y0)):
        for u in range(max(0, -x0), min(n, fw - x0)):
            a = cover[v, u]
            if a <= 0:
                continue
            i = int(row[v, u])
            fi = row[v, u] - i
            place = (longitude[v, u] / (2 * np.pi) + spin) * around[i]
            j = int(place)
            fj = place - j
            j = j % around[i]
            joint = 0.30 if fi < 0.10 or fj < 0.09 or fi > 0.96 or fj > 0.96 else 1.0
            for c in range(3):
                q = frame[y0 + v, x0 + u, c]
                frame[y0 + v, x0 + u, c] = np.uint8(q + a * (joint * facets[i, j, c] - q))
