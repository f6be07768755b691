"""March rays through the distance field, tile by tile, and shade what they meet."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from components.figure.field import distance, near_cone
from components.figure.surface import shade

TILE = 8


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _sample(
    u: float, v: float, start: float, camera: Any, prims: Any, chains: Any, faces: Any, looks: Any, bodies: Any,
    occluders: Any, near: Any, count: int,
) -> tuple[float, int, float, float, float]:  # fmt: skip
    """Distance along the ray (-1: nothing met), primitive, linear colour."""
    dx = (u - camera[4]) / camera[3]
    dy = -(v - camera[5]) / camera[3]
    n = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
    dx *= n
    dy *= n
    dz = -n
    ox, oy, oz = camera[0], camera[1], camera[2]
    t = start
    prim = -1
    hit = False
    limit = 0.35 / camera[3]
    for _ in range(96):
        d, prim = distance(ox + dx * t, oy + dy * t, oz + dz * t, prims, chains, faces, near, count)
        if d < limit * t:
            hit = True
            break
        t += d * 0.88
        if t > camera[6]:
            break
    if not hit:
        return -1.0, -1, 0.0, 0.0, 0.0
    r, g, b = shade(
        ox + dx * t, oy + dy * t, oz + dz * t, dx, dy, dz, t / camera[3], prim, prims, chains, faces, looks, bodies,
        occluders, near, count,
    )  # fmt: skip
    return t, prim, r, g, b


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def trace_rows(
    row0: int, row1: int, camera: Any, prims: Any, chains: Any, faces: Any, looks: Any, bodies: Any, occluders: Any,
    depth: Any, ids: Any, colour: Any, tiles: Any, counts: Any, starts: Any,
) -> None:  # fmt: skip
    """One ray through the middle of each pixel of rows of tiles row0..row1.

    Args:
        camera: (7,) position 3, focal, centre 2, farthest distance.
        depth: (H, W) float32, receives the distance along the ray, -1 where nothing is.
        ids: (H, W) int32, receives the primitive, -1 where nothing is.
        colour: (H, W, 3) float32, receives linear light where something is.
        tiles: (tiles down, tiles across, P) int32, receives the primitives near each tile.
        counts: (tiles down, tiles across) int32.
        starts: (tiles down, tiles across) float64, receives where marching may begin.
    """
    h, w = depth.shape
    across = (w + TILE - 1) // TILE
    half = 0.5 * TILE * 1.4143 / camera[3]
    for ty in range(row0, row1):
        for tx in range(across):
            u = tx * TILE + 0.5 * (TILE - 1)
            v = ty * TILE + 0.5 * (TILE - 1)
            dx = (u - camera[4]) / camera[3]
            dy = -(v - camera[5]) / camera[3]
            n = 1.0 / math.sqrt(dx * dx + dy * dy + 1.0)
            dx *= n
            dy *= n
            dz = -n
            near = tiles[ty, tx]
            count = near_cone(camera[0], camera[1], camera[2], dx, dy, dz, half, prims, near)
            counts[ty, tx] = count
            if count == 0:
                continue
            # The whole tile marches as one cone until it comes near something.
            t = 0.3
            for _ in range(64):
                d, _prim = distance(
                    camera[0] + dx * t, camera[1] + dy * t, camera[2] + dz * t, prims, chains, faces, near, count
                )
                free = d - half * t
                if free < 0.004 or t > camera[6]:
                    break
                t += free * 0.85
            starts[ty, tx] = t
            if t > camera[6]:
                counts[ty, tx] = 0
                continue
            for y in range(ty * TILE, min(ty * TILE + TILE, h)):
                for x in range(tx * TILE, min(tx * TILE + TILE, w)):
                    d, prim, r, g, b = _sample(
                        x, y, t, camera, prims, chains, faces, looks, bodies, occluders, near, count
                    )
                    if prim >= 0:
                        depth[y, x] = d
                        ids[y, x] = prim
                        colour[y, x, 0] = r
                        colour[y, x, 1] = g
                        colour[y, x, 2] = b


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _rough(y: int, x: int, depth: Any, ids: Any, colour: Any, prims: Any) -> bool:
    """Whether a pixel lies on an edge of shape, material or colour."""
    h, w = depth.shape
    me = ids[y, x]
    for k in range(4):
        ny = y + (k == 0) - (k == 1)
        nx = x + (k == 2) - (k == 3)
        if ny < 0 or nx < 0 or ny >= h or nx >= w:
            continue
        other = ids[ny, nx]
        if (me < 0) != (other < 0):
            return True
        if me < 0:
            continue
        if prims[me, 1] != prims[other, 1] or abs(depth[y, x] - depth[ny, nx]) > 0.02:
            return True
        for c in range(3):
            a = colour[y, x, c]
            b = colour[ny, nx, c]
            if abs(a - b) > 0.02 + 0.16 * max(a, b):
                return True
    return False


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def smooth_rows(
    row0: int, row1: int, camera: Any, prims: Any, chains: Any, faces: Any, looks: Any, bodies: Any, occluders: Any,
    depth: Any, ids: Any, colour: Any, tiles: Any, counts: Any, starts: Any, room: Any, out: Any, matte: Any,
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
    for ty in range(row0, row1):
        for tx in range(across):
            near = tiles[ty, tx]
            count = counts[ty, tx]
            for y in range(ty * TILE, min(ty * TILE + TILE, h)):
                for x in range(tx * TILE, min(tx * TILE + TILE, w)):
                    if not _rough(y, x, depth, ids, colour, prims) or count == 0:
                        if ids[y, x] >= 0:
                            matte[int(prims[ids[y, x], 23]), y, x] = 1.0
                            for c in range(3):
                                out[y, x, c] = colour[y, x, c]
                        else:
                            for c in range(3):
                                out[y, x, c] = room[y, x, c]
                        continue
                    red = green = blue = 0.0
                    for k in range(4):
                        du = 0.375 if k == 0 else (-0.375 if k == 3 else (0.125 if k == 1 else -0.125))
                        dv = 0.125 if k == 0 else (-0.125 if k == 3 else (-0.375 if k == 1 else 0.375))
                        _d, prim, r, g, b = _sample(
                            x + du, y + dv, starts[ty, tx], camera, prims, chains, faces, looks, bodies, occluders,
                            near, count,
                        )  # fmt: skip
                        if prim >= 0:
                            matte[int(prims[prim, 23]), y, x] += 0.25
                        else:
                            r, g, b = room[y, x, 0], room[y, x, 1], room[y, x, 2]
                        # Averaging bounded values keeps a highlight from leaving a jagged edge.
                        red += r / (1.0 + r)
                        green += g / (1.0 + g)
                        blue += b / (1.0 + b)
                    out[y, x, 0] = red * 0.25 / (1.0 - red * 0.25)
                    out[y, x, 1] = green * 0.25 / (1.0 - green * 0.25)
                    out[y, x, 2] = blue * 0.25 / (1.0 - blue * 0.25)
