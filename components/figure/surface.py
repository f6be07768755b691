"""What a point of a figure looks like: skin, cloth, hair, shoes, face, and how they answer to light."""

from __future__ import annotations

import math
from typing import Any

from components.core.kernel import kernel
from components.figure.cloth import cloth_colour, fold
from components.figure.field import feel
from components.figure.head import head_distance
from components.figure.light import KEY, RIM, ambient, shadow
from components.figure.noise import noise, step
from components.figure.visage import face_colour

_KX = KEY[0] / math.sqrt(KEY[0] ** 2 + KEY[1] ** 2 + KEY[2] ** 2)
_KY = KEY[1] / math.sqrt(KEY[0] ** 2 + KEY[1] ** 2 + KEY[2] ** 2)
_KZ = KEY[2] / math.sqrt(KEY[0] ** 2 + KEY[1] ** 2 + KEY[2] ** 2)
_RX = RIM[0] / math.sqrt(RIM[0] ** 2 + RIM[1] ** 2 + RIM[2] ** 2)
_RY = RIM[1] / math.sqrt(RIM[0] ** 2 + RIM[1] ** 2 + RIM[2] ** 2)
_RZ = RIM[2] / math.sqrt(RIM[0] ** 2 + RIM[1] ** 2 + RIM[2] ** 2)


@kernel(fastmath=True, forceinline=True)
def _local(i: int, px: float, py: float, pz: float, prims: Any) -> tuple[float, float, float]:
    dx = px - prims[i, 5]
    dy = py - prims[i, 6]
    dz = pz - prims[i, 7]
    return (
        prims[i, 8] * dx + prims[i, 9] * dy + prims[i, 10] * dz,
        prims[i, 11] * dx + prims[i, 12] * dy + prims[i, 13] * dz,
        prims[i, 14] * dx + prims[i, 15] * dy + prims[i, 16] * dz,
    )


@kernel(fastmath=True)
def _bump(i: int, px: float, py: float, pz: float, prims: Any, bodies: Any) -> float:
    """Metres by which cloth or hair stands out; only normals see it."""
    material = int(prims[i, 1])
    if material == 6:
        figure = int(prims[i, 23])
        hx = px - bodies[figure, 12]
        hy = py - bodies[figure, 13]
        hz = pz - bodies[figure, 14]
        unit = bodies[figure, 24]
        x = (bodies[figure, 15] * hx + bodies[figure, 16] * hy + bodies[figure, 17] * hz) / unit
        y = (bodies[figure, 18] * hx + bodies[figure, 19] * hy + bodies[figure, 20] * hz) / unit
        z = (bodies[figure, 21] * hx + bodies[figure, 22] * hy + bodies[figure, 23] * hz) / unit
        return hair_strand(i, x, y, z, px, py, pz, prims, bodies[figure, 25]) * 0.0011
    if material in (1, 2, 3, 4):
        x, y, z = _local(i, px, py, pz, prims)
        return fold(i, x, y, z, px, py, pz, prims, bodies)
    return 0.0


@kernel(fastmath=True)
def hair_strand(
    i: int, x: float, y: float, z: float, px: float, py: float, pz: float, prims: Any, curl: float
) -> float:
    """-1..1 across strands; they run along a lock, or from the crown down the skull; `curl` makes them frizz."""
    if curl > 1.5:
        return 0.8 * noise(x * 3.2, y * 3.2, z * 3.2) + 0.4 * noise(x * 6.5, y * 6.5, z * 6.5)
    if curl > 0.5:
        return noise(x * 1.6, y * 1.6, z * 1.6) + 0.5 * noise(x * 3.7, y * 3.7, z * 3.7)
    if prims[i, 0] == 0.0:
        lx, ly, lz = _local(i, px, py, pz, prims)
        a = math.atan2(lz, lx)
        over = max(max(ly - prims[i, 17], -ly), 0.0) / max(prims[i, 18], prims[i, 19])
        fade = (
            max(1.0 - 1.1 * over, 0.0)
            * min(math.sqrt(lx * lx + lz * lz) / (0.8 * max(prims[i, 18], prims[i, 19])), 1.0) ** 2
        )
        return fade * (0.6 * noise(a * 5.0, ly * 8.0, i * 7.0) + 0.5 * noise(a * 15.0, ly * 8.0, i * 3.0))
    # From a crown at the back of the top: strands are meridians.
    a = math.atan2(x, z + 3.0)
    wave = 0.10 * noise(x * 0.16, y * 0.16, z * 0.16)
    return 0.6 * noise((a + wave) * 12.0, y * 0.05, 1.0) + 0.5 * noise((a + wave) * 34.0, y * 0.08, 2.0)


@kernel(fastmath=True)
def shade(
    px: float, py: float, pz: float, dx: float, dy: float, dz: float, pixel: float, prim: int, prims: Any, chains: Any,
    faces: Any, looks: Any, bodies: Any, occluders: Any, near: Any, count: int, close: Any,
) -> tuple[float, float, float]:  # fmt: skip
    """Linear colour of the surface at a point.

    Args:
        px, py, pz: the point, metres.
        dx, dy, dz: direction in which the ray came.
        pixel: metres that one pixel covers there.
        prim: the primitive that was met.
        looks: (N, 14, 3) linear colours, then pattern numbers.
        bodies: (N, 28) frames of torso and head.
        others: as in `distance` and `shadow`.
    """
    material = int(prims[prim, 1])
    figure = int(prims[prim, 23])
    part = int(prims[prim, 24])
    rough = material in (1, 2, 3, 4, 6)
    e = max(0.0006, 0.6 * pixel)
    if material == 8 or material == 0:
        e = max(0.0010, 0.6 * pixel)
    nx, ny, nz, seam = feel(px, py, pz, e, prims, chains, faces, near, count, close)
    if rough:
        h = max(e, 0.0008)
        here = _bump(prim, px, py, pz, prims, bodies)
        nx -= (_bump(prim, px + h, py, pz, prims, bodies) - here) / h
        ny -= (_bump(prim, px, py + h, pz, prims, bodies) - here) / h
        nz -= (_bump(prim, px, py, pz + h, prims, bodies) - here) / h
    n = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-18)
    nx *= n
    ny *= n
    nz *= n
    facing = nx * dx + ny * dy + nz * dz
    if facing > -0.02:
        # A bumped normal may look away from the viewer; bring it back to the rim.
        nx -= (facing + 0.02) * dx
        ny -= (facing + 0.02) * dy
        nz -= (facing + 0.02) * dz
        facing = -0.02

    # What it is made of: colour, wrap of light round the edge, strength and sharpness of the highlight, fuzz.
    hx = px - bodies[figure, 12]
    hy = py - bodies[figure, 13]
    hz = pz - bodies[figure, 14]
    unit = bodies[figure, 24]
    fx = (bodies[figure, 15] * hx + bodies[figure, 16] * hy + bodies[figure, 17] * hz) / unit
    fy = (bodies[figure, 18] * hx + bodies[figure, 19] * hy + bodies[figure, 20] * hz) / unit
    fz = (bodies[figure, 21] * hx + bodies[figure, 22] * hy + bodies[figure, 23] * hz) / unit
    wrap = 0.12
    gloss = 0.0
    sharp = 20.0
    fuzz = 0.0
    flesh = 0.0
    r = g = b = 0.5
    if material == 0 or material == 8:
        flesh = 1.0
        gloss = 0.11
        sharp = 18.0
        if material == 8:
            r, g, b, gloss, sharp, flesh = face_colour(fx, fy, fz, faces[figure], looks[figure], gloss, sharp)
        else:
            x, y, z = _local(prim, px, py, pz, prims)
            r, g, b = looks[figure, 0, 0], looks[figure, 0, 1], looks[figure, 0, 2]
            if part == 2 or part == 3:
                # Finger tips and knuckles are redder.
                warm = step(0.011, 0.008, prims[prim, 18])
                r *= 1.0 + 0.04 * warm
                g *= 1.0 - 0.10 * warm
                b *= 1.0 - 0.10 * warm
            tone = 1.0 + 0.025 * noise(x * 90.0, y * 90.0, z * 90.0)
            r *= tone
            g *= tone
            b *= tone
    elif material == 6:
        r, g, b = looks[figure, 1, 0], looks[figure, 1, 1], looks[figure, 1, 2]
        strand = hair_strand(prim, fx, fy, fz, px, py, pz, prims, bodies[figure, 25])
        tone = 1.0 + 0.30 * strand
        # Hair thins out towards the hairline and lets the skin through.
        root = 0.85 * step(0.75 + 0.25 * strand, 0.12, head_distance(fx, fy, fz, faces[figure]))
        if prims[prim, 0] == 0.0:
            root *= 0.3
        r = r * tone * (1.0 - root) + looks[figure, 0, 0] * root
        g = g * tone * (1.0 - root) + looks[figure, 0, 1] * root
        b = b * tone * (1.0 - root) + looks[figure, 0, 2] * root
        wrap = 0.25
    else:
        x, y, z = _local(prim, px, py, pz, prims)
        r, g, b, gloss, sharp, fuzz = cloth_colour(prim, x, y, z, px, py, pz, prims, looks[figure], bodies[figure])

    # Occlusion: near seams from the field, limbs and neighbours from capsules, the floor from height.
    open_ = ambient(px, py, pz, nx, ny, nz, occluders, figure, part) * seam
    if material == 6:
        open_ = 0.35 + 0.65 * open_
    lit = shadow(px, py, pz, _KX, _KY, _KZ, 7.0, occluders, figure, part) * min(0.35 + 0.75 * seam, 1.0)

    key = nx * _KX + ny * _KY + nz * _KZ
    rim = nx * _RX + ny * _RY + nz * _RZ
    front = nz * 0.9 + ny * 0.25 + nx * 0.25
    up = 0.5 + 0.5 * ny
    # Light of the room: ceiling and walls above, warm floor below.
    ar = (0.26 + (0.37 - 0.26) * up) * open_
    ag = (0.21 + (0.38 - 0.21) * up) * open_
    ab = (0.16 + (0.41 - 0.16) * up) * open_
    fill = max(front, 0.0) * 0.17 * (0.4 + 0.6 * open_)
    if flesh > 0.0:
        # Light bleeds through skin, red the farthest.
        kr = max((key + 0.42) / 1.42, 0.0)
        kg = max((key + 0.24) / 1.24, 0.0)
        kb = max((key + 0.16) / 1.16, 0.0)
        lr = lit + (1.0 - lit) * 0.10
        kr = kr * kr * (1.0 - flesh) + kr * flesh
    else:
        kr = max((key + wrap) / (1.0 + wrap), 0.0)
        kg = kr
        kb = kr
        lr = lit
    edge = max(rim, 0.0) * (0.25 + 0.75 * step(0.9, 0.2, -facing)) * 0.55
    out_r = r * (1.55 * kr * lr + ar + fill + edge * 0.85)
    out_g = g * (1.45 * kg * lit + ag + fill + edge * 0.95)
    out_b = b * (1.30 * kb * lit + ab + fill + edge * 1.10)
    # Highlights (Blinn).
    vx = _KX - dx
    vy = _KY - dy
    vz = _KZ - dz
    n = 1.0 / math.sqrt(vx * vx + vy * vy + vz * vz)
    vx *= n
    vy *= n
    vz *= n
    if material == 6:
        # Strands shine across their run (Kajiya and Kay 1989): the run is down the skull, or along the lock.
        tx = prims[prim, 11]
        ty = prims[prim, 12]
        tz = prims[prim, 13]
        if prims[prim, 0] != 0.0:
            tx, ty, tz = bodies[figure, 18], bodies[figure, 19], bodies[figure, 20]
        along = tx * nx + ty * ny + tz * nz
        tx -= along * nx
        ty -= along * ny
        tz -= along * nz
        n = 1.0 / math.sqrt(tx * tx + ty * ty + tz * tz + 1e-9)
        strand = hair_strand(prim, fx, fy, fz, px, py, pz, prims, bodies[figure, 25])
        th = (tx * vx + ty * vy + tz * vz) * n + 0.10 * strand - 0.05
        shine = math.sqrt(max(1.0 - th * th, 0.0))
        body = shine**14 * 0.16 + shine**70 * 0.22
        if bodies[figure, 25] > 0.5:
            body *= 0.25
        body *= lit * step(-0.1, 0.5, key) * (0.7 + 0.5 * strand)
        out_r += body * (0.25 + 1.6 * r)
        out_g += body * (0.25 + 1.6 * g)
        out_b += body * (0.25 + 1.6 * b)
    elif gloss > 0.0:
        spec = max(nx * vx + ny * vy + nz * vz, 0.0) ** sharp * gloss * lit
        fresnel = (1.0 + facing) ** 4 * gloss * 0.35 * open_
        out_r += spec + fresnel
        out_g += spec + fresnel
        out_b += spec + fresnel
    if fuzz > 0.0:
        glow = (1.0 + facing) ** 3 * fuzz * open_
        out_r += glow * (0.3 * r + 0.05)
        out_g += glow * (0.3 * g + 0.05)
        out_b += glow * (0.3 * b + 0.05)
    return out_r, out_g, out_b
