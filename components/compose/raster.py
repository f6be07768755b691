"""Textured triangles and pictures, composited straight into the frame."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from components.core import Float32, Int32, UInt8
from components.core.kernel import kernel

UInt32 = npt.NDArray[np.uint32]


def packed(texture: UInt8, uv: Float32) -> tuple[UInt32, Float32]:
    """A texture as `draw_mesh` wants it: a pixel's four bytes as one number, and room around for every vertex.

    Args:
        texture: (H, W, 4) uint8 premultiplied RGBA.
        uv: (V, 2) float32 texture px.

    Returns:
        (h, w) uint32, red lowest, transparent where the texture was widened; and the uv in it.
    """
    height, width = texture.shape[:2]
    low = np.minimum(np.floor(uv.min(axis=0)), 0.0) - 2
    high = np.maximum(np.ceil(uv.max(axis=0)), (width - 1, height - 1)) + 3
    left, top = int(-low[0]), int(-low[1])
    right, bottom = int(high[0]) - width + 1, int(high[1]) - height + 1
    valid = np.minimum(texture, texture[..., 3:])  # a sum with what lies beneath then never passes 255
    wide = np.pad(valid, ((top, bottom), (left, right), (0, 0)))
    return wide.view("<u4")[..., 0].astype(np.uint32, copy=False), (uv - low).astype(np.float32)


@kernel()
def draw_mesh(
    frame: UInt8, texture: UInt32, uv: Float32, positions: Float32, triangles: Int32, opacity: int, bounds: Int32
) -> None:
    """Composite a textured mesh into the frame: scanlines, bilinear, premultiplied; about 5 ns a covered pixel.

    A pixel belongs to the triangle that holds its centre; on a shared edge to exactly one (the intersection of an
    edge with a scanline is computed from its vertices in one fixed order), so that soft pixels are blended once.

    Args:
        frame: (H, W, 3) uint8, changed in place.
        texture: (h, w) uint32 and
        uv: (V, 2) float32 of `packed`.
        positions: (V, 2) float32 px of the frame.
        triangles: (F, 3) int32.
        opacity: 0..256.
        bounds: (4,) int32 x0, y0, x1, y1 (ends excluded): widened to hold what was drawn.
    """
    height, width = frame.shape[0], frame.shape[1]
    stride = texture.shape[1]
    texels = texture.ravel()
    pixels = frame.ravel()
    one, two, three, below = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(stride)
    low = 0x00FF00FF
    for f in range(triangles.shape[0]):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        ax, ay = float(positions[a, 0]), float(positions[a, 1])
        bx, by = float(positions[b, 0]), float(positions[b, 1])
        cx, cy = float(positions[c, 0]), float(positions[c, 1])
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if not abs(area) > 1e-6:
            continue
        top = max(0, math.ceil(min(ay, by, cy)))
        end = min(height, math.ceil(max(ay, by, cy)))
        if top >= end or max(ax, bx, cx) < 0 or min(ax, bx, cx) > width - 1:
            continue
        ua, va = float(uv[a, 0]), float(uv[a, 1])
        ub, vb = float(uv[b, 0]) - ua, float(uv[b, 1]) - va
        uc, vc = float(uv[c, 0]) - ua, float(uv[c, 1]) - va
        # Texture px per frame px, constant over the triangle.
        dudx = (ub * (cy - ay) - uc * (by - ay)) / area
        dudy = (uc * (bx - ax) - ub * (cx - ax)) / area
        dvdx = (vb * (cy - ay) - vc * (by - ay)) / area
        dvdy = (vc * (bx - ax) - vb * (cx - ax)) / area
        step_u, step_v = int(dudx * 65536.0), int(dvdx * 65536.0)
        # Corners from top to bottom, ties from left to right: the same order whichever triangle an edge belongs to.
        px, py, qx, qy, rx, ry = ax, ay, bx, by, cx, cy
        if qy < py or (qy == py and qx < px):
            px, py, qx, qy = qx, qy, px, py
        if ry < qy or (ry == qy and rx < qx):
            qx, qy, rx, ry = rx, ry, qx, qy
            if qy < py or (qy == py and qx < px):
                px, py, qx, qy = qx, qy, px, py
        long_slope = (rx - px) / (ry - py)
        upper_slope = (qx - px) / (qy - py) if qy > py else 0.0
        lower_slope = (rx - qx) / (ry - qy) if ry > qy else 0.0
        for y in range(top, end):
            left = px + long_slope * (y - py)
            right = px + upper_slope * (y - py) if y < qy else qx + lower_slope * (y - qy)
            if left > right:
                left, right = right, left
            x0 = max(0, math.ceil(left))
            x1 = min(width, math.ceil(right))
            if x0 >= x1:
                continue
            u = int((ua + dudx * (x0 - ax) + dudy * (y - ay)) * 65536.0)
            v = int((va + dvdx * (x0 - ax) + dvdy * (y - ay)) * 65536.0)
            if x0 < bounds[0]:
                bounds[0] = x0
            if x1 > bounds[2]:
                bounds[2] = x1
            if y < bounds[1]:
                bounds[1] = y
            if y >= bounds[3]:
                bounds[3] = y + 1
            pixel = np.uint64((y * width + x0) * 3)
            for _ in range(x0, x1):
                at = np.uint64((v >> 16) * stride + (u >> 16))
                fu, fv = (u >> 8) & 255, (v >> 8) & 255
                here = pixel
                u += step_u
                v += step_v
                pixel += three
                p00, p01 = np.int64(texels[at]), np.int64(texels[at + one])
                p10, p11 = np.int64(texels[at + below]), np.int64(texels[at + below + one])
                if (p00 | p01 | p10 | p11) == 0:
                    continue
                w11 = (fu * fv) >> 8
                w01, w10 = fu - w11, fv - w11
                w00 = 256 - fu - fv + w11
                # Two channels share one number: 255 * 256 fits in the 16 bits that each has.
                rb = (p00 & low) * w00 + (p01 & low) * w01 + (p10 & low) * w10 + (p11 & low) * w11
                ga = ((p00 >> 8) & low) * w00 + ((p01 >> 8) & low) * w01
                ga += ((p10 >> 8) & low) * w10 + ((p11 >> 8) & low) * w11
                r, g, b_, al = (rb >> 8) & 255, (ga >> 8) & 255, rb >> 24, ga >> 24
                if opacity != 256:
                    r, g, b_, al = (r * opacity) >> 8, (g * opacity) >> 8, (b_ * opacity) >> 8, (al * opacity) >> 8
                if al < 254:
                    # ((n + 128) * 257) >> 16 is n / 255 rounded.
                    rest = 255 - al
                    r = r + (((np.int64(pixels[here]) * rest + 128) * 257) >> 16)
                    g = g + (((np.int64(pixels[here + one]) * rest + 128) * 257) >> 16)
                    b_ = b_ + (((np.int64(pixels[here + two]) * rest + 128) * 257) >> 16)
                pixels[here] = r
                pixels[here + one] = g
                pixels[here + two] = b_


@kernel()
def blend(frame: UInt8, picture: UInt8) -> None:
    """Composite a premultiplied RGBA picture of the frame's size into the frame.

    Args:
        frame: (H, W, 3) uint8, changed in place.
        picture: (H, W, 4) uint8.
    """
    for y in range(frame.shape[0]):
        for x in range(frame.shape[1]):
            alpha = np.int64(picture[y, x, 3])
            if alpha == 255:
                for c in range(3):
                    frame[y, x, c] = picture[y, x, c]
            elif alpha > 0:
                for c in range(3):
                    below = ((np.int64(frame[y, x, c]) * (255 - alpha) + 128) * 257) >> 16
                    frame[y, x, c] = picture[y, x, c] + below
