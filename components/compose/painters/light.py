"""What moves in a painting: kernels that add light to a frame, or lay a silhouette over it.

All take (H, W, 3) uint8 frames and clip at their edges. Colours are integers 0..256 (256 is full).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from components.core import Float32, UInt8
from components.core.kernel import kernel


# Cost: 0.25 ns a byte of the plate.
@kernel()
def add_plate(frame: UInt8, y: int, x: int, plate: UInt8, gain: int) -> None:
    """Add a coloured plate (h, w, 3), which lies wholly inside the frame at (x, y), times gain / 256."""
    h, w = plate.shape[:2]
    g = np.uint16(gain)
    for v in range(h):
        row = frame[y + v, x : x + w].reshape(-1)
        light = plate[v].reshape(-1)
        for i in range(3 * w):
            s = np.uint16(row[i]) + np.uint16(np.uint16(np.uint16(light[i]) * g) >> np.uint16(8))
            row[i] = np.uint8(min(s, np.uint16(255)))


# Cost: 2 ns a pixel of the plate.
@kernel()
def add_mono(frame: UInt8, y: int, x: int, plate: UInt8, r: int, g: int, b: int) -> None:
    """Add a grey plate (h, w), which lies wholly inside the frame at (x, y), in a colour."""
    h, w = plate.shape
    for v in range(h):
        for u in range(w):
            p = np.int32(plate[v, u])
            if p:
                frame[y + v, x + u, 0] = min(255, frame[y + v, x + u, 0] + ((p * r) >> 8))
                frame[y + v, x + u, 1] = min(255, frame[y + v, x + u, 1] + ((p * g) >> 8))
                frame[y + v, x + u, 2] = min(255, frame[y + v, x + u, 2] + ((p * b) >> 8))


# Cost: 5 ns a pixel of the sprite.
@kernel()
def add_sprite(frame: UInt8, sprite: UInt8, cx: float, cy: float, r: int, g: int, b: int) -> None:
    """Add a grey sprite (h, w) with its middle at a point between pixels, in a colour; its border must be 0."""
    h, w = sprite.shape
    fh, fw = frame.shape[:2]
    left, top = cx - 0.5 * (w - 1), cy - 0.5 * (h - 1)
    x0, y0 = int(np.floor(left)), int(np.floor(top))
    ax, ay = int(256 * (left - x0)), int(256 * (top - y0))
    w00, w01, w10, w11 = (256 - ax) * (256 - ay), ax * (256 - ay), (256 - ax) * ay, ax * ay
    for v in range(max(0, -y0, 1 - y0 + y0), min(h, fh - y0)):
        if v == 0:
            continue
        for u in range(max(1, -x0), min(w, fw - x0)):
            p = (
                sprite[v, u] * w00 + sprite[v, u - 1] * w01 + sprite[v - 1, u] * w10 + sprite[v - 1, u - 1] * w11
            ) >> 16
            if p:
                frame[y0 + v, x0 + u, 0] = min(255, frame[y0 + v, x0 + u, 0] + ((p * r) >> 8))
                frame[y0 + v, x0 + u, 1] = min(255, frame[y0 + v, x0 + u, 1] + ((p * g) >> 8))
                frame[y0 + v, x0 + u, 2] = min(255, frame[y0 + v, x0 + u, 2] + ((p * b) >> 8))


# Cost: 2 ns a pixel of the sprite.
@kernel()
def lay_shape(frame: UInt8, alpha: UInt8, y: int, x: int, r: int, g: int, b: int) -> None:
    """Lay a plain colour over the frame through an alpha (h, w) at (x, y)."""
    h, w = alpha.shape
    fh, fw = frame.shape[:2]
    for v in range(max(0, -y), min(h, fh - y)):
        for u in range(max(0, -x), min(w, fw - x)):
            a = np.int32(alpha[v, u])
            if a:
                a += a >> 7
                frame[y + v, x + u, 0] += ((r - np.int32(frame[y + v, x + u, 0])) * a) >> 8
                frame[y + v, x + u, 1] += ((g - np.int32(frame[y + v, x + u, 1])) * a) >> 8
                frame[y + v, x + u, 2] += ((b - np.int32(frame[y + v, x + u, 2])) * a) >> 8


# Cost: 1.5 ns a pixel of the picture.
@kernel()
def lay_picture(frame: UInt8, picture: UInt8, alpha: UInt8, y: int, x: int) -> None:
    """Lay a picture (h, w, 3), which lies wholly inside the frame at (x, y), over it through an alpha (h, w)."""
    h, w = alpha.shape
    for v in range(h):
        for u in range(w):
            a = np.int32(alpha[v, u])
            if a == 255:
                frame[y + v, x + u, 0] = picture[v, u, 0]
                frame[y + v, x + u, 1] = picture[v, u, 1]
                frame[y + v, x + u, 2] = picture[v, u, 2]
            elif a:
                for c in range(3):
                    p = np.int32(frame[y + v, x + u, c])
                    frame[y + v, x + u, c] = p + (((np.int32(picture[v, u, c]) - p) * a) >> 8)


# Cost: 0.3 ns a byte of the boxes that are lit.
@kernel()
def add_boxes(frame: UInt8, y: int, x: int, plate: UInt8, boxes: Any, gains: Any) -> None:
    """Add boxes of a coloured plate, each with a gain of its own: the lamps of a wall.

    Args:
        plate: (h, w, 3) uint8, which lies wholly inside the frame at (x, y).
        boxes: (n, 4) int32 y0, y1, x0, x1 px of the plate.
        gains: (n,) int32 0..256.
    """
    for n in range(len(boxes)):
        g = np.uint16(gains[n])
        if g == 0:
            continue
        y0, y1, x0, x1 = boxes[n]
        for v in range(y0, y1):
            row = frame[y + v, x + x0 : x + x1].reshape(-1)
            light = plate[v, x0:x1].reshape(-1)
            for i in range(3 * (x1 - x0)):
                s = np.uint16(row[i]) + np.uint16(np.uint16(np.uint16(light[i]) * g) >> np.uint16(8))
                row[i] = np.uint8(min(s, np.uint16(255)))


# Cost: 3 ns a pixel that has a cell.
@kernel()
def light_cells(frame: UInt8, y: int, x: int, cells: Any, weight: UInt8, colours: Any) -> None:
    """Light the cells of a floor or a wall: add weight (h, w) times the colour of each pixel's cell.

    Args:
        cells: (h, w) uint16 index into colours.
        weight: (h, w) uint8; where it is 0 nothing changes.
        colours: (n, 3) int32 0..256.
    """
    h, w = weight.shape
    for v in range(h):
        for u in range(w):
            p = np.int32(weight[v, u])
            if p:
                c = cells[v, u]
                frame[y + v, x + u, 0] = min(255, frame[y + v, x + u, 0] + ((p * colours[c, 0]) >> 8))
                frame[y + v, x + u, 1] = min(255, frame[y + v, x + u, 1] + ((p * colours[c, 1]) >> 8))
                frame[y + v, x + u, 2] = min(255, frame[y + v, x + u, 2] + ((p * colours[c, 2]) >> 8))


# Cost: 4 ns a pixel of the beam, on a field of a quarter of the frame's size.
@kernel()
def add_beam(
    field: Float32, x: float, y: float, angle: float, spread: float, start: float, reach: float,
    r: float, g: float, b: float,
) -> None:  # fmt: skip
    """Add a beam of light to a field (h, w, 3).

    Args:
        x, y: where it begins, px of the field.
        angle: degrees, 0 straight down, positive to the right.
        spread: half its width per length.
        start: half its width where it begins, px.
        reach: length at which it has faded to a third, px.
        r, g, b: light near its beginning.
    """
    h, w = field.shape[:2]
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    for v in range(h):
        # Along and across the beam; both are linear along a row.
        along0, across0 = (v - y) * c - x * s, -(v - y) * s - x * c
        # |across| < start + spread * along, solved for the row's span.
        lo, hi = 0.0, float(w - 1)
        for sign in (-1.0, 1.0):
            m, q = sign * c - spread * s, sign * across0 - start - spread * along0
            if m > 1e-9:
                hi = min(hi, -q / m)
            elif m < -1e-9:
                lo = max(lo, -q / m)
            elif q > 0:
                hi = -1.0
        for u in range(int(np.ceil(lo)), int(np.floor(hi)) + 1):
            along = along0 + u * s
            if along <= 0:
                continue
            e = (across0 + u * c) / (start + spread * along)
            p = 1.0 - e * e
            if p > 0:
                p = p * p / (1.0 + 2.0 * along / reach) * min(1.0, along / (2.0 * start))
                field[v, u, 0] += p * r
                field[v, u, 1] += p * g
                field[v, u, 2] += p * b


# Cost: 4 ns a pixel within its glow.
@kernel()
def add_laser(
    frame: UInt8, x0: float, y0: float, x1: float, y1: float, core: float, glow: float, r: int, g: int, b: int
) -> None:
    """Add a straight laser beam: a core that is nearly white, and a thin glow around it, both px."""
    h, w = frame.shape[:2]
    dx, dy = x1 - x0, y1 - y0
    length = np.sqrt(dx * dx + dy * dy)
    if length < 1:
        return
    nx, ny = -dy / length, dx / length
    steep = abs(dy) >= abs(dx)
    lines = h if steep else w
    a0, a1 = (y0, y1) if steep else (x0, x1)
    for i in range(max(0, int(np.ceil(min(a0, a1)))), min(lines, int(np.floor(max(a0, a1))) + 1)):
        along = (i - a0) / (a1 - a0)
        middle = (x0 + along * dx) if steep else (y0 + along * dy)
        half = glow / abs(nx if steep else ny)
        fade = 1.0 - 0.55 * along
        last = w if steep else h
        for j in range(max(0, int(np.ceil(middle - half))), min(last, int(np.floor(middle + half)) + 1)):
            v, u = (i, j) if steep else (j, i)
            d = abs((u - x0) * nx + (v - y0) * ny)
            white = max(0.0, 1.0 - max(0.0, d - core + 0.5)) * 115.0 * fade
            q = 1.0 - d / glow
            tint = 0.52 * q * q * fade
            frame[v, u, 0] = min(255, frame[v, u, 0] + int(white * (0.35 + r / 400.0) + tint * r))
            frame[v, u, 1] = min(255, frame[v, u, 1] + int(white * (0.35 + g / 400.0) + tint * g))
            frame[v, u, 2] = min(255, frame[v, u, 2] + int(white * (0.35 + b / 400.0) + tint * b))


# Cost: 6 ns a pixel of the field.
@kernel()
def shade_field(field: Float32, smoke: Float32, sx: float, sy: float, depth: float, out: UInt8) -> None:
    """Multiply a field of light by drifting smoke and round it to uint8.

    Args:
        field: (h, w, 3).
        smoke: (n, n) 0..1, a tile that repeats; n is a power of two.
        sx, sy: how far the smoke has drifted, px of the field.
        depth: 0..1, how much of the light the smoke governs.
        out: (h, w, 3).
    """
    h, w = field.shape[:2]
    mask = smoke.shape[0] - 1
    ix, iy = int(np.floor(sx)), int(np.floor(sy))
    fx, fy = np.float32(sx - ix), np.float32(sy - iy)
    for v in range(h):
        v0, v1 = (v + iy) & mask, (v + iy + 1) & mask
        for u in range(w):
            u0, u1 = (u + ix) & mask, (u + ix + 1) & mask
            top = smoke[v0, u0] + fx * (smoke[v0, u1] - smoke[v0, u0])
            low = smoke[v1, u0] + fx * (smoke[v1, u1] - smoke[v1, u0])
            gain = 1.0 - depth + 2.0 * depth * (top + fy * (low - top))
            for c in range(3):
                out[v, u, c] = np.uint8(min(255.0, field[v, u, c] * gain + 0.5))


def cast_field(frame: UInt8, field: UInt8, y: int = 0) -> None:
    """Add a field of soft light (h, w, 3) uint8, enlarged to the frame's width, to the frame from row y on.

    Cost: 1.1 ns a pixel and channel of the rows that it covers.
    """
    factor = frame.shape[1] / field.shape[1]
    rows = min(frame.shape[0] - y, round(field.shape[0] * factor))
    big = cv2.resize(field, (frame.shape[1], rows), interpolation=cv2.INTER_LINEAR)
    part = frame[y : y + rows]
    cv2.add(part, big, dst=part)
