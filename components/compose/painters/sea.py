"""Water seen at a low angle: waves that mirror the sky, and a shore that they run up."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from components.core import UInt8
from components.core.kernel import kernel


# Cost: 5 ns a pixel.
@kernel()
def paint_sea(
    frame: Any, top: int, bottom: int, waves: Any, mirror: Any, wet: Any, shore: Any, reach: Any,
    breaker: Any, foam: Any, sun_x: float, second: float, unit: float,
) -> None:  # fmt: skip
    """Paint sea and foam over rows top..bottom of the dry beach, and make wet what the waves reach.

    Args:
        waves: (256, 256) heights, a tile that repeats.
        mirror: (h', w', 3) sky as it is mirrored, first row the horizon.
        wet: (bottom - top, W, 3) wet sand.
        shore: (W,) int64 y px where the water ends now.
        reach: (W,) int64 y px to which the sand is wet.
        breaker: (W,) int64 y px of the crest that rolls in.
        foam: (W,) int64 0..256 how white that crest is.
        sun_x: px.
        second: time.
        unit: px that a detail of 1 measures.
    """
    w = frame.shape[1]
    mh: Any = np.int64(mirror.shape[0])
    mw: Any = np.int64(mirror.shape[1])
    last = reach.max()
    depth = bottom - top
    # Divisions are slow here: what is divided by is turned into a factor in 1/65536.
    dry_by: Any = np.int64(65536 * 256 / max(1.0, 26 * unit))
    shallow_by: Any = np.int64(65536 * 3 / unit)
    mirror_by: Any = np.int64(65536 * mw / w)
    for row in range(depth):
        y = top + row
        if y > last:
            break
        near = row / depth
        z = 1.0 / (near + 0.035)
        # Waves are wider than high, the more so near the viewer: what lies between computed pixels are means.
        step = 2 if near < 0.22 else 4
        # Two wave fields, at scales and speeds that do not repeat together; both come towards the viewer.
        v1, v2 = int(-430.0 * z + 17.0 * second) & 255, int(-265.0 * z + 11.0 * second + 77.0) & 255
        su1, su2 = int(256 * z * 0.36 / unit), int(256 * z * 0.21 / unit)
        ou1 = int(256 * (4.0 * second + 8000.0) - 0.5 * w * su1)
        ou2 = int(256 * (8000.0 - 3.0 * second) - 0.5 * w * su2)
        swell: Any = np.int64(256 * min(1.0, 0.10 + 1.5 * near) * 0.30)
        base_row: Any = np.int64(mh * (0.14 + 0.60 * near) * 256)
        glare = 1.0 / ((30.0 + 130.0 * near) * unit)
        deep0, deep1, deep2 = np.int64(92 - 44 * near), np.int64(52 - 16 * near), np.int64(88 - 14 * near)
        foam_above, foam_below = int((3.0 + 6.0 * near) * unit), int((5.0 + 16.0 * near) * unit)
        above_by, below_by = 256.0 / max(1, foam_above), 256.0 / max(1, foam_below)
        lip = (3.0 + 9.0 * near) * unit
        for x in range(0, w, step):
            d = shore[x] - y
            if d < 0:
                m = min(256, max(0, ((reach[x] - y) * dry_by) >> 16))
                for e in range(x, min(w, x + step) if m else x):
                    for c in range(3):
                        p = np.int64(frame[y, e, c])
                        frame[y, e, c] = p + (((np.int64(wet[row, e, c]) - p) * m) >> 8)
                continue
            u1, u2 = ou1 + x * su1, ou2 + x * su2
            i1, i2 = (u1 >> 8) & 255, (u2 >> 8) & 255
            p1, p2 = np.int64(waves[v1, i1]), np.int64(waves[v2, i2])
            h1 = p1 + (((np.int64(waves[v1, (i1 + 1) & 255]) - p1) * (u1 & 255)) >> 8)
            h2 = p2 + (((np.int64(waves[v2, (i2 + 1) & 255]) - p2) * (u2 & 255)) >> 8)
            slope = h1 + h2 - 255
            r = min(mh - 1, max(0, (base_row - ((slope * swell * mh) >> 8)) >> 8))
            q = min(mw - 1, max(0, ((x * mirror_by) >> 16) + (slope >> 6)))
            # Crests mirror more than troughs, which show the dark of the deep.
            shine = min(250, max(90, 186 + ((slope * swell) >> 7)))
            p0, p1, p2 = deep0, deep1, deep2
            shallow = 150 - ((d * shallow_by) >> 16)
            if shallow > 0:
                p0 += ((np.int64(wet[row, x, 0]) - p0) * shallow) >> 8
                p1 += ((np.int64(wet[row, x, 1]) - p1) * shallow) >> 8
                p2 += ((np.int64(wet[row, x, 2]) - p2) * shallow) >> 8
            p0 += ((np.int64(mirror[r, q, 0]) - p0) * shine) >> 8
            p1 += ((np.int64(mirror[r, q, 1]) - p1) * shine) >> 8
            p2 += ((np.int64(mirror[r, q, 2]) - p2) * shine) >> 8
            off = (x - sun_x) * glare
            if -2.2 < off < 2.2:
                spark = min(256, max(0, int(h1 + h2 - (262.0 + 62.0 * off * off)) * 5))
                p0 += ((255 - p0) * spark) >> 8
                p1 += ((226 - p1) * spark) >> 8
                p2 += ((160 - p2) * spark) >> 8
            crest = 0
            gap = y - breaker[x]
            if -foam_above < gap < foam_below:
                curl = 256 + int(gap * above_by) if gap < 0 else 256 - int(gap * below_by)
                crest = min(256, max(0, (foam[x] * (curl + h2 - 150)) >> 7))
            if d < 2.3 * lip:
                edge = lip + 0.06 * h2 * unit
                if d < edge:
                    crest = max(crest, min(245, int(2.0 * (1.0 - d / edge) * (70 + h1))))
            if crest:
                p0 += ((255 - p0) * crest) >> 8
                p1 += ((228 - p1) * crest) >> 8
                p2 += ((218 - p2) * crest) >> 8
            for e in range(x, min(w, x + step)):
                frame[y, e, 0], frame[y, e, 1], frame[y, e, 2] = p0, p1, p2
            if x and step == 2:
                frame[y, x - 1, 0] = (np.int64(frame[y, x - 2, 0]) + p0) >> 1
                frame[y, x - 1, 1] = (np.int64(frame[y, x - 2, 1]) + p1) >> 1
                frame[y, x - 1, 2] = (np.int64(frame[y, x - 2, 2]) + p2) >> 1
            elif x:
                for c in range(3):
                    b = p0 if c == 0 else (p1 if c == 1 else p2)
                    a = np.int64(frame[y, x - 4, c])
                    frame[y, x - 3, c] = (3 * a + b) >> 2
                    frame[y, x - 2, c] = (a + b) >> 1
                    frame[y, x - 1, c] = (a + 3 * b) >> 2


def repeated(sky: UInt8, w: int) -> UInt8:
    """A sky of 2 * W drawn on to 3 * W + 1."""
    return np.ascontiguousarray(np.concatenate([sky, sky[:, : w + 1]], axis=1))


def scroll_sky(frame: UInt8, sky: UInt8, shift: float) -> None:
    """Paint the top of the frame with a sky that has moved to the left by shift px.

    Args:
        sky: (rows, 3 * W + 1, 3), repeating after 2 * W. Cost: 0.3 ns a byte.
    """
    w = frame.shape[1]
    whole = int(np.floor(shift))
    start, part = whole % (2 * w), shift - whole
    a, b = sky[:, start : start + w], sky[:, start + 1 : start + 1 + w]
    cv2.addWeighted(a, 1 - part, b, part, 0, dst=frame[: len(sky)])


# Cost: 3 ns a pixel between the outlines of the shape.
@kernel()
def lay_swaying(
    frame: Any, alpha: Any, spans: Any, far: Any, y0: int, x0: int, bend: Any, dx: Any, dy: Any,
    r: int, g: int, b: int,
) -> None:  # fmt: skip
    """Lay a silhouette that the wind moves.

    Args:
        alpha: (h, w).
        spans: (h, 2) int32 first and last column that may show anything in a row.
        far: (h, w) distance from the middle that flutters, 1..255: an index into dx and dy; 0 where nothing ever shows.
        bend: (h,) int32 by which a row moves, 1/256 px.
        dx, dy: (256,) int32 by which what lies that far out moves besides, 1/256 px.
    """
    h, w = alpha.shape
    fh, fw = frame.shape[:2]
    for v in range(max(0, -y0), min(h, fh - y0)):
        for u in range(max(0, -x0, spans[v, 0]), min(w, fw - x0, spans[v, 1])):
            q = far[v, u]
            if q == 0:
                continue
            sx, sy = (u << 8) - bend[v] - dx[q], (v << 8) - dy[q]
            iu, iv = sx >> 8, sy >> 8
            if iu < 0 or iv < 0 or iu >= w - 1 or iv >= h - 1:
                continue
            a00, a01 = np.int32(alpha[iv, iu]), np.int32(alpha[iv, iu + 1])
            a10, a11 = np.int32(alpha[iv + 1, iu]), np.int32(alpha[iv + 1, iu + 1])
            if (a00 | a01 | a10 | a11) == 0:
                continue
            fx, fy = np.int32(sx & 255), np.int32(sy & 255)
            a = ((a00 * (256 - fx) + a01 * fx) * (256 - fy) + (a10 * (256 - fx) + a11 * fx) * fy) >> 16
            a += a >> 7
            frame[y0 + v, x0 + u, 0] += ((r - np.int32(frame[y0 + v, x0 + u, 0])) * a) >> 8
            frame[y0 + v, x0 + u, 1] += ((g - np.int32(frame[y0 + v, x0 + u, 1])) * a) >> 8
            frame[y0 + v, x0 + u, 2] += ((b - np.int32(frame[y0 + v, x0 + u, 2])) * a) >> 8
