"""What stands still in the forest: misty glade, trees, leaves, moss, mushrooms, a circle of runes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from components.compose.painters import canvas, shapes
from components.compose.painters.canvas import Mask, linear
from components.core import Float32, UInt8

GROUND = 0.715
"""Of the height: where the glade's floor begins."""
MOSS, AQUA, ROSE, GOLD = linear(120, 255, 170), linear(60, 235, 255), linear(255, 90, 220), linear(255, 214, 120)


def _mist(w: int, h: int) -> Float32:
    """Light that falls into the glade from above and behind."""
    near = canvas.bump(h, w, 0.5 * w, 0.33 * h, 0.30 * min(w, 1.1 * h), 0.26 * h)
    wide = canvas.bump(h, w, 0.5 * w, 0.40 * h, 0.62 * min(w, 1.4 * h), 0.42 * h)
    out = canvas.tint(0.62 * near, linear(196, 246, 214)) + canvas.tint(0.52 * wide, linear(70, 168, 172))
    return out + canvas.tint(np.full((h, w), 1.0, dtype=np.float32), linear(9, 26, 40))


def _trunk(
    x: float, foot: float, width: float, lean: float, top: float, rng: np.random.Generator, roots: float = 1.0
) -> Any:
    """Outline of a trunk that spreads into roots at its foot."""
    t = np.linspace(0, 1, 40)
    y = top + (foot - top) * t
    middle = x + lean * (1 - t) + 0.10 * width * np.sin(5.0 * t + rng.uniform(0, 6))
    half = 0.5 * width * (0.74 + 0.20 * t + 9.9 * roots * np.clip(t - 0.82, 0, 1) ** 1.5)
    wobble = 0.035 * width * np.cumsum(rng.standard_normal((2, 40)), axis=1) / 2.5
    left = np.stack([middle - half + wobble[0], y], axis=1)
    right = np.stack([middle + half + wobble[1], y], axis=1)
    return np.concatenate([left, right[::-1]])


def _branch(
    mask: Mask, x: float, y: float, length: float, angle: float, width: float, rng: np.random.Generator
) -> None:
    steps = 5
    for i in range(steps):
        end = (x + np.cos(angle) * length / steps, y + np.sin(angle) * length / steps)
        mask.line([(x, y), end], width * (1 - 0.75 * i / steps))
        if width > 3 and i > 0:
            _branch(
                mask, x, y, 0.45 * length, angle + float(rng.choice([-1, 1])) * rng.uniform(0.5, 0.9), 0.45 * width, rng
            )
        (x, y), angle = end, angle + rng.uniform(-0.28, 0.24)


def _leaves(mask: Mask, w: int, h: int, reach: Any, size: float, n: int, rng: np.random.Generator) -> None:
    """Leaves in bunches below the frame's upper edge; `reach(x)` says how far down they hang, share of the height."""
    for _ in range(n):
        cx = rng.uniform(-0.02, 1.02)
        cy = reach(cx) * rng.random() ** 1.6
        for _ in range(9):
            x = cx * w + rng.normal(0, 2.4 * size)
            y = cy * h + rng.normal(0, 1.8 * size)
            mask.disc(x, y, size * rng.uniform(0.7, 1.2), size * rng.uniform(0.28, 0.45), rng.uniform(20, 160))


def woods(w: int, h: int, k: float, seed: int) -> Float32:
    """Everything above and around the glade, (H, W, 3) linear light; the ground is laid over it."""
    rng = np.random.default_rng(seed + 1)
    out = _mist(w, h)
    glow = out.copy()
    ground = GROUND * h
    for layer, (fade, width, count) in enumerate(((0.30, 22, 13), (0.55, 40, 9), (0.80, 66, 6))):
        mask = Mask(h, w)
        for i in range(count):
            u = (i + rng.uniform(0.15, 0.85)) / count
            if layer == 2 and 0.27 < u < 0.73:
                continue
            size = width * k * rng.uniform(0.7, 1.3)
            x = u * w
            mask.polygon(_trunk(x, ground + (2 + 7 * layer) * k, size, rng.normal(0, 0.3) * size, -0.05 * h, rng, 0.35))
            for _ in range(2):
                side = float(rng.choice([-1, 1]))
                y = h * rng.uniform(0.08, 0.38)
                _branch(
                    mask, x, y, size * rng.uniform(3, 5), -np.pi / 2 + side * rng.uniform(0.7, 1.2), 0.26 * size, rng
                )
        _leaves(
            mask, w, h, lambda u: 0.12 + 0.16 * (2 * abs(u - 0.5)) ** 1.5, (7 + 3 * layer) * k, 150 - 30 * layer, rng
        )
        colour = glow * np.float32(1 - fade) * np.float32(0.55) + canvas.tint(
            np.ones((h, w), np.float32), 0.5 * linear(10, 34, 44)
        )
        canvas.lay(out, 0.95 * mask.alpha, colour)
        haze = np.clip((np.arange(h, dtype=np.float32)[:, None] / h - 0.42) / 0.3, 0, 1) * np.ones((1, w))
        out += canvas.tint((haze * 0.16 * (1 - fade)).astype(np.float32), linear(120, 210, 200))
    _near_trees(out, w, h, k, rng)
    dark = Mask(h, w)
    _leaves(dark, w, h, lambda u: 0.05 + 0.17 * (2 * abs(u - 0.5)) ** 1.8, 15 * k, 120, rng)
    canvas.lay(out, dark.alpha, linear(7, 24, 26))
    return out


def _near_trees(out: Float32, w: int, h: int, k: float, rng: np.random.Generator) -> None:
    """Two giants that frame the glade, with bark, moss, and light on the side that faces it."""
    size = min(0.30 * w, 0.20 * h)
    bark = canvas.noise(h // 3, w, 9 * k, 4, 77)
    bark = np.asarray(cv2.resize(bark, (w, h), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
    fine = canvas.noise(h, w, 5 * k, 3, 78)
    relief = cv2.Sobel(bark, cv2.CV_32F, 1, 0, ksize=3)
    for side in (-1, 1):
        x = w / 2 + side * (min(0.5 * w, 0.86 * h) - 0.10 * size)
        mask = Mask(h, w).polygon(_trunk(x, 0.815 * h, size, -side * 0.02 * w, -0.05 * h, rng))
        _branch(mask, x - side * 0.3 * size, 0.30 * h, 1.6 * size, -np.pi / 2 - side * 0.85, 0.20 * size, rng)
        _branch(mask, x - side * 0.2 * size, 0.16 * h, 1.3 * size, -np.pi / 2 - side * 1.15, 0.14 * size, rng)
        alpha = mask.alpha
        inner = np.clip(alpha - np.roll(alpha, side * round(0.10 * size), axis=1), 0, 1)
        rim = canvas.blur(inner, 0.035 * size) * alpha
        body = np.clip(0.45 + 0.8 * (bark - 0.5) - side * 1.3 * relief * k, 0.05, 1.6) * (0.8 + 0.4 * fine)
        colour = canvas.tint(body * 0.55, linear(58, 52, 54)) + canvas.tint(
            0.34 * rim * (0.5 + body), linear(128, 214, 190)
        )
        green = np.clip((canvas.noise(h, w, 34 * k, 4, 79 + side) - 0.52) * 5, 0, 1) * np.clip(
            np.arange(h, dtype=np.float32)[:, None] / h * 1.6 - 0.25, 0, 1
        )
        colour += canvas.tint((green * (0.25 + 0.5 * rim) * fine).astype(np.float32), linear(96, 160, 74))
        canvas.lay(out, alpha, colour)


def ground(w: int, h: int, k: float, seed: int) -> tuple[Float32, Float32]:
    """The glade's floor: (rows, W, 3) linear light from its first row down, and its coverage (rows, W)."""
    rng = np.random.default_rng(seed + 2)
    top = round((GROUND - 0.02) * h)
    rows = h - top
    v = np.arange(rows, dtype=np.float32)[:, None] / np.float32(rows)
    moss = canvas.noise(rows, w, 26 * k, 5, seed + 3, stretch=2.2)
    fine = canvas.noise(rows, w, 4.5 * k, 3, seed + 4, stretch=1.5)
    grain = canvas.noise(rows, w, 2.2 * k, 1, seed + 5)
    relief = cv2.Sobel(0.6 * moss + 0.4 * fine, cv2.CV_32F, 0, 1, ksize=3)
    x = (np.arange(w, dtype=np.float32)[None] - w / 2) / min(0.46 * w, 0.52 * h)
    y = (np.arange(rows, dtype=np.float32)[:, None] + top - 0.89 * h) / (0.15 * h)
    path = np.exp(-(x**2) * 1.1) * (0.55 + 0.6 * np.exp(-(y**2)))
    light = 0.16 + 0.62 * path * (1.12 - 0.35 * v)
    body = np.clip(0.55 + 0.9 * (moss - 0.5) + 0.5 * (grain - 0.5) - 1.2 * relief * k, 0.08, 1.8)
    earth = np.clip(path * 1.25 - 0.30 + 0.7 * (moss - 0.5), 0, 1)
    out = canvas.tint((body * light * (1 - 0.75 * earth)).astype(np.float32), linear(86, 142, 84))
    out += canvas.tint((body * light * earth * 0.75).astype(np.float32), linear(138, 140, 112))
    out += canvas.tint((0.14 * np.exp(-v * 5) * np.exp(-(x**2))).astype(np.float32), linear(150, 230, 205))
    cover = Mask(rows, w)
    edge = 0.02 * h + 3 * k * np.sin(np.arange(0, w + 8, 8) * 0.03)
    cover.polygon([(0, rows), *zip(np.arange(0.0, w + 8, 8).tolist(), edge.tolist(), strict=True), (w, rows)])
    grass = Mask(rows, w)
    for _ in range(round(520 * w / 720 * (1280 / h) ** 0.5)):
        u = rng.uniform(-0.02, 1.02)
        away = min(1.0, abs(u - 0.5) * 2 / min(1.0, 1.15 * h / w))
        depth = rng.random() ** 2 * (0.10 + 0.9 * away**3)
        foot = 0.02 * h + depth * 0.8 * rows
        size = (9 + 26 * depth) * k * rng.uniform(0.6, 1.3)
        for _ in range(4):
            lean = rng.normal(0, 0.45) * size
            root = (u * w + rng.normal(0, 0.25 * size), foot)
            x0, half = root[0], 0.08 * size
            grass.polygon(
                [(x0 - half, foot), (x0 + 0.5 * lean, foot - 0.6 * size), (x0 + lean, foot - size), (x0 + half, foot)]
            )
    blades = grass.alpha
    shine = 0.30 + 0.9 * path + 0 * fine
    canvas.lay(out, blades, canvas.tint((shine * (0.20 + 0.45 * fine)).astype(np.float32), linear(64, 130, 92)))
    return out, np.maximum(cover.alpha, blades)


_CLUMPS = (
    (-0.80, 0.775, 6, 40), (0.83, 0.765, 6, 36), (-0.60, 0.738, 4, 20), (0.56, 0.735, 4, 20), (0.84, 0.895, 4, 56),
    (-0.90, 0.905, 4, 52),
)  # fmt: skip
"""x from the middle, share of the height, mushrooms, px of each clump."""


def mushrooms(w: int, h: int, k: float, seed: int) -> list[tuple[float, float, float, int]]:
    """(x, y of the foot, height px, colour 0 or 1) of every mushroom, from the back to the front."""
    rng = np.random.default_rng(seed + 6)
    out: list[tuple[float, float, float, int]] = []
    reach = min(0.5 * w, 0.80 * h)
    for cx, cy, n, size in _CLUMPS:
        for i in range(n):
            s = size * k * (1.25 if i == 0 else rng.uniform(0.4, 0.85))
            x = w / 2 + cx * reach + (0 if i == 0 else rng.normal(0, 0.9 * size * k))
            y = cy * h + (0 if i == 0 else rng.normal(0, 0.22 * size * k))
            out.append((x, y, s, int(cx > 0)))
    return sorted(out, key=lambda m: m[1])


def draw_mushrooms(out: Float32, places: list[tuple[float, float, float, int]], k: float) -> tuple[Float32, Float32]:
    """Draw the mushrooms into a picture; return the light that either colour gives, (H, W, 3) each."""
    h, w = out.shape[:2]
    lights = [np.zeros((h, w, 3), dtype=np.float32) for _ in range(2)]
    for x, y, s, kind in places:
        x0, y0, n = max(0, int(x - 1.2 * s)), max(0, int(y - 1.4 * s)), int(2.4 * s)
        area = (slice(y0, min(h, y0 + int(1.7 * s))), slice(x0, min(w, x0 + n)))
        if area[0].stop - y0 < 3 or area[1].stop - x0 < 3:
            continue
        shape = (area[0].stop - y0, area[1].stop - x0)
        u, v = x - x0, y - y0
        post = [(u - 0.10 * s, v - 0.75 * s), (u + 0.10 * s, v - 0.75 * s), (u + 0.15 * s, v), (u - 0.15 * s, v)]
        stem = Mask(*shape).polygon(post).alpha
        arc = [
            (u + 0.62 * s * np.cos(a), v - 0.66 * s + 0.58 * s * np.sin(a)) for a in np.linspace(np.pi, 2 * np.pi, 24)
        ]
        lip = [(u + 0.62 * s * np.cos(a), v - 0.66 * s + 0.13 * s * np.sin(a)) for a in np.linspace(0, np.pi, 16)]
        cap = Mask(*shape).polygon(arc + lip).alpha
        gills = Mask(*shape).disc(u, v - 0.64 * s, 0.54 * s, 0.10 * s).alpha
        colour = AQUA if kind else ROSE
        high = np.clip(((v - 0.1 * s) - np.arange(shape[0], dtype=np.float32)) / s, 0, 1)[:, None] * np.ones(
            shape, np.float32
        )
        part = out[area]
        canvas.lay(part, stem, linear(150, 176, 170) * np.float32(0.22))
        canvas.lay(part, cap, canvas.tint((0.10 + 0.20 * high).astype(np.float32), colour))
        dots = Mask(*shape)
        for du, dv, r in ((-0.28, -0.92, 0.07), (0.06, -1.04, 0.09), (0.32, -0.84, 0.06), (-0.05, -0.80, 0.05)):
            dots.disc(u + du * s, v + dv * s, r * s, 0.8 * r * s)
        light = lights[kind][area]
        light *= canvas.grey(1 - np.maximum(stem, cap))
        light += canvas.tint(
            cap * (0.10 + 0.30 * high) + 0.55 * gills + 0.22 * stem * high + 0.5 * dots.alpha * cap, colour
        )
        light += canvas.tint(0.10 * dots.alpha * cap + 0.06 * gills, (1, 1, 1))
    for i in range(2):
        spread = canvas.blur(lights[i], 16 * k)
        lights[i] += 0.5 * spread + canvas.bloom(lights[i], 7 * k, 0.6)
    return lights[0], lights[1]


def runes(w: int, h: int) -> Float32:
    """A circle of runes on the ground around the dancers, (H, W) 0..1."""
    n = 768
    flat = Mask(n, n)
    c = (n - 1) / 2
    for radius, width in ((0.97, 7), (0.79, 4), (0.50, 3)):
        flat.line(shapes.ring(c, c, radius * c, radius * c, n=160), width, closed=True)
    points = shapes.ring(c, c, 0.79 * c, 0.79 * c, -90, 270, 8)[:-1]
    for i in range(7):
        flat.line([points[i], points[(i + 3) % 7]], 2.6)
    for i in range(20):
        a = 2 * np.pi * (i + 0.5) / 20
        size = 0.105 * c
        cos, sin = np.cos(a), np.sin(a)
        for stroke in shapes.glyph(i * 3 + i // 4, -0.42 * size, -0.6 * size, 0.84 * size, 1.2 * size):
            turned = [
                (c + 0.88 * c * cos - sin * px - cos * py, c + 0.88 * c * sin + cos * px - sin * py)
                for px, py in stroke
            ]
            flat.line(turned, 3)
    rx = min(0.465 * w, 0.36 * h)
    y, horizon = 0.895 * h, 0.44 * h
    depth = 0.30 * rx
    # Corners of the square around the circle, as the ground shows them.
    near, far = y + 1.12 * depth, y - 0.90 * depth
    wide_near, wide_far = rx * (near - horizon) / (y - horizon), rx * (far - horizon) / (y - horizon)
    c = w / 2
    corners = np.array([(c - wide_far, far), (c + wide_far, far), (c + wide_near, near), (c - wide_near, near)])
    matrix = cv2.getPerspectiveTransform(
        np.array([(0, 0), (n, 0), (n, n), (0, n)], np.float32), corners.astype(np.float32)
    )
    soft = cv2.GaussianBlur(flat.board, (0, 0), 0.8)
    return np.asarray(cv2.warpPerspective(soft, matrix, (w, h), flags=cv2.INTER_AREA), dtype=np.float32) / np.float32(
        255
    )


def shafts(w: int, h: int, seed: int) -> tuple[Float32, Float32]:
    """Two sets of light shafts that fall into the glade, (h, w) 0..1, px of a quarter of the frame."""
    rng = np.random.default_rng(seed + 8)
    out = []
    for _ in range(2):
        field = np.zeros((h, w), dtype=np.float32)
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        for _ in range(5):
            angle = rng.uniform(-0.42, 0.42)
            middle = w * 0.5 + angle * 0.4 * h + np.tan(angle) * (y - 0.02 * h)
            wide = (0.010 + 0.028 * rng.random()) * min(w, h) * (1 + 1.1 * y / h)
            field += rng.uniform(0.4, 1.0) * np.exp(-(((x - middle) / wide) ** 2))
        field *= np.clip(1.15 - y / (0.80 * h), 0, 1) * np.clip(y / (0.05 * h), 0, 1)
        out.append(field)
    return out[0], out[1]


def fern(w: int, h: int, root: tuple[float, float], length: float, lean: float, seed: int) -> UInt8:
    """The silhouette of a fern, (h, w): leaves from one root, each with leaflets."""
    rng = np.random.default_rng(seed)
    s = 2
    mask = Mask(h * s, w * s)
    for i in range(7):
        angle = -np.pi / 2 + lean + (i - 3) * 0.30 + rng.uniform(-0.06, 0.06)
        size = length * s * rng.uniform(0.75, 1.05)
        start = np.array(root) * s
        tip = start + size * np.array([np.cos(angle), np.sin(angle)]) + (0, 0.22 * size * abs(np.cos(angle)))
        bend = start + 0.6 * size * np.array([np.cos(angle - 0.1), np.sin(angle - 0.1)])
        t = np.linspace(0, 1, 26)[:, None]
        rib = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * tip
        mask.line(rib, max(1.0, 0.018 * size))
        along = np.gradient(rib, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        for j in range(4, 26):
            leaf = 0.24 * size * np.sin(np.pi * (0.12 + 0.86 * j / 25)) ** 0.8
            for side in (-1, 1):
                normal = np.array([-along[j, 1], along[j, 0]]) * side
                end = rib[j] + leaf * (0.45 * along[j] + 0.85 * normal)
                middle = 0.5 * (rib[j] + end)
                wide = 0.13 * leaf * along[j]
                mask.polygon([rib[j], middle + wide, end, middle - wide])
    return np.asarray(cv2.resize(mask.board, (w, h), interpolation=cv2.INTER_AREA), dtype=np.uint8)
