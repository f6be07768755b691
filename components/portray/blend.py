"""Copied pieces take on the light of their neighbours: what differs at a seam is spread over the pieces."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, Int32
from components.core.kernel import kernel

EDGE = 0.2
"""A difference of colour (0..1) at a seam from which it is a thing that ends rather than light that differs."""
HOLD = 2e-5
"""Pull of a pixel towards the colour it was copied with, against that of one neighbour, at full size."""


@kernel()
def _differences(
    image: Float32, known: Bool, down: Int32, right: Int32, hole: Bool, off: Float32, pull: Float32
) -> None:
    """How much a pixel's correction should differ from that of its lower and its right neighbour, and how surely.

    Args:
        image: (H, W, 3) float32 of what is known.
        known, hole: (H, W) bool.
        down, right: (H, W) int32: the shift of each pixel of the hole, 0 elsewhere.
        off: (2, H, W, 3) float32, written.
        pull: (2, H, W) float32, written: 0 where neither is in the hole.
    """
    height, width = known.shape
    for y in range(height):
        for x in range(width):
            for j in range(2):
                yy, xx = y + (j == 0), x + (j == 1)
                if yy >= height or xx >= width or not (hole[y, x] or hole[yy, xx]):
                    continue
                if not ((hole[y, x] or known[y, x]) and (hole[yy, xx] or known[yy, xx])):
                    continue
                same = down[y, x] == down[yy, xx] and right[y, x] == right[yy, xx]
                if same and hole[y, x] and hole[yy, xx]:
                    pull[j, y, x] = 1.0
                    continue
                # Both pieces go on over the seam: between them lies the mean of how they do.
                pieces, size = 0, 0.0
                for side in range(2):
                    py, px = (y, x) if side == 0 else (yy, xx)
                    if not hole[py, px]:
                        continue
                    a, b, c, d = y + down[py, px], x + right[py, px], yy + down[py, px], xx + right[py, px]
                    if min(a, c) < 0 or max(a, c) >= height or min(b, d) < 0 or max(b, d) >= width:
                        continue
                    if not (known[a, b] and known[c, d]):
                        continue
                    pieces += 1
                    for k in range(3):
                        off[j, y, x, k] += image[a, b, k] - image[c, d, k]
                one_y, one_x = y + down[y, x], x + right[y, x]
                two_y, two_x = yy + down[yy, xx], xx + right[yy, xx]
                for k in range(3):
                    slope = off[j, y, x, k] / pieces if pieces > 0 else 0.0
                    off[j, y, x, k] = slope - (image[one_y, one_x, k] - image[two_y, two_x, k])
                    size = max(size, abs(off[j, y, x, k]))
                pull[j, y, x] = 1.0 / (1.0 + (size / EDGE) ** 2) ** 2


@kernel()
def _relax(change: Float32, pixels: Int32, off: Float32, pull: Float32, hold: float, over: float, sweeps: int) -> None:
    """Successive over-relaxation, in place. Cost: pixels x 4 neighbours x sweeps."""
    height, width = change.shape[:2]
    for sweep in range(sweeps):
        for i in range(len(pixels)):
            n = i if sweep % 2 == 0 else len(pixels) - 1 - i
            y, x = pixels[n, 0], pixels[n, 1]
            weight, r, g, b = np.float32(hold), np.float32(0), np.float32(0), np.float32(0)
            if y + 1 < height:
                w = pull[0, y, x]
                weight += w
                r += w * (change[y + 1, x, 0] + off[0, y, x, 0])
                g += w * (change[y + 1, x, 1] + off[0, y, x, 1])
                b += w * (change[y + 1, x, 2] + off[0, y, x, 2])
            if x + 1 < width:
                w = pull[1, y, x]
                weight += w
                r += w * (change[y, x + 1, 0] + off[1, y, x, 0])
                g += w * (change[y, x + 1, 1] + off[1, y, x, 1])
                b += w * (change[y, x + 1, 2] + off[1, y, x, 2])
            if y > 0:
                w = pull[0, y - 1, x]
                weight += w
                r += w * (change[y - 1, x, 0] - off[0, y - 1, x, 0])
                g += w * (change[y - 1, x, 1] - off[0, y - 1, x, 1])
                b += w * (change[y - 1, x, 2] - off[0, y - 1, x, 2])
            if x > 0:
                w = pull[1, y, x - 1]
                weight += w
                r += w * (change[y, x - 1, 0] - off[1, y, x - 1, 0])
                g += w * (change[y, x - 1, 1] - off[1, y, x - 1, 1])
                b += w * (change[y, x - 1, 2] - off[1, y, x - 1, 2])
            change[y, x, 0] += over * (r / weight - change[y, x, 0])
            change[y, x, 1] += over * (g / weight - change[y, x, 1])
            change[y, x, 2] += over * (b / weight - change[y, x, 2])


def level_seams(image: Float32, hole: Bool, shift: Int32) -> Float32:
    """Copy pieces into a hole and even out their light (Poisson image editing: Perez, Gangnet, Blake, 2003).

    Solved from coarse to fine. A seam at which colours differ much is left an edge, or a dark thing on the rim would
    run out into the hole.

    Args:
        image: (H, W, 3) float32 0..1.
        hole: (H, W) bool.
        shift: (H, W, 2) int32 rows and columns from each pixel of the hole to the known one it copies; 0 elsewhere.

    Returns:
        (H, W, 3) float32, equal to `image` outside the hole.
    """
    import cv2

    pyramid = [(image, hole, shift)]
    while min(pyramid[-1][1].shape) > 48 and len(pyramid) < 6:
        fine, gap, way = pyramid[-1]
        size = ((fine.shape[1] + 1) // 2, (fine.shape[0] + 1) // 2)
        share = cv2.resize((~gap).astype(np.float32), size, interpolation=cv2.INTER_AREA)
        colours = cv2.resize(fine * ~gap[..., None], size, interpolation=cv2.INTER_AREA)
        small = colours / np.maximum(share, 1e-3)[..., None]
        holes = share < 0.5
        half = _halved(way, gap, holes)
        pyramid.append((small.astype(np.float32), holes, half))
    change: Float32 | None = None
    out = image
    for level in range(len(pyramid) - 1, -1, -1):
        fine, gap, way = pyramid[level]
        height, width = gap.shape
        if change is None:
            change = np.zeros_like(fine)
        else:
            change = np.ascontiguousarray(cv2.resize(change, (width, height), interpolation=cv2.INTER_NEAREST))
            change[~gap] = 0
        pixels = np.argwhere(gap).astype(np.int32)
        off, pull = np.zeros((2, height, width, 3), np.float32), np.zeros((2, height, width), np.float32)
        down, right = np.ascontiguousarray(way[..., 0]), np.ascontiguousarray(way[..., 1])
        _differences(fine, ~gap, down, right, gap, off, pull)
        coarsest = level == len(pyramid) - 1
        _relax(change, pixels, off, pull, HOLD * 4.0**level, 1.6 if coarsest else 1.3, 80 if coarsest else 14)
        if level == 0:
            y, x = pixels.T
            out = image.copy()
            out[y, x] = image[y + down[y, x], x + right[y, x]] + change[y, x]
    return np.clip(out, 0, 1).astype(np.float32)


def _halved(way: Int32, gap: Bool, holes: Bool) -> Int32:
    """Shifts at half the size; those that would not lead to what is known there are those of a pixel nearby."""
    height, width = holes.shape
    out = np.zeros((height, width, 2), np.int32)
    y, x = np.nonzero(holes)
    best = np.zeros((len(y), 2), np.int32)
    done = np.zeros(len(y), bool)
    for dy, dx in ((0, 0), (1, 1), (0, 1), (1, 0)):
        v, u = np.minimum(2 * y + dy, gap.shape[0] - 1), np.minimum(2 * x + dx, gap.shape[1] - 1)
        half = np.round((way[v, u]) / 2).astype(np.int32)
        to_y, to_x = (y + half[:, 0]).clip(0, height - 1), (x + half[:, 1]).clip(0, width - 1)
        fits = gap[v, u] & ~holes[to_y, to_x] & ~done
        best[fits] = np.stack([to_y - y, to_x - x], axis=1)[fits]
        done |= fits
    out[y, x] = best
    return out
