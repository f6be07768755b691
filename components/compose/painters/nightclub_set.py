"""What stands still in the nightclub: wall, neon signs, equaliser screen, wet stage, crowd."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from components.compose.painters import canvas, shapes
from components.compose.painters.canvas import Mask, linear
from components.core import Float32, UInt8

EDGE = 0.735
"""Where the stage ends and the crowd begins, share of the height."""
PINK, CYAN, VIOLET, AMBER = linear(255, 20, 140), linear(0, 215, 255), linear(120, 40, 255), linear(255, 140, 20)
COLUMNS, ROWS = 22, 12
Stroke = tuple[Any, Float32, float, bool]
"""Points (N, 2), colour, width px, closed."""


def wall(w: int, h: int, k: float) -> Float32:
    """What stands behind the stage, before the signs light it: panels, pipes, truss with lamps, the screen."""
    stops = [(0.0, linear(10, 7, 24)), (0.35, linear(34, 18, 66)), (0.7, linear(58, 22, 88)), (1.0, linear(20, 10, 40))]
    x = np.arange(w, dtype=np.float32)
    shade = 0.5 + 1.0 * canvas.noise(h, w, 90 * k, 5, 3)
    shade *= (1 - 0.6 * (np.abs(x / w - 0.5) * 2) ** 2)[None]
    seams = Mask(h, w)
    step = 62 * k
    for i in range(-20, 21):
        seams.line([(w / 2 + i * step * 1.6, 0), (w / 2 + i * step * 1.6, h)], 1.6 * k, 150)
    for j in range(int(h / step) + 1):
        seams.line([(0, j * step), (w, j * step)], 1.2 * k, 110)
    shade *= 1 - 0.55 * seams.alpha
    column = canvas.ramp(np.arange(h, dtype=np.float32) / np.float32(h), stops)
    out = np.asarray(cv2.merge([shade * column[:, c : c + 1] for c in range(3)]), dtype=np.float32)
    pipes = Mask(h, w)
    for u in (0.012, 0.985):
        pipes.line([(u * w, 0), (u * w, h)], 8 * k)
    canvas.lay(out, 0.8 * pipes.alpha, linear(34, 24, 60))
    canvas.lay(out, _truss(w, h, k).alpha, linear(16, 13, 30))
    x0, y0, x1, y1 = screen_box(w, h)
    screen = Mask(h, w).polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    canvas.lay(out, screen.alpha, linear(8, 6, 18))
    return out


def lamp_places(w: int) -> list[float]:
    """x of the lamps on the truss, px."""
    n = 6 if w < 900 else 8
    return [w * (0.06 + 0.88 * i / (n - 1)) for i in range(n)]


def lamp_height(h: int, k: float) -> float:
    """y of the lamps' glass, px."""
    return 0.012 * h + 60 * k


def _truss(w: int, h: int, k: float) -> Mask:
    mask = Mask(h, w)
    top, low = 0.012 * h, 0.012 * h + 34 * k
    for y in (top, low):
        mask.line([(0, y), (w, y)], 5 * k)
    for i in range(-1, int(w / (30 * k)) + 2):
        mask.line([(i * 30 * k, top if i % 2 else low), ((i + 1) * 30 * k, low if i % 2 else top)], 3 * k)
    for x in lamp_places(w):
        mask.polygon([(x - 10 * k, low), (x + 10 * k, low), (x + 15 * k, low + 28 * k), (x - 15 * k, low + 28 * k)])
    return mask


def screen_box(w: int, h: int) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 px of the equaliser screen."""
    half = min(0.44 * w, 0.62 * h)
    return w / 2 - half, 0.44 * h, w / 2 + half, 0.70 * h


def _neon(h: int, w: int, k: float, strokes: list[Stroke]) -> Float32:
    """Glass tubes: white-hot in the middle, coloured around, and what they throw on the wall behind them."""
    out = np.zeros((h, w, 3), dtype=np.float32)
    for colour in {tuple(float(c) for c in s[1]) for s in strokes}:
        tube, core = Mask(h, w), Mask(h, w)
        for points, own, width, closed in strokes:
            if tuple(float(c) for c in own) == colour:
                tube.line(points, width, closed=closed)
                core.line(points, max(1.0, 0.4 * width), closed=closed)
        glass, hot = tube.alpha, core.alpha
        out += canvas.tint(1.5 * glass + 0.6 * hot + 0.55 * canvas.blur(glass, 34 * k), colour)
        out += canvas.tint(0.45 * hot, (1, 1, 1))
    return out + canvas.bloom(out, 5 * k, 1.4)


def ring_sign(w: int, h: int, k: float) -> Float32:
    """The big sign over the screen: a hexagon within two arcs that open below."""
    x, y, r = w / 2, 0.265 * h, min(0.30 * w, 0.19 * h)
    strokes: list[Stroke] = [
        (shapes.ring(x, y, r, r, 128, 412), PINK, 8 * k, False),
        (shapes.ring(x, y, r * 0.87, r * 0.87, 140, 400), VIOLET, 5 * k, False),
        (shapes.ring(x, y, r * 0.62, r * 0.62, -90, 270, 7)[:-1], CYAN, 6 * k, True),
    ]
    if w > 1.2 * h:
        for side in (-1, 1):
            for i, length in enumerate((1.0, 0.7, 0.4)):
                a = np.array([(x + side * r * 1.2, y + (i - 1) * 22 * k)] * 2)
                a[1, 0] += side * r * length
                strokes.append((a, CYAN, 4 * k, False))
    return _neon(h, w, k, strokes)


def _vertical_sign(
    x: float, y: float, w: float, letters: tuple[int, ...], colours: tuple[Float32, Float32], k: float
) -> list[Stroke]:
    cell = w * 1.16
    bottom = y + len(letters) * cell + 0.24 * w
    strokes: list[Stroke] = [(np.array([(x, y), (x + w, y), (x + w, bottom), (x, bottom)]), colours[1], 4 * k, True)]
    for i, kind in enumerate(letters):
        letter = shapes.glyph(kind, x + 0.25 * w, y + 0.24 * w + i * cell, 0.5 * w, 0.76 * w)
        strokes += [(s, colours[0], 5 * k, False) for s in letter]
    return strokes


def left_signs(w: int, h: int, k: float) -> Float32:
    """Four letters, and a cocktail glass."""
    x = max(0.04 * w, w / 2 - 0.66 * h)
    strokes = _vertical_sign(x, 0.13 * h, min(82 * k, 0.074 * h), (0, 3, 1, 5), (PINK, CYAN), k)
    s = min(38 * k, 0.036 * h)
    gx, gy = x + 1.15 * s, 0.565 * h
    strokes += [
        (np.array([(gx - s, gy - s), (gx + s, gy - s), (gx, gy + 0.15 * s)]), AMBER, 4.5 * k, True),
        (np.array([(gx, gy + 0.15 * s), (gx, gy + 1.2 * s)]), AMBER, 4.5 * k, False),
        (np.array([(gx - 0.6 * s, gy + 1.2 * s), (gx + 0.6 * s, gy + 1.2 * s)]), AMBER, 4.5 * k, False),
        (shapes.ring(gx + 0.35 * s, gy - 0.75 * s, 0.22 * s, 0.22 * s), PINK, 4 * k, True),
    ]
    return _neon(h, w, k, strokes)


def right_signs(w: int, h: int, k: float) -> Float32:
    """Five letters, and a bolt."""
    width = min(70 * k, 0.058 * h)
    x = min(0.96 * w, w / 2 + 0.66 * h) - width
    strokes = _vertical_sign(x, 0.17 * h, width, (4, 2, 6, 7, 3), (CYAN, VIOLET), k)
    bolt = [(0.2, -1.1), (-0.5, 0.15), (0.0, 0.15), (-0.25, 1.2), (0.55, -0.2), (0.05, -0.2)]
    bx, by, s = x + 0.45 * width, 0.575 * h, min(42 * k, 0.036 * h)
    strokes += [(np.array([(bx + s * u, by + s * v) for u, v in bolt]), AMBER, 4.5 * k, True)]
    return _neon(h, w, k, strokes)


def wetness(w: int, h: int, k: float, seed: int) -> Float32:
    """(rows of the stage, W) 0..1: puddles, drawn out sideways by perspective."""
    rows = h - round(EDGE * h)
    flat = canvas.noise(rows * 2, w, 70 * k, 4, seed + 9, stretch=1.6)
    v = (np.arange(rows, dtype=np.float32) / rows) ** 1.5 * rows * 1.9
    u = np.arange(w, dtype=np.float32)
    puddles = cv2.remap(flat, np.tile(u, (rows, 1)), np.repeat(v[:, None], w, axis=1), cv2.INTER_LINEAR)
    return np.asarray(np.clip((puddles - 0.36) * 4.5, 0.0, 1.0), dtype=np.float32)


def mirrored(scene: Any, wet: Float32, k: float) -> Float32:
    """What the stage mirrors of a scene above its edge: sharp in puddles, drawn out where it is only damp.

    Args:
        scene: (H, W) or (H, W, 3) float32.
    """
    n = len(wet)
    edge = len(scene) - n
    rows = np.arange(n, dtype=np.float32)
    mirror = scene[np.clip(edge - 1 - rows * 1.75, 0, edge - 1).astype(np.int32)]
    soft = canvas.blur(cv2.blur(mirror, (1, max(1, round(60 * k)))), 6 * k)
    sharp = cv2.blur(mirror, (max(1, round(2 * k)), max(1, round(12 * k))))
    near = (rows / np.float32(n))[:, None]
    keep = np.float32(0.60) - np.float32(0.28) * near
    a, b = keep * wet, keep * (0.85 - 0.5 * wet)
    if mirror.ndim == 3:
        return np.asarray(canvas.grey(a) * sharp + canvas.grey(b) * soft, dtype=np.float32)
    return np.asarray(a * sharp + b * soft, dtype=np.float32)


def with_stage(scene: Float32, wet: Float32, k: float) -> Float32:
    """A scene whose lower part is the stage that mirrors it."""
    scene[-len(wet) :] = mirrored(scene, wet, k)
    return scene


def draw_joints(scene: Float32, wet: Float32, k: float) -> None:
    """Darken the joints between the stage's slabs, and light its front edge."""
    h, w = scene.shape[:2]
    n = len(wet)
    lines = Mask(n, w)
    horizon, feet = -0.27 * h, 0.165 * h
    for i in range(-30, 31):
        fan = [(w / 2 + i * 105 * k * (v - horizon) / (feet - horizon), v) for v in (0, n)]
        lines.line(fan, 1.6 * k)
    for z in np.arange(1.0, 0.3, -0.055):
        v = horizon + (feet - horizon) / (z * 1.42)
        if 0 <= v < n:
            lines.line([(0, v), (w, v)], 1.4 * k)
    scene[-n:] *= canvas.grey(1 - 0.6 * lines.alpha)
    edge = Mask(h, w).line([(0, h - n), (w, h - n)], 3 * k).alpha
    scene += canvas.tint(0.9 * edge + 0.5 * canvas.blur(edge, 12 * k), VIOLET)


def equaliser(w: int, h: int, k: float, wet: Float32) -> tuple[UInt8, Any, tuple[int, int]]:
    """The screen fully lit, with its mirror image on the stage.

    Returns:
        (h', w', 3) plate, (2 * COLUMNS * ROWS, 4) boxes y0, y1, x0, x1 of its cells and then of their mirror images,
        column by column within a row, and (y, x) of the plate.
    """
    x0, y0, x1, y1 = (round(v) for v in screen_box(w, h))
    edge = h - len(wet)
    y, x = np.mgrid[y0:edge, x0:x1].astype(np.float32)
    u, v = (x - x0 + 0.5) / (x1 - x0) * COLUMNS, (y1 - y - 0.5) / (y1 - y0) * ROWS
    fu, fv = np.abs(u - np.floor(u) - 0.5) * 2, np.abs(v - np.floor(v) - 0.5) * 2
    cell = (x1 - x0) / COLUMNS / 2
    lit = np.clip((0.78 - fu) * cell, 0, 1) * np.clip((0.72 - fv) * cell * 1.1, 0, 1) * (1 - 0.25 * (fu**2 + fv**2))
    weight = np.zeros((h, x1 - x0), dtype=np.float32)
    weight[y0:edge] = np.where((v >= 0) & (v < ROWS), 0.14 + 0.86 * lit, 0)
    weight[edge:] = mirrored(weight, np.ascontiguousarray(wet[:, x0:x1]), k)
    mix = np.clip((y1 - np.arange(h, dtype=np.float32)) / (y1 - y0), 0, 1)
    mix[edge:] = np.clip((y1 - (edge - np.arange(h - edge) * 1.75)) / (y1 - y0), 0, 1)
    low, high = np.array([0, 165, 255]), np.array([255, 20, 165])
    colour = low + (high - low) * mix[:, None]
    plate = cv2.merge([weight * colour[:, c : c + 1].astype(np.float32) for c in range(3)])[y0:]
    columns = np.round(np.linspace(0, x1 - x0, COLUMNS + 1)).astype(np.int32)
    heights = np.linspace(y1, y0, ROWS + 1)
    walls = np.round(heights - y0).astype(np.int32)
    floors = np.clip(np.round(edge + (edge - heights) / 1.75), edge, h).astype(np.int32) - y0
    boxes = [(walls[r + 1], walls[r], columns[c], columns[c + 1]) for r in range(ROWS) for c in range(COLUMNS)]
    boxes += [(floors[r], floors[r + 1], columns[c], columns[c + 1]) for r in range(ROWS) for c in range(COLUMNS)]
    return np.clip(plate, 0, 255).astype(np.uint8), np.array(boxes, dtype=np.int32), (y0, x0)


def crowd(w: int, h: int, k: float, seed: int) -> tuple[tuple[UInt8, UInt8, int], ...]:
    """Rows of people from the back to the front: alpha, the rim of light on them, y of the top."""
    out = []
    for i, (head, rise) in enumerate(((23 * k, 0.010), (31 * k, 0.0))):
        rows = round(5.2 * head)
        alpha = shapes.crowd(w + 8, rows, head, np.random.default_rng(seed + i), 0.55)
        rim = cv2.subtract(alpha, np.roll(alpha, max(1, round(2.2 * k)), axis=0))
        out.append((alpha, np.ascontiguousarray(rim), round((EDGE - rise) * h) - rows + round(0.9 * head)))
    return tuple(out)
