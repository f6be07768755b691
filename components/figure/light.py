"""Light: a soft key, a cool rim, a bright room; soft shadows and ambient occlusion of capsules.

Both are closed forms after Inigo Quilez, "Capsule - soft shadow" and "Capsule - occlusion", so that a frame needs no
second march.
"""

from __future__ import annotations

import math
from typing import Any

from components.core.kernel import kernel

OCCLUDER = 13
"""Numbers of an occluder: from 3, to 3, radius, figure, part, middle 3, half length."""

KEY = (-0.46, 0.70, 0.55)
RIM = (0.72, 0.40, -0.57)


@kernel(fastmath=True)
def shadow(
    px: float, py: float, pz: float, lx: float, ly: float, lz: float, sharp: float, occluders: Any, figure: int,
    part: int,
) -> float:  # fmt: skip
    """Share of the light from a direction that reaches a point.

    Args:
        px, py, pz: the point, metres.
        lx, ly, lz: unit direction to the light.
        sharp: how small the lamp is; 8 is a window, 40 the sun.
        occluders: (O, OCCLUDER).
        figure, part: whose own capsules are left out; -1 for the room.
    """
    light = 1.0
    for i in range(len(occluders)):
        if occluders[i, 7] == figure and occluders[i, 8] == part:
            continue
        r = occluders[i, 6]
        mx = occluders[i, 9] - px
        my = occluders[i, 10] - py
        mz = occluders[i, 11] - pz
        ahead = mx * lx + my * ly + mz * lz
        size = occluders[i, 12] + r
        if ahead < -size:
            continue
        reach = size + (ahead + size) * 0.5 / sharp + 0.01
        if mx * mx + my * my + mz * mz - ahead * ahead > reach * reach:
            continue
        ox = px - occluders[i, 0]
        oy = py - occluders[i, 1]
        oz = pz - occluders[i, 2]
        bx = occluders[i, 3] - occluders[i, 0]
        by = occluders[i, 4] - occluders[i, 1]
        bz = occluders[i, 5] - occluders[i, 2]
        bb = bx * bx + by * by + bz * bz + 1e-9
        od = ox * lx + oy * ly + oz * lz
        db = lx * bx + ly * by + lz * bz
        ob = ox * bx + oy * by + oz * bz
        den = bb - db * db
        th = (-od * bb + db * ob) / den if den > 1e-9 else -od
        if th <= 0.0:
            continue
        s = min(max((ob + db * th) / bb, 0.0), 1.0)
        # The nearest point of the ray to that point of the capsule.
        t = max(-(ox - s * bx) * lx - (oy - s * by) * ly - (oz - s * bz) * lz, 1e-4)
        qx = ox + lx * t - s * bx
        qy = oy + ly * t - s * by
        qz = oz + lz * t - s * bz
        d = math.sqrt(qx * qx + qy * qy + qz * qz) - r
        v = sharp * d / (t + 0.02) + 0.5
        if v >= 1.0:
            continue
        v = max(v, 0.0)
        v = v * v * (3.0 - 2.0 * v)
        if figure >= 0:
            near = min(max((t - r * 0.6) / 0.12, 0.0), 1.0)
            v = 1.0 - (1.0 - v) * near
        light *= v
        if light < 0.01:
            return 0.0
    return light


@kernel(fastmath=True)
def ambient(
    px: float, py: float, pz: float, nx: float, ny: float, nz: float, occluders: Any, figure: int, part: int
) -> float:
    """Share of the light from all around that reaches a point with this normal; arguments as in `shadow`."""
    light = 1.0
    for i in range(len(occluders)):
        if occluders[i, 7] == figure and occluders[i, 8] == part:
            continue
        r = occluders[i, 6]
        mx = occluders[i, 9] - px
        my = occluders[i, 10] - py
        mz = occluders[i, 11] - pz
        reach = 6.0 * r + occluders[i, 12]
        if mx * mx + my * my + mz * mz > reach * reach:
            continue
        ax = px - occluders[i, 0]
        ay = py - occluders[i, 1]
        az = pz - occluders[i, 2]
        bx = occluders[i, 3] - occluders[i, 0]
        by = occluders[i, 4] - occluders[i, 1]
        bz = occluders[i, 5] - occluders[i, 2]
        h = min(max((ax * bx + ay * by + az * bz) / (bx * bx + by * by + bz * bz + 1e-9), 0.0), 1.0)
        qx = ax - h * bx
        qy = ay - h * by
        qz = az - h * bz
        ll = qx * qx + qy * qy + qz * qz
        if ll > 36.0 * r * r:
            continue
        length = math.sqrt(ll) + 1e-6
        o = -(qx * nx + qy * ny + qz * nz) / length
        # Points inside a neighbour's capsule (a thigh at the hip) are seams, not shade.
        o = max(0.3 * o + 0.0, o) * r * r / max(ll, r * r)
        if o > 0.0:
            if figure >= 0:
                o *= min(max((length / r - 0.75) / 0.5, 0.0), 1.0)
            light *= 1.0 - min(o, 1.0) * 0.85
    return light
