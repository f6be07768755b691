"""What stands still on the roof: evening sky, skyline, water tower, parapet, floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from components.compose.painters import canvas, shapes
from components.compose.painters.canvas import Mask, linear
from components.core import Float32, UInt8

PARAPET = 0.672
"""Of the height: the upper edge of the roof's wall."""
EDGE = 0.742
"""Of the height: where wall and floor meet."""
_SKY = [
    (0.00, linear(14, 18, 58)), (0.30, linear(40, 38, 104)), (0.55, linear(104, 62, 140)), (0.76, linear(206, 96, 130)),
    (0.90, linear(250, 148, 104)), (1.00, linear(255, 190, 120)),
]  # fmt: skip
_LAYERS = (
    # tops (share of the height), widths px, colour at the foot, at the top, share of lit windows, window px
    ((0.40, 0.58), (26, 58), (214, 124, 136), (134, 88, 146), 0.10, 3),
    ((0.31, 0.56), (44, 92), (122, 74, 122), (62, 48, 104), 0.30, 5),
    ((0.40, 0.62), (80, 150), (44, 30, 66), (26, 22, 52), 0.42, 8),
)
_LIT = ((255, 206, 120), (255, 226, 160), (255, 180, 96), (196, 222, 255), (255, 214, 140))


@dataclass
class Skyline:
    """Buildings painted over each other.

    Attributes:
        picture: (rows, W, 3) uint8 sRGB.
        alpha: (rows, W) uint8: where there is a building.
        glow: (rows, W, 3) uint8: what shines by itself.
        boxes: y0, y1, x0, x1 of windows that go on and off.
        beacons: (x, y) of red lamps on tops.
    """

    picture: UInt8
    alpha: UInt8
    glow: UInt8
    boxes: list[tuple[int, int, int, int]]
    beacons: list[tuple[float, float]]


def sky(w: int, h: int, seed: int) -> Float32:
    """Evening sky with clouds, (rows, 2 * W, 3) linear light; left and right edge meet."""
    rows = round(PARAPET * h)
    y = np.arange(rows, dtype=np.float32) / np.float32(rows)
    column = canvas.ramp(y, _SKY)
    tile = canvas.tile_noise(512, 4, 6, seed + 2)
    v = np.repeat((500 * (y * 0.75 + 1.1 * y**2)).astype(np.float32)[:, None], 2 * w, axis=1)
    u = np.tile(np.arange(2 * w, dtype=np.float32) * 512 / (2 * w), (rows, 1))
    field = cv2.remap(np.pad(tile, ((0, 1024), (0, 1)), mode="wrap"), u, v, cv2.INTER_LINEAR)
    density = np.clip(
        (field - np.interp(y, [0, 0.4, 0.8, 1], [0.56, 0.46, 0.52, 0.7])[:, None].astype(np.float32)) * 3, 0, 1
    )
    below = np.roll(density, -max(1, round(0.014 * h)), axis=0)
    lit = np.clip(0.25 + 0.9 * (density - below), 0, 1)
    dark = canvas.ramp(y, [(0, linear(24, 26, 72)), (0.6, linear(76, 50, 116)), (1, linear(190, 100, 120))])
    warm = canvas.ramp(y, [(0, linear(120, 80, 150)), (0.55, linear(244, 118, 128)), (1, linear(255, 180, 130))])
    out = np.empty((rows, 2 * w, 3), dtype=np.float32)
    for c in range(3):
        cloud = dark[:, None, c] + lit * (warm[:, None, c] - dark[:, None, c])
        out[..., c] = column[:, None, c] + 0.85 * density * (cloud - column[:, None, c])
    rng = np.random.default_rng(seed + 3)
    for _ in range(150):
        sy, sx = int(rows * 0.55 * rng.random() ** 1.6), int(rng.integers(2 * w))
        out[sy, sx] += rng.uniform(0.1, 0.7) * (1 - density[sy, sx]) * (1 - sy / (0.6 * rows))
    return out


def skyline(w: int, h: int, k: float, seed: int) -> Skyline:
    """Three rows of buildings, the two towers that one remembers, and a neon sign."""
    rows = round(PARAPET * h)
    out = Skyline(
        np.zeros((rows, w, 3), np.uint8), np.zeros((rows, w), np.uint8), np.zeros((rows, w, 3), np.uint8), [], []
    )
    rng = np.random.default_rng(seed + 11)
    for i, (tops, widths, foot, head, lit, pane) in enumerate(_LAYERS):
        x = -20.0 * k
        while x < w:
            width = rng.uniform(*widths) * k
            # Lower in the middle, where the dancers' heads are, higher at the sides.
            side = min(1.0, abs((x + width / 2) / w - 0.5) * 2)
            top = tops[1] - (tops[1] - tops[0]) * (0.25 + 0.75 * side) * rng.uniform(0.3, 1.0)
            _building(out, x, top * h, width, rows, (foot, head), lit, pane * k, rng, k)
            x += width * rng.uniform(0.92, 1.15)
        if i == 1:
            _spire(out, 0.15 * w if w < h else 0.24 * w, 0.20 * h, 0.10 * h, rows, k, rng)
            _glass_tower(out, 0.845 * w if w < h else 0.76 * w, 0.235 * h, 0.085 * h, rows, k, rng)
    return out


def _block(out: Skyline, points: Any, colours: tuple[Any, Any], rows: int) -> None:
    """A plain shape whose colour runs from its top to the haze at its foot."""
    mask = Mask(*out.alpha.shape).polygon(points).board
    x, y, w, h = cv2.boundingRect(mask)
    if w == 0:
        return
    t = ((np.arange(y, y + h) - y) / max(1, rows - y))[:, None, None]
    colour = np.array(colours[1]) + t * (np.array(colours[0], dtype=np.float64) - np.array(colours[1]))
    a = mask[y : y + h, x : x + w, None] / 255
    area = (slice(y, y + h), slice(x, x + w))
    out.picture[area] = (out.picture[area] * (1 - a) + colour * a + 0.5).astype(np.uint8)
    out.glow[area] = (out.glow[area] * (1 - a)).astype(np.uint8)
    np.maximum(out.alpha[area], mask[area], out=out.alpha[area])
    out.beacons[:] = [(u, v) for u, v in out.beacons if not (0 <= u < mask.shape[1] and mask[int(v), int(u)] > 127)]
    out.boxes[:] = [b for b in out.boxes if mask[min(b[1], len(mask)) - 1, min(b[3], mask.shape[1]) - 1] < 128]


def _building(
    out: Skyline, x: float, top: float, width: float, rows: int, colours: tuple[Any, Any], lit: float, pane: float,
    rng: np.random.Generator, k: float,
) -> None:  # fmt: skip
    box = [(x, rows), (x, top), (x + width, top), (x + width, rows)]
    _block(out, box, colours, rows)
    if rng.random() < 0.5:
        inset = width * rng.uniform(0.15, 0.3)
        crown = top - rng.uniform(8, 26) * k
        tier = [(x + inset, top + 1), (x + inset, crown), (x + width - inset, crown), (x + width - inset, top + 1)]
        _block(out, tier, colours, rows)
        if rng.random() < 0.5:
            mid = x + width / 2
            tip = crown - 34 * k
            _block(out, [(mid - k, crown), (mid - 0.4 * k, tip), (mid + 0.4 * k, tip), (mid + k, crown)], colours, rows)
            out.beacons.append((mid, tip))
    if pane < 2:
        return
    _windows(out, x, top + 1.2 * pane, width, rows, lit, pane, rng)


def _windows(
    out: Skyline, x: float, top: float, width: float, rows: int, lit: float, pane: float, rng: np.random.Generator
) -> None:
    """A grid of panes; lit ones in whole floors and alone, some of which go on and off."""
    pitch_x, pitch_y = pane * rng.uniform(1.5, 2.2), pane * rng.uniform(1.9, 2.6)
    columns = int((width - pane) / pitch_x)
    margin = (width - columns * pitch_x + pitch_x - pane) / 2
    warm = rng.integers(len(_LIT))
    for j in range(int((rows - top) / pitch_y)):
        busy = lit * rng.uniform(0.3, 1.8)
        for i in range(columns):
            x0, y0 = round(x + margin + i * pitch_x), round(top + j * pitch_y)
            x1, y1 = max(x0 + 1, round(x0 + pane)), max(y0 + 1, round(y0 + 1.25 * pane))
            if x0 < 0 or x1 > out.alpha.shape[1] or y1 > rows:
                continue
            if rng.random() < busy * 0.8:
                colour = np.array(_LIT[int(warm if rng.random() < 0.7 else rng.integers(len(_LIT)))])
                level = rng.uniform(0.45, 1.0)
                if pane > 4 and rng.random() < 0.035:
                    out.boxes.append((y0, y1, x0, x1))
                else:
                    out.picture[y0:y1, x0:x1] = (colour * level).astype(np.uint8)
                    out.glow[y0:y1, x0:x1] = (colour * level * 0.8).astype(np.uint8)
            else:
                patch = out.picture[y0:y1, x0:x1]
                patch[:] = (patch * 0.78 + (4, 5, 12)).astype(np.uint8)


def _spire(out: Skyline, x: float, top: float, width: float, rows: int, k: float, rng: np.random.Generator) -> None:
    """A stepped tower with a needle, lit from below at its steps."""
    colours = ((104, 64, 112), (66, 50, 102))
    steps = ((1.0, 0.20), (0.74, 0.105), (0.5, 0.055), (0.28, 0.025))
    height = rows - top
    for share, down in steps:
        y = top + down * height * 1.7
        half = 0.5 * width * share
        _block(out, [(x - half, rows), (x - half, y), (x + half, y), (x + half, rows)], colours, rows)
    for share, down in steps:
        y, half = top + down * height * 1.7, 0.5 * width * share
        band = slice(int(y), int(y + 9 * k))
        span = slice(max(0, int(x - half)), max(0, int(x + half)))
        fade = np.linspace(1, 0, max(1, band.stop - band.start))[:, None, None]
        lit = np.array((255, 196, 120)) * fade
        for target, gain in ((out.picture, 1.0), (out.glow, 0.75)):
            part = target[band, span]
            part[:] = np.maximum(part, (gain * lit[: len(part)]).astype(np.uint8))
    half = 0.5 * width * 0.86
    _windows(out, x - half, top + 0.38 * height, 2 * half, rows, 0.5, 5 * k, rng)
    _block(
        out,
        [(x - 3 * k, top + 0.05 * height), (x, top - 0.06 * height), (x + 3 * k, top + 0.05 * height)],
        colours,
        rows,
    )
    out.beacons.append((x, top - 0.06 * height))


def _glass_tower(
    out: Skyline, x: float, top: float, width: float, rows: int, k: float, rng: np.random.Generator
) -> None:
    """A slanted tower of glass that mirrors the evening."""
    colours = ((150, 90, 128), (60, 60, 122))
    half = 0.5 * width
    slant = [(x - half, rows), (x - half, top + 0.35 * width), (x + half, top), (x + half, rows)]
    _block(out, slant, colours, rows)
    _windows(out, x - half, top + 0.5 * width, width, rows, 0.42, 5 * k, rng)
    edge = Mask(*out.alpha.shape).line([(x - half, top + 0.35 * width), (x + half, top)], 2.2 * k)
    for target in (out.picture, out.glow):
        np.maximum(target, (edge.alpha[..., None] * (120, 220, 255)).astype(np.uint8), out=target)
    out.beacons.append((x + half, top))


def water_tower(w: int, h: int, k: float) -> Mask:
    """The silhouette of a wooden water tower on the next roof, (rows, W)."""
    rows = round(PARAPET * h)
    mask = Mask(rows, w)
    x, s = (0.80 * w if w < h else 0.885 * w), min(0.066 * h, 0.115 * w) * 0.92
    top, foot = 0.425 * h, rows
    tank = top + 1.55 * s
    mask.polygon([(x - s, top), (x + s, top), (x + 0.95 * s, tank), (x - 0.95 * s, tank)])
    mask.polygon([(x - 1.12 * s, top + 2), (x, top - 0.62 * s), (x + 1.12 * s, top + 2)])
    mask.line([(x, top - 0.6 * s), (x, top - 0.85 * s)], 3 * k)
    mask.polygon(
        [(x - 1.12 * s, tank), (x + 1.12 * s, tank), (x + 1.12 * s, tank + 7 * k), (x - 1.12 * s, tank + 7 * k)]
    )
    for u in (-0.85, -0.3, 0.3, 0.85):
        mask.line([(x + u * s, tank), (x + 1.12 * u * s, foot)], 5 * k)
    for a, b in ((0.0, 0.5), (0.5, 1.0)):
        y0, y1 = tank + a * (foot - tank), tank + b * (foot - tank)
        mask.line([(x - 0.88 * s, y0), (x + 0.95 * s, y1)], 2.4 * k).line(
            [(x + 0.88 * s, y0), (x - 0.95 * s, y1)], 2.4 * k
        )
        mask.line([(x - 0.95 * s, y1), (x + 0.95 * s, y1)], 3 * k)
    mask.line([(x + 0.72 * s, top), (x + 0.72 * s, foot)], 2 * k)
    return mask


def sign_place(w: int, h: int) -> tuple[float, float, float]:
    """x, y and size of the neon sign, px."""
    return (0.125 * w if w < h else 0.135 * w), 0.535 * h, min(0.05 * h, 0.09 * w)


def scaffold(w: int, h: int, k: float) -> Mask:
    """What carries the neon sign, (rows, W)."""
    rows = round(PARAPET * h)
    mask = Mask(rows, w)
    x, y, s = sign_place(w, h)
    for u in (-0.8, 0.0, 0.8):
        mask.line([(x + u * s, y - (1.1 if u == 0 else 0.7) * s), (x + u * s, rows)], 3 * k)
    for v in (0.6, 1.5, 2.4):
        mask.line([(x - 0.8 * s, y + v * s), (x + 0.8 * s, y + v * s)], 2.4 * k)
    for v in (0.6, 1.5):
        mask.line([(x - 0.8 * s, y + v * s), (x + 0.8 * s, y + (v + 0.9) * s)], 1.8 * k)
    return mask


def sign(w: int, h: int, k: float) -> Float32:
    """A neon sign on a roof to the left, (rows, W, 3) linear light."""
    rows = round(PARAPET * h)
    pink, blue = linear(255, 40, 120), linear(40, 190, 255)
    x, y, s = sign_place(w, h)
    out = np.zeros((rows, w, 3), dtype=np.float32)
    for colour, strokes in (
        (pink, [shapes.star(x, y, 0.85 * s)]),
        (blue, [shapes.ring(x, y, 1.15 * s, 1.15 * s)]),
    ):
        tube = Mask(rows, w)
        for points in strokes:
            tube.line(points, 4.5 * k, closed=True)
        core = tube.alpha
        out += canvas.tint(1.7 * core + 0.5 * canvas.blur(core, 16 * k), colour) + canvas.tint(0.35 * core, (1, 1, 1))
    return out + canvas.bloom(out, 4 * k, 1.2)


def roof(w: int, h: int, k: float, seed: int) -> Float32:
    """The wall and the floor of the roof, from the wall's upper edge down, (rows, W, 3) linear light."""
    top, edge = round(PARAPET * h), round(EDGE * h)
    rows = h - top
    out = np.zeros((rows, w, 3), dtype=np.float32)
    out[: edge - top] = _wall(w, edge - top, k, seed)
    out[edge - top :] = _deck(w, h, edge, k, seed)
    return out


def _wall(w: int, rows: int, k: float, seed: int) -> Float32:
    """Brick under a stone coping, lit warmly from the lamps."""
    coping = max(3, round(0.20 * rows))
    rng = np.random.default_rng(seed + 21)
    bricks = np.ones((rows, w), dtype=np.float32)
    bh, bw = max(3.0, 10.5 * k), 30 * k
    for j in range(int(rows / bh) + 1):
        y0, y1 = round(coping + j * bh), round(coping + (j + 1) * bh) - max(1, round(1.3 * k))
        for i in range(-1, int(w / bw) + 2):
            x0 = round((i + 0.5 * (j % 2)) * bw)
            bricks[y0:y1, max(0, x0) : max(0, x0 + round(bw - 1.5 * k))] = rng.uniform(1.5, 2.7)
    bricks *= 0.75 + 0.5 * canvas.noise(rows, w, 6 * k, 3, seed + 22)
    x = np.linspace(-1, 1, w, dtype=np.float32)[None]
    pool = 0.22 + 0.62 * np.exp(-((x / 0.75) ** 2))
    out = canvas.tint(bricks * pool * 0.36, linear(150, 82, 66))
    stone = (0.7 + 0.6 * canvas.noise(coping, w, 9 * k, 3, seed + 23)) * (0.35 + 0.55 * np.exp(-((x / 0.8) ** 2)))
    out[:coping] = canvas.tint(stone, linear(140, 110, 116))
    out[: max(1, coping // 4)] *= 1.8
    fall = np.exp(-np.abs(np.arange(rows, dtype=np.float32) - coping) / (4 * k)) * (np.arange(rows) >= coping)
    out *= canvas.grey(np.repeat((1 - 0.65 * fall)[:, None], w, axis=1).astype(np.float32))
    return out


def _deck(w: int, h: int, edge: int, k: float, seed: int) -> Float32:
    """Stone slabs in perspective, worn and a little damp, in the lamps' light."""
    rows = h - edge
    horizon = 0.50 * h - edge
    feet = 0.90 * h - edge
    v = np.arange(rows, dtype=np.float32)[:, None]
    z = (feet - horizon) / (v - horizon)
    x = (np.arange(w, dtype=np.float32) - w / 2)[None] * z / (0.40 * h)
    depth = z * 1.9 + np.zeros_like(x)
    slab = 0.42
    gx, gz = x / slab, depth / (slab * 0.95)
    line_x, line_z = np.abs(gx - np.round(gx)) * slab / z * 0.40 * h, np.abs(gz - np.round(gz)) * slab / z**2 * 0.21 * h
    joint = np.clip(1.6 * k - np.minimum(line_x, line_z), 0, 1)
    rng = np.random.default_rng(seed + 31)
    table = rng.uniform(0.78, 1.22, (64, 64)).astype(np.float32)
    tone = table[np.round(gx - 0.5).astype(int) % 64, np.round(gz - 0.5).astype(int) % 64]
    worn = canvas.noise(rows, w, 40 * k, 5, seed + 32, stretch=2.2)
    grain = canvas.noise(rows, w, 2.4 * k, 2, seed + 33)
    albedo = tone * (0.62 + 0.5 * worn + 0.28 * (grain - 0.5)) * (1 - 0.62 * joint)
    spot = np.exp(-((x / 0.95) ** 2) - ((z - 1.0) / 0.52) ** 2) * 0.62 + 0.13
    out = canvas.tint(albedo * spot, linear(178, 142, 122)) + canvas.tint(albedo * 0.16, linear(70, 70, 150))
    # Where it is damp it mirrors the evening low over the wall.
    damp = np.clip((worn - 0.52) * 4, 0, 1) * (1 - joint)
    near = v / rows
    out *= canvas.grey((1 - 0.35 * damp).astype(np.float32))
    out += canvas.tint((0.09 * damp * (1 - 0.5 * near)).astype(np.float32), linear(220, 116, 140))
    shadow = np.exp(-v / (7 * k)) * np.ones_like(x)
    return np.asarray(out * canvas.grey((1 - 0.55 * shadow).astype(np.float32)), dtype=np.float32)
