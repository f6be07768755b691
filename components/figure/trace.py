"""March rays through the distance field, tile by tile, and shade what they meet."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from components.core.kernel import kernel
from components.figure.field import march, near_cone
from components.figure.surface import shade

TILE = 4
"""Pixels of a tile: one march as a cone, one list of primitives."""

BLOCK = 8
"""Tiles of a block, whose list of primitives its tiles choose from."""


@kernel(fastmath=True)
def _ray(
    u: float, v: float, start: float, end: float, camera: Any, prims: Any, chains: Any, faces: Any, near: Any,
    count: int,
) -> tuple[float, int, float, float, float]:  # fmt: skip
    """Distance along the ray of a pixel, primitive (-1: nothing met), direction."""
    dx = (u - camera[4]) / camera[3]
    dy = -(v - camera[5]) / camera[3]
    n = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
    t, prim = march(
        camera[0], camera[1], camera[2], dx * n, dy * n, -n, start, end, 0.0, 0.35 / camera[3], prims, chains, faces,
        near, count,
    )  # fmt: skip
    return t, prim, dx * n, dy * n, -n


@kernel(fastmath=True)
def trace_rows(
    row0: int, row1: int, camera: Any, prims: Any, chains: Any, faces: Any, looks: Any, bodies: Any, occluders: Any,
    depth: Any, ids: Any, colour: Any, tiles: Any, counts: Any, spans: Any,
) -> None:  # fmt: skip
    """One ray through the middle of each pixel of rows of tiles row0..row1.

    Args:
        camera: (7,) position 3, focal, centre 2, farthest distance.
        depth: (H, W) float32, receives the distance along the ray, -1 where nothing is.
        ids: (H, W) int32, receives the primitive, -1 where nothing is.
        colour: (H, W, 3) float32, receives linear light where something is.
        tiles: (tiles down, tiles across, P) int32, receives the primitives near each tile.
        counts: (tiles down, tiles across) int32.
        spans: (tiles down, tiles across, 2) float64, receives where marching may begin and end.
    """
    h, w = depth.shape
    across = (w + TILE - 1) // TILE
    close = np.zeros(len(prims), np.int32)
    half = 0.5 * TILE * 1.4143 / camera[3]
    everything = np.arange(len(prims)).astype(np.int32)
    among = np.zeros(len(prims), np.int32)
    many = 0 * row0
    for place in range((row1 - row0) * across):
        # Blocks from left to right, and the tiles of a block row by row.
        block = place // (BLOCK * (row1 - row0))
        wide = min(BLOCK, across - block * BLOCK)
        inner = place - block * BLOCK * (row1 - row0)
        ty = row0 + inner // wide
        tx = block * BLOCK + inner % wide
        if inner == 0:
            u = (block * BLOCK + 0.5 * wide) * TILE - 0.5
            v = (row0 + row1) * 0.5 * TILE - 0.5
            dx = (u - camera[4]) / camera[3]
            dy = -(v - camera[5]) / camera[3]
            n = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
            many, _b, _e = near_cone(
                camera[0], camera[1], camera[2], dx * n, dy * n, -n, half * max(wide, row1 - row0), prims, everything,
                len(prims), among,
            )  # fmt: skip
        if many > 0:
            u = tx * TILE + 0.5 * (TILE - 1)
            v = ty * TILE + 0.5 * (TILE - 1)
            dx = (u - camera[4]) / camera[3]
            dy = -(v - camera[5]) / camera[3]
            n = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
            dx *= n
            dy *= n
            dz = -n
            near = tiles[ty, tx]
            count, begin, end = near_cone(camera[0], camera[1], camera[2], dx, dy, dz, half, prims, among, many, near)
            counts[ty, tx] = count
            if count == 0:
                continue
            # The whole tile marches as one cone until it comes near something.
            t, _prim = march(
                camera[0], camera[1], camera[2], dx, dy, dz, begin, end, half, 0.001, prims, chains, faces, near,
                count,
            )  # fmt: skip
            if t > end:
                counts[ty, tx] = 0
                continue
            spans[ty, tx, 0] = t
            spans[ty, tx, 1] = end
            for y in range(ty * TILE, min(ty * TILE + TILE, h)):
                for x in range(tx * TILE, min(tx * TILE + TILE, w)):
                    d, prim, ex, ey, ez = _ray(float(x), float(y), t, end, camera, prims, chains, faces, near, count)
                    if prim >= 0:
                        r, g, b = shade(
                            camera[0] + ex * d, camera[1] + ey * d, camera[2] + ez * d, ex, ey, ez, d / camera[3],
                            prim, prims, chains, faces, looks, bodies, occluders, near, count, close,
                        )  # fmt: skip
                        depth[y, x] = d
                        ids[y, x] = prim
                        colour[y, x, 0] = r
                        colour[y, x, 1] = g
                        colour[y, x, 2] = b


@kernel(fastmath=True)
def _rough(y: int, x: int, depth: Any, ids: Any, colour: Any, prims: Any) -> tuple[int, float]:
    """1 where a pixel lies on an edge of shape or material, 2 of colour, 3 of both, else 0; the nearest depth there."""
    h, w = depth.shape
    me = ids[y, x]
    shape = 0
    paint = 0
    nearest = float(depth[y, x]) if me >= 0 else 1e9
    for k in range(4):
        ny = y + (k == 0) - (k == 1)
        nx = x + (k == 2) - (k == 3)
        if ny < 0 or nx < 0 or ny >= h or nx >= w:
            continue
        other = ids[ny, nx]
        if other >= 0:
            nearest = min(nearest, float(depth[ny, nx]))
        if (me < 0) != (other < 0):
            shape = 1
            continue
        if me < 0:
            continue
        if prims[me, 1] != prims[other, 1] or abs(depth[y, x] - depth[ny, nx]) > 0.02:
            shape = 1
            continue
        for c in range(3):
            a = colour[y, x, c]
            b = colour[ny, nx, c]
            if abs(a - b) > 0.025 + 0.20 * max(a, b):
                paint = 2
    return shape + paint, nearest


@kernel(fastmath=True)
def smooth_rows(
    row0: int, row1: int, camera: Any, prims: Any, chains: Any, faces: Any, looks: Any, bodies: Any, occluders: Any,
    depth: Any, ids: Any, colour: Any, tiles: Any, counts: Any, spans: Any, room: Any, out: Any, matte: Any,
) -> None:  # fmt: skip
    """Compose over the room; pixels on edges get four more rays (rotated grid).

    Args:
        room: (H, W, 3) float32 linear light of the empty room with its shadows.
        out: (H, W, 3) float32, receives linear light.
        matte: (N, H, W) float32, receives how much of each pixel each figure covers.
        others: as in `trace_rows`, as it left them.
    """
    h, w = depth.shape
    across = (w + TILE - 1) // TILE
    close = np.zeros(len(prims), np.int32)
    for ty in range(row0, row1):
        for tx in range(across):
            near = tiles[ty, tx]
            count = int(counts[ty, tx])
            for y in range(ty * TILE, min(ty * TILE + TILE, h)):
                for x in range(tx * TILE, min(tx * TILE + TILE, w)):
                    rough = 0
                    nearest = 0.0
                    if count > 0:
                        rough, nearest = _rough(y, x, depth, ids, colour, prims)
                    if rough == 0:
                        if ids[y, x] >= 0:
                            matte[int(prims[ids[y, x], 23]), y, x] = 1.0
                            for c in range(3):
                                out[y, x, c] = colour[y, x, c]
                        else:
                            for c in range(3):
                                out[y, x, c] = room[y, x, c]
                        continue
                    red = green = blue = 0.0
                    me = ids[y, x]
                    other = -1
                    other_r = other_g = other_b = 0.0
                    begin = max(spans[ty, tx, 0], nearest - 0.03)
                    # Colour alone is smoothed by its own ray and two more, shape by four.
                    many = 4
                    share = 0.25
                    if rough == 2:
                        many = 2
                        share = 1.0 / 3.0
                        red += colour[y, x, 0] / (1.0 + colour[y, x, 0])
                        green += colour[y, x, 1] / (1.0 + colour[y, x, 1])
                        blue += colour[y, x, 2] / (1.0 + colour[y, x, 2])
                        matte[int(prims[me, 23]), y, x] += share
                    for k in range(many):
                        du = 0.375 if k == 0 else (-0.375 if k == 1 else (0.125 if k == 2 else -0.125))
                        dv = 0.125 if k == 0 else (-0.125 if k == 1 else (-0.375 if k == 2 else 0.375))
                        d, prim, ex, ey, ez = _ray(
                            x + du, y + dv, begin, spans[ty, tx, 1], camera, prims, chains, faces, near, count
                        )
                        # On an edge of shape alone one colour a primitive is enough.
                        if rough == 1 and prim >= 0 and prim == me:
                            r, g, b = float(colour[y, x, 0]), float(colour[y, x, 1]), float(colour[y, x, 2])
                        elif rough == 1 and prim >= 0 and prim == other:
                            r, g, b = other_r, other_g, other_b
                        elif prim >= 0:
                            r, g, b = shade(
                                camera[0] + ex * d, camera[1] + ey * d, camera[2] + ez * d, ex, ey, ez, d / camera[3],
                                prim, prims, chains, faces, looks, bodies, occluders, near, count, close,
                            )  # fmt: skip
                            other, other_r, other_g, other_b = prim, r, g, b
                        if prim >= 0:
                            matte[int(prims[prim, 23]), y, x] += share
                        else:
                            r, g, b = float(room[y, x, 0]), float(room[y, x, 1]), float(room[y, x, 2])
                        # Averaging bounded values keeps a highlight from leaving a jagged edge.
                        red += r / (1.0 + r)
                        green += g / (1.0 + g)
                        blue += b / (1.0 + b)
                    out[y, x, 0] = red * share / (1.0 - red * share)
                    out[y, x, 1] = green * share / (1.0 - green * share)
                    out[y, x, 2] = blue * share / (1.0 - blue * share)
