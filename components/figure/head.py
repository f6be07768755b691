"""The head as a signed distance field in its own centimetres: skull, face, ears, lids, lips, jaw, teeth.

The origin lies between the ear canals; x points to the person's left, y up, z to the front. What moves (jaw, lips,
lids, brows) follows the ten coefficients of `components.core.EXPRESSIONS`, so an expression has a known truth.
"""

from __future__ import annotations

import math
from typing import Any

from components.core.kernel import kernel

FACE = 32
"""Numbers of a face: 10 expressions, then (10) gaze x, (11) gaze y, then shape: (12) jaw width, (13) nose size, (14)
cheeks, (15) lip fullness, (16) eye size, (17) chin length, (18) brow thickness, (19) brow height, (20) seed."""

EYE = (3.2, 0.85, 7.25)
EYE_RADIUS = 1.42
EYE_HALF_WIDTH = 1.52
MOUTH_Y = -6.15
MOUTH_HALF_WIDTH = 2.35
HINGE = (-1.2, 0.6)
JAW_ANGLE = 0.30

SKIN, EYEBALL, TEETH, TONGUE, CAVITY = 0, 1, 2, 3, 4


@kernel(fastmath=True)
def _ellipsoid(x: float, y: float, z: float, rx: float, ry: float, rz: float) -> float:
    ex = x / rx
    ey = y / ry
    ez = z / rz
    k0 = math.sqrt(ex * ex + ey * ey + ez * ez)
    gx = ex / rx
    gy = ey / ry
    gz = ez / rz
    return k0 * (k0 - 1.0) / (math.sqrt(gx * gx + gy * gy + gz * gz) + 1e-9)


@kernel(fastmath=True)
def _smin(a: float, b: float, k: float) -> float:
    h = max(k - abs(a - b), 0.0)
    return min(a, b) - h * h * 0.25 / k


@kernel(fastmath=True)
def _capsule(x: float, y: float, z: float, ay: float, az: float, ra: float, by: float, bz: float, rb: float) -> float:
    """A tapered capsule in the plane x = 0 from (ay, az) to (by, bz)."""
    vy = by - ay
    vz = bz - az
    t = min(max(((y - ay) * vy + (z - az) * vz) / (vy * vy + vz * vz), 0.0), 1.0)
    qy = y - ay - t * vy
    qz = z - az - t * vz
    return math.sqrt(x * x + qy * qy + qz * qz) - (ra + t * (rb - ra))


@kernel(fastmath=True)
def lid_edges(u: float, blink: float, smile: float, size: float) -> tuple[float, float]:
    """Heights (cm over the eye's centre) of the upper and lower lid at u = place across the eye / its half width."""
    arc = max(1.0 - u * u, 0.0)
    # The outer corner lies a little higher than the inner one, and the upper arc peaks towards the inside.
    tilt = 0.07 * u
    rest = 0.66 * size * math.sqrt(arc) * (1.0 - 0.06 * u)
    closed = -0.34 * arc
    upper = tilt + rest + (closed - rest) * blink
    lower = tilt - (0.50 * size - 0.14 * smile) * arc
    if upper < lower:
        upper = lower
    return upper, lower


@kernel(fastmath=True)
def mouth_curve(x: float, face: Any) -> tuple[float, float, float, float, float]:
    """The mouth at a place across it.

    Args:
        x: cm, positive to the person's left.
        face: (FACE,) numbers.

    Returns:
        height of the line where the lips meet, its depth, half the gap between the lips, how full the lips are there
        (0 at the corners), and |x| over the half width of the mouth.
    """
    smile = face[2] if x > 0 else face[3]
    w = MOUTH_HALF_WIDTH * (1.0 + 0.24 * smile - 0.38 * face[1])
    u = abs(x) / w
    v = min(u, 1.0)
    arc = 1.0 - v * v
    y = MOUTH_Y + 0.22 * v * v + 1.0 * smile * v * v - 0.15 * smile
    z = 9.25 - 0.17 * x * x * (1.0 - 0.1 * smile) + 0.75 * face[1] * arc - 0.25 * smile * v
    gap = (1.45 * face[0] * (1.0 - 0.25 * face[1]) + 0.08 * smile) * math.sqrt(arc)
    return y, z, gap, arc, u


@kernel(fastmath=True)
def jaw_point(y: float, z: float, jaw: float) -> tuple[float, float]:
    """Where a point of the moving jaw lies when the jaw is shut."""
    angle = JAW_ANGLE * jaw
    c = math.cos(angle)
    s = math.sin(angle)
    ry = y - HINGE[0]
    rz = z - HINGE[1]
    return HINGE[0] + ry * c + rz * s, HINGE[1] - ry * s + rz * c


@kernel(fastmath=True)
def head_parts(x: float, y: float, z: float, face: Any) -> tuple[float, int]:
    """Distance (cm) to the head and which part of it is nearest (SKIN, EYEBALL, TEETH, TONGUE, CAVITY)."""
    ax = abs(x)
    d = _ellipsoid(x, y - 3.3, z + 0.9, 7.2, 8.4, 9.2)
    far = d
    # Everything in front of the skull.
    d = _smin(d, _ellipsoid(x, y + 1.4, z - 2.4, 6.5, 8.0, 6.6), 2.0)
    jaw = face[0]
    jy, jz = jaw_point(y, z, jaw)
    chin = -9.0 - face[17]
    under = _ellipsoid(x, jy + 6.1, jz - 3.7, 4.9 * face[12], 4.4, 5.2)
    under = _smin(under, _ellipsoid(x, jy - chin, jz - 7.2, 1.95, 1.55, 1.6), 2.4)
    d = _smin(d, under, 2.2)
    if far > 9.0 and d > 4.0:
        return d - 1.5, SKIN
    smile = face[2] if x > 0 else face[3]
    cx = ax - 3.9
    cy = y + 2.5 - 0.55 * smile
    cz = z - 5.75 - 0.25 * smile
    d = _smin(d, math.sqrt(cx * cx + cy * cy + cz * cz) - 2.45 * face[14] - 0.15 * smile, 2.0)
    part = SKIN
    if z > 4.0:
        up = face[6] if x > 0 else face[7]
        down = face[8] if x > 0 else face[9]
        lift = 0.55 * up - 0.4 * down
        d = _smin(d, _ellipsoid(ax - 2.5, y - 2.7 - lift, z - 7.7, 2.2, 0.75, 0.95), 1.5)
        # Sockets.
        sx = ax - EYE[0]
        sy = y - EYE[1]
        sz = z - EYE[2]
        hole = math.sqrt((sx * 0.80) ** 2 + (sy - 0.22) ** 2 + (sz - 2.95) ** 2) - 2.45
        d = -_smin(-d, hole, 1.7)
        # Nose.
        n = face[13]
        nose = _capsule(x, y, z, 1.5, 7.85, 0.40, -2.35, 9.95, 0.80 * n)
        nose = _smin(nose, _capsule(x, y, z, -2.35, 9.9, 0.74 * n, -2.85, 8.9, 0.66 * n), 0.5)
        wx = ax - 1.08 * n
        wing = math.sqrt(wx * wx + (y + 2.7) ** 2 + (z - 9.15) ** 2) - 0.56 * n
        nose = _smin(nose, wing, 0.55)
        d = _smin(d, nose, 0.9 + 0.9 * min(max((y + 2.0) / 3.0, 0.0), 1.0))
        nx = ax - 0.56 * n
        nostril = math.sqrt((nx * 1.1) ** 2 + (y + 3.35) ** 2 + ((z - 9.65) * 0.8) ** 2) - 0.27
        d = -_smin(-d, nostril, 0.25)
        eye = math.sqrt(sx * sx + sy * sy + sz * sz) - EYE_RADIUS
        if eye < 1.2:
            blink = face[4] if x > 0 else face[5]
            upper, lower = lid_edges(sx / EYE_HALF_WIDTH, blink, smile, face[16])
            if abs(sx) > EYE_HALF_WIDTH:
                upper = lower = 0.07 * sx / EYE_HALF_WIDTH
            opening = max(sy - upper, lower - sy) * 0.75
            lid = -_smin(-(eye - (0.11 if sy > 0.0 else 0.11 + 0.05 * sy)), opening, 0.10)
            # The fold over the upper lid.
            crease = sy - (upper + 0.36 + 0.05 * blink)
            lid += 0.05 * math.exp(-crease * crease * 60.0) * (1.0 - blink)
            d = -_smin(-d, max(eye - 0.12, opening), 0.08)
            soft = min(max(-2.0 * sy, 0.0), 1.0) * min(max(1.9 + 1.6 * sx, 0.0), 1.0)
            d = _smin(d, lid, 0.34 + 0.28 * soft)
            if eye < d:
                d = eye
                part = EYEBALL
        # Lips, and what the open mouth shows.
        if abs(y + 6.8) < 4.5 and ax < 4.2 and d < 2.5:
            my, mz, gap, arc, u = mouth_curve(x, face)
            full = face[15] * (0.16 + 0.84 * math.sqrt(arc))
            over = max(u - 1.0, 0.0) * MOUTH_HALF_WIDTH
            back = 0.45 * jaw * arc
            uy = y - (my + gap * 0.25 + 0.30 * full)
            uz = z - (mz - 0.36 * full)
            upper_lip = math.sqrt((uy * 1.25) ** 2 + uz * uz + over * over) - 0.36 * full
            ly = y - (my - gap * 1.75 - 0.38 * full)
            lz = z - (mz - 0.42 * full - back)
            lower_lip = math.sqrt(ly * ly + lz * lz + over * over) - 0.50 * full
            # The philtrum and the hollow between lower lip and chin come from the blend alone.
            d = _smin(d, upper_lip, 0.45)
            d = _smin(d, lower_lip, 0.45)
            half = gap + 0.02
            middle = my - gap * 0.75
            hole = max(max(abs(y - middle) - half, mz - 4.2 - z), (u - 1.0) * MOUTH_HALF_WIDTH)
            if gap > 0.03:
                cut = -_smin(-d, hole, 0.12)
                if cut > d + 1e-3 and -hole > d:
                    part = CAVITY
                d = cut
                ty = y - (my + gap * 0.25 + 0.02)
                tz = z - (mz - 1.05 - 0.02 * x * x)
                teeth = max(max(abs(ty) - 0.48, abs(tz) - 0.28), ax - 2.0) * 0.8
                if teeth < d and hole < 0.4:
                    d = teeth
                    part = TEETH
                tongue = _ellipsoid(x, jy + 7.75, jz - 6.9, 1.6, 0.75, 2.0)
                if tongue < d and hole < 0.4:
                    d = tongue
                    part = TONGUE
    # Ears.
    if ax > 4.0 and abs(z) < 6.0 and abs(y) < 6.5:
        ex = ax - 7.35 + 0.14 * (z + 1.0)
        ey = y + 0.35
        ez = z + 0.75 + 0.2 * ey
        taper = min(max(1.0 + 0.10 * ey, 0.6), 1.4)
        ear = _ellipsoid(ex + 0.35 * ez, ey, ez, 0.62, 2.95, 1.75 * taper)
        bowl = _ellipsoid(ex + 0.35 * ez - 0.55, ey - 0.15, ez - 0.25, 0.5, 1.9, 1.0 * taper)
        ear = -_smin(-ear, bowl, 0.3)
        d = _smin(d, ear, 0.5)
    return d, part


@kernel(fastmath=True)
def head_distance(x: float, y: float, z: float, face: Any) -> float:
    """Distance (cm) to the head.

    Args:
        x, y, z: cm in the head's frame.
        face: (FACE,) numbers.
    """
    bound = math.sqrt(x * x + (y - 0.8) ** 2 + (z - 0.4) ** 2) - 14.0
    if bound > 3.0:
        return bound
    return head_parts(x, y, z, face)[0]
