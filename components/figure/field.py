"""The signed distance field of posed figures: flattened round cones, ellipsoids and boxes that melt into each other.

Primitives of one chain are blended smoothly, chains of one group are blended where they meet (an upper arm into a
shoulder), groups only touch (a forearm before the chest stays a forearm). Distances and blends after Inigo Quilez,
"Distance functions" and "Smooth minimum" (iquilezles.org/articles).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from components.core.kernel import kernel
from components.figure.head import head_distance

CONE, ELLIPSOID, BOX, HEAD = 0, 1, 2, 3
"""Kinds of primitives."""

PRIMITIVE = 27
"""Numbers of a primitive: kind, material, chain, blend, bound, origin 3, axes 9 (rows: local x, y, z), then for a cone
length, radius at 0, radius at the end, flattening of z, lowest y, highest y; for an ellipsoid its radii; for a box half
sizes and rounding; the figure, the part of the body, a bend 0..1 that folds the cloth,
and the widest blend it takes part in."""

CHAIN = 18
"""Numbers of a chain: group, blend into the group, has a cutting plane, its normal 3 and offset, its rounding, has a
cutting cone, from 3, to 3, radius at from, radius at to, margin."""


SEAM = 0.022
"""Metres over which a fold between two surfaces is dark."""


@kernel(fastmath=True, forceinline=True)
def smooth_min(a: float, b: float, k: float) -> float:
    """Polynomial smooth minimum; k is the distance over which the two melt."""
    h = k - abs(a - b)
    if h <= 0.0:
        return min(a, b)
    return min(a, b) - h * h * 0.25 / k


@kernel(fastmath=True, forceinline=True)
def _round_cone(x: float, y: float, z: float, h: float, r1: float, r2: float) -> float:
    if h < 1e-6:
        return math.sqrt(x * x + y * y + z * z) - max(r1, r2)
    b = (r1 - r2) / h
    a = math.sqrt(max(1.0 - b * b, 0.0))
    q = math.sqrt(x * x + z * z)
    k = a * y - b * q
    if k < 0.0:
        return math.sqrt(q * q + y * y) - r1
    if k > a * h:
        return math.sqrt(q * q + (y - h) * (y - h)) - r2
    return q * a + y * b - r1


@kernel(fastmath=True, forceinline=True)
def _primitive(i: int, px: float, py: float, pz: float, prims: Any, faces: Any) -> float:
    dx = px - prims[i, 5]
    dy = py - prims[i, 6]
    dz = pz - prims[i, 7]
    x = prims[i, 8] * dx + prims[i, 9] * dy + prims[i, 10] * dz
    y = prims[i, 11] * dx + prims[i, 12] * dy + prims[i, 13] * dz
    z = prims[i, 14] * dx + prims[i, 15] * dy + prims[i, 16] * dz
    kind = prims[i, 0]
    if kind == 0.0:
        s = prims[i, 20]
        d = _round_cone(x, y, z / s, prims[i, 17], prims[i, 18], prims[i, 19]) * min(s, 1.0)
        if prims[i, 22] < 9.0:
            d = -smooth_min(-d, prims[i, 22] - y, 0.008)
        if prims[i, 21] > -9.0:
            d = -smooth_min(-d, y - prims[i, 21], 0.008)
        return d
    if kind == 1.0:
        ex = x / prims[i, 17]
        ey = y / prims[i, 18]
        ez = z / prims[i, 19]
        k0 = math.sqrt(ex * ex + ey * ey + ez * ez)
        gx = ex / prims[i, 17]
        gy = ey / prims[i, 18]
        gz = ez / prims[i, 19]
        k1 = math.sqrt(gx * gx + gy * gy + gz * gz) + 1e-12
        return k0 * (k0 - 1.0) / k1
    if kind == 2.0:
        r = prims[i, 20]
        qx = abs(x) - prims[i, 17] + r
        qy = abs(y) - prims[i, 18] + r
        qz = abs(z) - prims[i, 19] + r
        ox = max(qx, 0.0)
        oy = max(qy, 0.0)
        oz = max(qz, 0.0)
        return math.sqrt(ox * ox + oy * oy + oz * oz) + min(max(qx, max(qy, qz)), 0.0) - r
    unit = prims[i, 17]
    return head_distance(x / unit, y / unit, z / unit, faces[int(prims[i, 23])]) * unit


@kernel(fastmath=True, forceinline=True)
def _cut(d: float, c: int, px: float, py: float, pz: float, chains: Any) -> float:
    if chains[c, 2] > 0.0:
        plane = chains[c, 3] * px + chains[c, 4] * py + chains[c, 5] * pz - chains[c, 6]
        d = -smooth_min(-d, -plane, chains[c, 7])
    if chains[c, 8] > 0.0:
        ax = px - chains[c, 9]
        ay = py - chains[c, 10]
        az = pz - chains[c, 11]
        bx = chains[c, 12] - chains[c, 9]
        by = chains[c, 13] - chains[c, 10]
        bz = chains[c, 14] - chains[c, 11]
        t = min(max((ax * bx + ay * by + az * bz) / (bx * bx + by * by + bz * bz + 1e-12), 0.0), 1.0)
        ax -= t * bx
        ay -= t * by
        az -= t * bz
        hole = math.sqrt(ax * ax + ay * ay + az * az) - (chains[c, 15] + t * (chains[c, 16] - chains[c, 15]))
        d = -smooth_min(-d, hole, chains[c, 17])
    return d


@kernel(fastmath=True, forceinline=True)
def _distance(
    px: float, py: float, pz: float, prims: Any, chains: Any, faces: Any, near: Any, count: int
) -> tuple[float, int]:
    """Distance to the nearest surface, and the primitive that it belongs to.

    Args:
        px, py, pz: the point, metres.
        prims: (P, PRIMITIVE), sorted by group and chain.
        chains: (C, CHAIN).
        faces: (N, FACE) shape and expression of each figure's head.
        near: indices of the primitives that can matter here, rising.
        count: how many of `near` are used.
    """
    best = 1e9
    best_prim = -1
    group = -1.0
    group_d = 1e9
    group_prim = -1
    chain = -1
    chain_d = 1e9
    chain_prim = -1
    chain_low = 1e9
    for n in range(count + 1):
        c = -2
        if n < count:
            i = near[n]
            c = int(prims[i, 2])
        if c != chain:
            if chain >= 0:
                chain_d = _cut(chain_d, chain, px, py, pz, chains)
                if chains[chain, 0] == group:
                    if chain_d < group_d:
                        group_prim = chain_prim
                    group_d = smooth_min(group_d, chain_d, chains[chain, 1])
                else:
                    if group_d < best:
                        best = group_d
                        best_prim = group_prim
                    group = chains[chain, 0]
                    group_d = chain_d
                    group_prim = chain_prim
            chain = c
            chain_d = 1e9
            chain_low = 1e9
        if n < count:
            d = _primitive(i, px, py, pz, prims, faces)
            if d < chain_low:
                chain_low = d
                chain_prim = i
            chain_d = smooth_min(chain_d, d, prims[i, 3]) if chain_d < 1e8 else d
    if group_d < best:
        best = group_d
        best_prim = group_prim
    return best, best_prim


@kernel(fastmath=True)
def march(
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, start: float, end: float, spread: float,
    limit: float, prims: Any, chains: Any, faces: Any, near: Any, count: int,
) -> tuple[float, int]:  # fmt: skip
    """Go along a ray, or along a cone of rays, until it meets something (Hart 1996, "Sphere tracing").

    Args:
        ox, oy, oz: apex, metres.
        dx, dy, dz: unit direction.
        start, end: metres along it.
        spread: radius of the cone per metre of length, 0 for a ray.
        limit: how near is a hit, metres per metre of length.
        prims, chains, faces, near, count: as in `_distance`.

    Returns:
        metres along the ray, and the primitive that is met; -1 where nothing is.
    """
    t = start
    for _ in range(80):
        d, prim = _distance(ox + dx * t, oy + dy * t, oz + dz * t, prims, chains, faces, near, count)
        free = d - spread * t
        if free < limit * t:
            return t, prim
        # Ellipsoids and heads tell too large a distance, cones never.
        t += free * (0.87 if prims[prim, 0] % 2.0 == 1.0 else 0.98)
        if t > end:
            return t, -1
    # Still near after so many steps: a surface seen along its edge.
    return t, prim


@kernel(fastmath=True)
def feel(
    px: float, py: float, pz: float, e: float, prims: Any, chains: Any, faces: Any, near: Any, count: int, close: Any
) -> tuple[float, float, float, float]:
    """The slope of the field at a point of a surface, and how open the surface is there.

    Args:
        px, py, pz: the point, metres.
        e: metres over which the slope is taken.
        prims, chains, faces, near, count: as in `_distance`.
        close: (P,) int32 scratch.

    Returns:
        x, y, z of the gradient (about a unit vector), and 0 in a seam to 1 in the open.
    """
    few = 0 * count
    for n in range(count):
        i = near[n]
        if _primitive(i, px, py, pz, prims, faces) < prims[i, 26] + 2.0 * e:
            close[few] = i
            few += 1
    nx = 0.0
    ny = 0.0
    nz = 0.0
    for k in range(4):
        sx = 1.0 if k == 0 or k == 3 else -1.0
        sy = 1.0 if k >= 2 else -1.0
        sz = 1.0 if k == 1 or k == 3 else -1.0
        d, _prim = _distance(px + e * sx, py + e * sy, pz + e * sz, prims, chains, faces, close, few)
        nx += sx * d
        ny += sy * d
        nz += sz * d
    reach = SEAM / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-18)
    d, _prim = _distance(px + nx * reach, py + ny * reach, pz + nz * reach, prims, chains, faces, near, count)
    k4 = 0.25 / e
    return nx * k4, ny * k4, nz * k4, min(max(0.25 + 0.75 * d / SEAM, 0.0), 1.0)


@kernel(fastmath=True)
def near_cone(
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, spread: float, prims: Any,
    among: Any, many: int, near: Any,
) -> tuple[int, float, float]:  # fmt: skip
    """Which primitives a cone of rays can meet, and between which distances.

    Args:
        ox, oy, oz: apex, metres.
        dx, dy, dz: unit direction.
        spread: radius of the cone per metre of length.
        prims: (P, PRIMITIVE).
        among: indices to choose from, rising.
        many: how many of `among` are used.
        near: receives the indices.

    Returns:
        how many, and the metres along the cone where the first begins and the last ends.
    """
    count = 0
    begin = 1e9
    end = 0.0
    for n in range(many):
        i = among[n]
        length = prims[i, 17] if prims[i, 0] == 0.0 else 0.0
        ax = prims[i, 5] - ox
        ay = prims[i, 6] - oy
        az = prims[i, 7] - oz
        ux = prims[i, 11] * length
        uy = prims[i, 12] * length
        uz = prims[i, 13] * length
        # Distance between a line and a segment: minimise |a + s u - t d| over t freely and s in 0..1.
        uu = ux * ux + uy * uy + uz * uz
        ud = ux * dx + uy * dy + uz * dz
        ad = ax * dx + ay * dy + az * dz
        au = ax * ux + ay * uy + az * uz
        den = uu - ud * ud
        s = 0.0
        if den > 1e-12:
            s = min(max((ad * ud - au) / den, 0.0), 1.0)
        t = ad + s * ud
        qx = ax + s * ux - t * dx
        qy = ay + s * uy - t * dy
        qz = az + s * uz - t * dz
        if math.sqrt(qx * qx + qy * qy + qz * qz) < prims[i, 4] + spread * max(t, 0.0):
            near[count] = i
            count += 1
            size = prims[i, 4] + spread * max(t, 0.0)
            begin = min(begin, min(ad, ad + ud) - size)
            end = max(end, max(ad, ad + ud) + size)
    return count, max(begin, 0.05), end


def pack(rows: list[list[float]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Rows of numbers as a contiguous array."""
    return np.ascontiguousarray(np.array(rows, np.float64))
