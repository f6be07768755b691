"""Cloth: what is printed on it, its seams and its folds, in coordinates that move with the body."""

from __future__ import annotations

import math
from typing import Any

from components.core.kernel import kernel
from components.figure.noise import noise, step

PATTERNS = ("plain", "stripes", "block", "print", "panel")
TOPS = ("tee", "hoodie")
BOTTOMS = ("slim", "joggers", "wide", "shorts")


@kernel(fastmath=True)
def _torso(px: float, py: float, pz: float, body: Any) -> tuple[float, float, float]:
    """Across (m, to the person's left), along (0 hips, 1 shoulders), forward (m)."""
    dx = px - body[0]
    dy = py - body[1]
    dz = pz - body[2]
    along = (dx * body[3] + dy * body[4] + dz * body[5]) / (body[3] ** 2 + body[4] ** 2 + body[5] ** 2)
    across = dx * body[6] + dy * body[7] + dz * body[8]
    forward = dx * body[9] + dy * body[10] + dz * body[11]
    return across / body[26], along, forward / body[26]


@kernel(fastmath=True)
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
        return 0.0050 * drape + 0.0044 * gather
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


@kernel(fastmath=True)
def _line(x: float, width: float, soft: float) -> float:
    """1 on a line at 0 of a half width, 0 beside it."""
    return step(width + soft, width * 0.4, abs(x))


@kernel(fastmath=True)
def _stripe(v: float) -> float:
    """Stripes of a period of one."""
    v -= math.floor(v)
    return step(0.54, 0.57, v) * step(1.0, 0.97, v)


@kernel(fastmath=True)
def _rib(x: float, z: float, count: float) -> float:
    """Darkness of ribbed cloth round a limb."""
    return 0.86 + 0.14 * math.cos(math.atan2(z, x) * count)


@kernel(fastmath=True)
def _body_of_top(across: float, along: float, forward: float, pattern: int, top: int) -> tuple[float, float, int]:
    """Share of the second colour, darkness, and which colour that is (row of the look)."""
    mix = 0.0
    dark = 1.0
    second = 5
    if pattern == 1 and along < 0.93:
        mix = _stripe(along * 0.5 / 0.052)
    elif pattern == 2:
        mix = step(0.60, 0.61, along)
        dark *= 1.0 - 0.25 * _line(along - 0.605, 0.004, 0.002)
    elif pattern == 3 and forward > 0.0:
        # A sun over waves.
        rise = (along - 0.64) * 0.5
        mix = step(0.071, 0.068, math.sqrt(across * across + rise * rise))
        if rise < 0.0:
            wave = rise * 60.0 + 0.35 * math.sin(across * 90.0)
            mix *= step(0.25, 0.45, abs(wave - math.floor(wave) - 0.5) * 2.0)
    elif pattern == 4:
        mix = step(0.115, 0.118, abs(across))
    if abs(across) > 0.1:
        dark *= 1.0 - 0.16 * _line(forward, 0.002, 0.001)
    if top == 1:
        # The pouch of a hoodie, and the rib at its hem.
        if forward > 0.0:
            pouch = max(abs(across) - 0.115 + max(along - 0.13, 0.0) * 0.26, max(along - 0.30, 0.03 - along) * 0.5)
            dark *= 1.0 - 0.45 * _line(pouch, 0.0022, 0.001)
        if along < 0.045:
            return 1.0, dark * _rib(across, forward, 150.0), 6
    else:
        dark *= 1.0 - 0.25 * _line(along + 0.055, 0.003, 0.001)
        if along > 0.97 and across * across + (forward - 0.01) ** 2 < 0.083**2:
            return 1.0, dark, 6
    return mix, dark, second


@kernel(fastmath=True)
def _sleeve(y: float, z: float, end: float, pattern: int, top: int) -> tuple[float, float]:
    """Share of the second colour, and darkness."""
    mix = 0.0
    dark = 1.0
    if pattern == 1:
        mix = _stripe(y / 0.052 + 0.3)
    elif pattern == 4:
        mix = step(0.02, 0.017, abs(z))
    elif pattern == 2:
        mix = 1.0
    if top == 0:
        dark = 1.0 - 0.3 * _line(end - y - 0.022, 0.002, 0.001)
    return mix, dark


@kernel(fastmath=True)
def _leg(x: float, y: float, z: float, length: float, radius: float, bottom: int) -> tuple[float, float]:
    """Share of the second colour, and darkness."""
    mix = 0.0
    seam = math.atan2(z, abs(x)) * radius
    dark = 1.0 - 0.28 * _line(seam + 0.004, 0.0018, 0.001)
    if bottom == 0:
        # Denim is worn pale on the front of thighs and shins.
        dark *= 1.0 + 0.22 * step(0.1, 0.9, z / max(radius, 1e-3)) * math.exp(-((y / length - 0.5) ** 2) * 5.0)
    elif bottom == 1:
        mix = step(0.010, 0.008, abs(seam + 0.004))
    elif bottom == 2 and z > 0:
        dark *= 1.0 - 0.10 * _line(x, 0.0025, 0.002)
    return mix, dark


@kernel(fastmath=True)
def _shoe(x: float, y: float, z: float, instep: bool, low: bool, radius: float) -> tuple[float, float]:
    """Share of the accent, and darkness: laces over the instep, three bars on the side."""
    if instep and z > 0.0:
        v = y / 0.0125 - math.floor(y / 0.0125)
        mix = step(0.30, 0.40, v) * step(0.95, 0.85, v) * step(0.022, 0.020, abs(x)) * step(0.0, 0.006, y)
        mix *= step(0.085, 0.080, y)
        return mix, 1.0 - 0.4 * step(0.026, 0.024, abs(x)) * (1.0 - mix) * step(0.09, 0.085, y)
    if low:
        slant = (y - 0.055 - z * 0.5) / 0.017
        bar = slant - math.floor(slant)
        if 0.0 < slant < 3.0:
            return step(0.16, 0.22, bar) * step(0.72, 0.66, bar) * step(0.65, 0.75, abs(x) / radius), 1.0
    return 0.0, 1.0


@kernel(fastmath=True)
def cloth_colour(
    i: int, x: float, y: float, z: float, px: float, py: float, pz: float, prims: Any, look: Any, body: Any
) -> tuple[float, float, float, float, float, float]:
    """Colour (linear), strength and sharpness of the highlight, and fuzz of cloth and shoes; arguments as in `fold`."""
    material = int(prims[i, 1])
    part = int(prims[i, 24])
    across, along, forward = _torso(px, py, pz, body)
    # The weave moves with what it is woven into.
    u = across if part == 0 else x
    v = along * 0.5 if part == 0 else y
    w = forward if part == 0 else z
    weave = 1.0 + 0.05 * noise(u * 420.0, v * 420.0, w * 420.0) + 0.03 * noise(u * 60.0, v * 60.0, w * 60.0)
    first = 4
    second = 5
    mix = 0.0
    dark = 1.0
    gloss = 0.02
    sharp = 8.0
    fuzz = 0.35
    if material == 1:
        if part == 0:
            mix, dark, second = _body_of_top(across, along, forward, int(look[12, 0]), int(look[12, 1]))
        else:
            mix, dark = _sleeve(y, z, prims[i, 22], int(look[12, 0]), int(look[12, 1]))
    elif material == 9:
        # A cap has a stripe over its middle.
        dark = 0.9
        mix = step(0.013, 0.012, abs(across))
    elif material == 2:
        first = 6
        dark = _rib(x, z, 46.0)
    elif material == 3:
        first = 7
        second = 8
        bottom = int(look[12, 2])
        if bottom == 0:
            weave += 0.07 * noise(u * 500.0, v * 240.0, w * 500.0)
        if part != 0:
            mix, dark = _leg(x, y, z, prims[i, 17], prims[i, 18], bottom)
        elif forward > 0.0:
            dark = 1.0 - 0.35 * _line(across, 0.0018, 0.001) * step(0.1, 0.05, along)
    elif material == 4:
        first = 8
        dark = _rib(x, z, 40.0)
    elif material == 5:
        first = 9
        second = 11
        gloss = 0.10
        sharp = 24.0
        fuzz = 0.05
        low = prims[i, 20] < 0.75 and prims[i, 17] > 0.06
        mix, dark = _shoe(x, y, z, prims[i, 25] > 0.5, low, prims[i, 18])
    elif material == 7:
        # The sole, with a groove round it.
        first = 10
        dark = 1.0 - 0.25 * _line(z - 0.004, 0.0012, 0.0008)
        gloss = 0.08
        fuzz = 0.0
    shade = weave * dark
    keep = 1.0 - mix
    return (
        (look[first, 0] * keep + look[second, 0] * mix) * shade,
        (look[first, 1] * keep + look[second, 1] * mix) * shade,
        (look[first, 2] * keep + look[second, 2] * mix) * shade,
        gloss,
        sharp,
        fuzz,
    )
