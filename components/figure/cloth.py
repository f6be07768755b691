"""Cloth: what is printed on it, its seams and its folds, in coordinates that move with the body."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from components.figure.noise import noise, step

PATTERNS = ("plain", "stripes", "block", "print", "panel")
TOPS = ("tee", "hoodie")
BOTTOMS = ("slim", "joggers", "wide", "shorts")


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _torso(px: float, py: float, pz: float, body: Any) -> tuple[float, float, float]:
    """Across (m, to the person's left), along (0 hips, 1 shoulders), forward (m)."""
    dx = px - body[0]
    dy = py - body[1]
    dz = pz - body[2]
    along = (dx * body[3] + dy * body[4] + dz * body[5]) / (body[3] ** 2 + body[4] ** 2 + body[5] ** 2)
    across = dx * body[6] + dy * body[7] + dz * body[8]
    forward = dx * body[9] + dy * body[10] + dz * body[11]
    return across / body[26], along, forward / body[26]


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def fold(i: int, x: float, y: float, z: float, px: float, py: float, pz: float, prims: Any, bodies: Any) -> float:
    """Metres by which cloth stands out of its smooth shape: folds at bent joints and drapes.

    Args:
        i: the primitive.
        x, y, z: the point in the primitive's frame, metres.
        px, py, pz: the point.
        prims: (P, PRIMITIVE).
        bodies: (N, 28).
    """
    material = int(prims[i, 1])
    part = int(prims[i, 24])
    if material == 4:
        return 0.0
    body = bodies[int(prims[i, 23])]
    if part == 0:
        across, along, forward = _torso(px, py, pz, body)
        if material == 3:
            return 0.0008 * noise(across * 30.0, along * 14.0, forward * 20.0)
        # Drapes run from the shoulders to the hem, and gather sideways over the waist.
        warp = noise(across * 6.0, along * 2.5, forward * 6.0)
        drape = noise(across * 13.0 + 1.2 * warp, along * 3.2, forward * 9.0) * (0.35 + 0.65 * step(0.9, 0.3, along))
        gather = noise(across * 5.0, along * 17.0 + 1.6 * warp + across * 4.0, forward * 5.0)
        gather *= math.exp(-((along - 0.16) ** 2) * 34.0)
        h = 0.0050 * drape + 0.0044 * gather
        if material == 1:
            h += 0.00025 * noise(px * 900.0, py * 900.0, pz * 900.0)
        return h
    length = prims[i, 17]
    radius = 0.5 * (prims[i, 18] + prims[i, 19])
    a = math.atan2(z, x)
    s = y / max(length, 1e-3)
    bend = prims[i, 25]
    # Rings close to the elbow or knee (s = 1 on the upper bone, 0 on the lower), deeper on the inside of the bend.
    end = min(abs(s), abs(1.0 - s))
    ca = math.cos(a) * radius
    sa = math.sin(a) * radius
    warp = noise(ca * 22.0, y * 9.0, sa * 22.0 + i)
    ring = noise(ca * 12.0, y * 46.0 + 2.2 * warp + 1.4 * math.cos(a), sa * 12.0 + 3.0)
    near = math.exp(-end * end * 16.0)
    drape = noise(ca * 30.0 + warp, y * 5.0, sa * 30.0 + 9.0)
    h = ring * near * (0.0022 + 0.0046 * bend) + drape * 0.0022
    if material == 3 and s > 0.7 and prims[i, 18] < 0.09:
        # Trousers gather over the shoe.
        h += 0.0028 * noise(ca * 10.0, y * 60.0 + warp, sa * 10.0) * step(0.72, 0.95, s)
    return h


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _line(x: float, width: float, pixel: float) -> float:
    return step(width + pixel, width * 0.4, abs(x))


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def cloth_colour(
    i: int, x: float, y: float, z: float, px: float, py: float, pz: float, prims: Any, look: Any, body: Any
) -> tuple[float, float, float, float, float, float]:
    """Colour (linear), strength and sharpness of the highlight, and fuzz of cloth and shoes; arguments as in `fold`."""
    material = int(prims[i, 1])
    part = int(prims[i, 24])
    across, along, forward = _torso(px, py, pz, body)
    c0 = 4
    mix = 0.0
    dark = 1.0
    gloss = 0.02
    sharp = 8.0
    fuzz = 0.35
    weave = 1.0 + 0.05 * noise(px * 420.0, py * 420.0, pz * 420.0) + 0.03 * noise(px * 60.0, py * 60.0, pz * 60.0)
    r, g, b = look[4, 0], look[4, 1], look[4, 2]
    q = 5
    if material == 1 or material == 9:
        pattern = int(look[12, 0])
        top = int(look[12, 1])
        if material == 9:
            c0 = 4
            dark *= 0.9
            if abs(across) < 0.012:
                mix = 1.0
        elif part == 0:
            if pattern == 1:
                v = along * 0.5 / 0.052
                v -= math.floor(v)
                mix = step(0.54, 0.57, v) * step(1.0, 0.97, v)
                if along > 0.93:
                    mix = 0.0
            elif pattern == 2:
                mix = step(0.60, 0.61, along + 0.0 * across)
                dark *= 1.0 - 0.25 * _line(along - 0.605, 0.004, 0.002)
            elif pattern == 3 and forward > 0.0:
                # A sun over waves.
                vy = (along - 0.64) * 0.5
                radius = math.sqrt(across * across + vy * vy)
                mix = step(0.071, 0.068, radius)
                if vy < 0.0:
                    mix *= step(0.25, 0.45, abs((vy * 60.0 + 0.35 * math.sin(across * 90.0)) % 1.0 - 0.5) * 2.0)
            elif pattern == 4:
                mix = step(0.115, 0.118, abs(across))
            if top == 1 and forward > 0.0:
                # The pouch of a hoodie, and the rib at its hem.
                pouch = max(abs(across) - 0.115 + max(along - 0.13, 0.0) * 0.26, max(along - 0.30, 0.03 - along) * 0.5)
                dark *= 1.0 - 0.45 * _line(pouch, 0.0022, 0.001)
            if top == 1 and along < 0.045:
                q = 6
                mix = 1.0
                dark *= 0.86 + 0.14 * math.cos(math.atan2(forward, across) * 150.0)
            if top != 1:
                hem = along + (0.09 if top != 1 else 0.0)
                dark *= 1.0 - 0.25 * _line(hem - 0.035, 0.003, 0.001)
                # Ribbed collar.
                cx = px - body[12] + body[18] * 0.0
                neck = math.sqrt(across * across + (forward - 0.01) ** 2)
                if along > 0.97 and neck < 0.083:
                    q = 6
                    mix = 1.0
                _ = cx
            dark *= 1.0 - 0.16 * _line(abs(forward) - 0.0, 0.002, 0.001) * (1.0 if abs(across) > 0.1 else 0.0)
        else:
            length = prims[i, 17]
            if pattern == 1:
                v = y / body[26] / 0.052 + 0.3
                v -= math.floor(v)
                mix = step(0.54, 0.57, v) * step(1.0, 0.97, v)
            elif pattern == 4:
                mix = step(0.02, 0.017, abs(z))
            elif pattern == 2:
                mix = 1.0
            if top == 0:
                edge = prims[i, 22] - y
                dark *= 1.0 - 0.3 * _line(edge - 0.022, 0.002, 0.001)
            _ = length
    elif material == 2:
        r, g, b = look[6, 0], look[6, 1], look[6, 2]
        dark *= 0.85 + 0.15 * math.cos(math.atan2(z, x) * 46.0)
    elif material == 3:
        c0 = 7
        q = 8
        length = prims[i, 17]
        bottom = int(look[12, 2])
        if bottom == 0:
            # Denim: a twill, worn pale on the thighs and knees, double seams.
            weave = (
                1.0 + 0.10 * noise(px * 500.0, py * 240.0, pz * 500.0) + 0.05 * noise(px * 40.0, py * 12.0, pz * 40.0)
            )
            if part != 0:
                weave *= 1.0 + 0.22 * step(0.1, 0.9, z / max(prims[i, 18], 1e-3)) * math.exp(
                    -((y / length - 0.5) ** 2) * 5.0
                )
        if part != 0:
            seam = math.atan2(z, abs(x)) * prims[i, 18]
            dark *= 1.0 - 0.28 * _line(seam + 0.004, 0.0018, 0.001)
            if bottom == 1:
                mix = step(0.010, 0.008, abs(seam + 0.004)) if x * 1.0 > -9.0 else 0.0
            if bottom == 2:
                dark *= 1.0 - 0.10 * _line(x, 0.0025, 0.002) * (1.0 if z > 0 else 0.0)
        elif forward > 0.0:
            dark *= 1.0 - 0.35 * _line(across, 0.0018, 0.001) * step(0.1, 0.05, along)
    elif material == 4:
        r, g, b = look[7, 0], look[7, 1], look[7, 2]
        q = 8
        mix = 1.0
        c0 = 7
        dark *= 0.85 + 0.15 * math.cos(math.atan2(z, x) * 40.0)
    elif material == 5 or material == 10:
        c0 = 9
        q = 11
        gloss = 0.10
        sharp = 24.0
        fuzz = 0.05
        weave = 1.0 + 0.03 * noise(px * 300.0, py * 300.0, pz * 300.0)
        # Laces over the instep, two bars on the side.
        if prims[i, 25] > 0.5:
            v = y / 0.0125 - math.floor(y / 0.0125)
            if z > 0.0:
                mix = step(0.30, 0.40, v) * step(0.95, 0.85, v) * step(0.022, 0.020, abs(x)) * step(0.0, 0.006, y)
                mix *= step(0.085, 0.080, y)
                dark *= 1.0 - 0.4 * step(0.026, 0.024, abs(x)) * (1.0 - mix) * step(0.09, 0.085, y)
        elif prims[i, 20] < 0.75 and prims[i, 17] > 0.06:
            slant = (y - 0.055 - z * 0.5) / 0.017
            bar = slant - math.floor(slant)
            if 0.0 < slant < 3.0:
                mix = step(0.16, 0.22, bar) * step(0.72, 0.66, bar) * step(0.65, 0.75, abs(x) / prims[i, 18])
    if material == 6:
        pass
    if material == 5:
        c0 = 9
    r, g, b = look[c0, 0], look[c0, 1], look[c0, 2]
    if material == 2:
        r, g, b = look[6, 0], look[6, 1], look[6, 2]
    if material == 7:
        # The sole, with a groove round it.
        r, g, b = look[10, 0], look[10, 1], look[10, 2]
        dark *= 1.0 - 0.25 * _line(z - 0.004, 0.0012, 0.0008)
        gloss = 0.08
        fuzz = 0.0
    r += (look[q, 0] - r) * mix
    g += (look[q, 1] - g) * mix
    b += (look[q, 2] - b) * mix
    shade = weave * dark
    return r * shade, g * shade, b * shade, gloss, sharp, fuzz
