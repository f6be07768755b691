"""The colours of a face: brows, lids, iris, lips, blush, painted in the head's own centimetres."""

from __future__ import annotations

import math
from typing import Any

from components.core.kernel import kernel
from components.figure.head import EYE, EYE_HALF_WIDTH, head_parts, lid_edges, mouth_curve
from components.figure.noise import noise, step

_EX, _EY, _EZ = EYE


@kernel(fastmath=True)
def _iris(sx: float, sy: float, sz: float, face: Any, look: Any, upper: float) -> tuple[float, float, float]:
    gx = 0.50 * face[10]
    gy = 0.40 * face[11]
    rad = math.sqrt((sx - gx) ** 2 + (sy - gy) ** 2)
    size = 0.70
    white = 0.80 - 0.16 * min(abs(sx) / EYE_HALF_WIDTH, 1.0) ** 2
    r, g, b = white, white * 0.97, white * 0.95
    if sz > 0.0:
        inside = step(size + 0.03, size - 0.03, rad)
        a = math.atan2(sy - gy, sx - gx)
        streak = 0.85 + 0.3 * noise(a * 6.0, rad * 3.0, 2.0)
        # A ring of shade at the rim; light gathers in the lower half, opposite to the lamp.
        ring = 1.0 - 0.65 * step(size * 0.72, size, rad)
        glow = 0.75 + 0.9 * step(0.2, -0.5, (sy - gy) / size)
        k = streak * ring * glow
        ir, ig, ib = look[2, 0] * k, look[2, 1] * k, look[2, 2] * k
        pupil = step(0.33, 0.27, rad)
        ir *= 1.0 - 0.96 * pupil
        ig *= 1.0 - 0.96 * pupil
        ib *= 1.0 - 0.96 * pupil
        r += (ir - r) * inside
        g += (ig - g) * inside
        b += (ib - b) * inside
        # The window in the eye.
        hx = sx - gx + 0.22
        hy = sy - gy - 0.28
        spark = step(0.19, 0.12, math.sqrt(hx * hx + hy * hy))
        small = step(0.09, 0.05, math.sqrt((hx - 0.42) ** 2 + (hy + 0.45) ** 2)) * 0.4
        spark = max(spark, small)
        r += (1.6 - r) * spark
        g += (1.6 - g) * spark
        b += (1.6 - b) * spark
    # The lid's shade on the ball.
    shade = 0.45 + 0.55 * step(0.0, 0.42, upper - sy)
    return r * shade, g * shade, b * shade


@kernel(fastmath=True)
def brow_centre(ax: float, lift: float, inner: float) -> float:
    """Height (cm) of the brow's middle at |x|."""
    v = (ax - 2.95) / 1.8
    v -= 0.30
    return 2.96 + lift + 0.0 * v - 0.16 * v * v - 0.10 * max(v - 0.3, 0.0) - 0.34 * inner * max(-v, 0.0)


@kernel(fastmath=True)
def face_colour(
    x: float, y: float, z: float, face: Any, look: Any, gloss: float, sharp: float
) -> tuple[float, float, float, float, float, float]:
    """Linear colour, highlight strength and sharpness, and how much it is flesh.

    Args:
        x, y, z: cm in the head's frame.
        face: (FACE,).
        look: (14, 3).
        gloss, sharp: the highlight of plain skin.
    """
    _d, part = head_parts(x, y, z, face)
    ax = abs(x)
    smile = face[2] if x > 0 else face[3]
    sx = ax - _EX
    sy = y - _EY
    sz = z - _EZ
    blink = face[4] if x > 0 else face[5]
    upper, lower = lid_edges(sx / EYE_HALF_WIDTH, blink, smile, face[16])
    if part == 1:
        # Both eyes look the same way.
        sign = 1.0 if x > 0 else -1.0
        r, g, b = _iris(sx * sign, sy, sz, face, look, upper)
        return r, g, b, 0.5, 90.0, 0.0
    if part == 2:
        return 0.78, 0.75, 0.68, 0.3, 40.0, 0.0
    if part == 3:
        return 0.42, 0.10, 0.10, 0.25, 30.0, 0.5
    if part == 4:
        return 0.10, 0.018, 0.018, 0.05, 20.0, 0.0
    r, g, b = look[0, 0], look[0, 1], look[0, 2]
    if z < 2.0:
        # Ears are thin: light shines through them.
        if ax > 6.9:
            g *= 0.86
            b *= 0.84
        return r, g, b, gloss * 0.7, sharp, 1.0
    # Blush on cheeks, nose, chin; cooler jaw.
    blush = look[13, 0]
    cheek = math.exp(-(((ax - 4.1) / 1.9) ** 2) - ((y + 2.2) / 1.5) ** 2) * (0.9 + 0.4 * smile)
    nose = math.exp(-((ax / 1.3) ** 2) - ((y + 2.5) / 1.1) ** 2) * step(8.8, 10.0, z)
    red = blush * (0.26 * cheek + 0.22 * nose)
    g *= 1.0 - red
    b *= 1.0 - red * 0.9
    tone = 1.0 + 0.03 * noise(x * 2.2, y * 2.2, z * 2.2) + 0.02 * noise(x * 9.0, y * 9.0, z * 9.0)
    r *= tone
    g *= tone
    b *= tone
    gloss *= 1.0 + 0.5 * nose
    # Lids: a thin dark line of lashes on the upper edge, a soft shade in the fold.
    eye = math.sqrt(sx * sx + sy * sy + sz * sz)
    if eye < 2.3 and sz > 0.0 and abs(sx) < EYE_HALF_WIDTH + 0.35:
        out = max(abs(sx) - EYE_HALF_WIDTH, 0.0) * 3.0
        dist = sy - upper
        lash = step(0.20 + 0.06 * max(sx, 0.0), 0.02, abs(dist - 0.04) + out * 0.25)
        lash = max(lash, 0.45 * step(0.10, 0.02, abs(sy - lower + 0.04) + out))
        fold = 0.35 * math.exp(-((dist - 0.42) ** 2) * 90.0) * step(1.35, 0.9, abs(sx))
        shade = 1.0 - 0.25 * step(0.9, 0.2, abs(dist - 0.35)) * step(1.9, 1.2, abs(sx)) * (1.0 if dist > 0 else 0.0)
        k = (1.0 - 0.92 * lash) * (1.0 - fold) * shade
        r *= k
        g *= k
        b *= k
        if lash > 0.4:
            gloss *= 0.2
    # Brows: short hairs that fan out and upward.
    up = face[6] if x > 0 else face[7]
    down = face[8] if x > 0 else face[9]
    lift = 0.62 * up - 0.42 * down + face[19]
    v = (ax - 2.95) / 1.8
    if abs(v) < 1.25 and 1.0 < y < 5.0 and z > 5.0:
        centre = brow_centre(ax, lift, down)
        half = 0.34 * face[18] * (1.0 - 0.50 * step(0.1, 1.0, v)) * step(1.06, 0.86, abs(v))
        if half > 0.01:
            wisp = noise(ax * 7.0 - (y - centre) * 5.0, (y - centre) * 2.0, 4.0)
            edge = abs(y - centre) / half
            mask = step(1.25, 0.55, edge + 0.25 * wisp)
            mask *= 0.92
            r += (look[1, 0] * 0.55 - r) * mask
            g += (look[1, 1] * 0.55 - g) * mask
            b += (look[1, 2] * 0.55 - b) * mask
            gloss *= 1.0 - 0.8 * mask
    # Lips.
    if abs(y + 6.9) < 4.0 and ax < 4.0 and z > 5.0:
        my, _mz, gap, arc, u = mouth_curve(x, face)
        full = face[15] * (0.16 + 0.84 * math.sqrt(arc))
        bow = 0.10 * math.exp(-((ax - 0.55) ** 2) * 8.0) - 0.08 * math.exp(-(ax**2) * 12.0)
        top = my + gap * 0.25 + 0.66 * full + bow * face[15]
        bottom = my - gap * 1.75 - 0.84 * full
        mask = step(0.10, -0.06, max(y - top, bottom - y)) * step(1.03, 0.94, u)
        r += (look[3, 0] - r) * mask * 0.85
        g += (look[3, 1] - g) * mask * 0.85
        b += (look[3, 2] - b) * mask * 0.85
        gloss += 0.16 * mask
        if gap < 0.1:
            line = step(0.085, 0.01, abs(y - my)) * step(1.06, 0.96, u)
            r *= 1.0 - 0.72 * line
            g *= 1.0 - 0.75 * line
            b *= 1.0 - 0.75 * line
        # Soft shade under the lower lip and at the corners.
        under = math.exp(-((y - bottom + 0.35) ** 2) * 6.0 - (x / 1.5) ** 2)
        corner = math.exp(-(((u - 1.02) * 2.4) ** 2) * 8.0 - ((y - my) ** 2) * 18.0)
        k = (1.0 - 0.12 * under) * (1.0 - 0.35 * corner)
        r *= k
        g *= k
        b *= k
    return r, g, b, gloss, sharp, 1.0
