"""Soft edges: edge-aware filtering, and the true colour of half transparent pixels."""

from __future__ import annotations

import numpy as np

from components.core import Float32, UInt8
from components.core.kernel import kernel


def guided_filter(guide: Float32, values: Float32, radius: int, epsilon: float) -> Float32:
    """Smooth a map while keeping it aligned with the edges of a colour picture (He, Sun, Tang, 2013).

    Args:
        guide: (H, W, 3) float32 0..1.
        values: (H, W) or (H, W, K) float32.
        radius: px of the window.
        epsilon: variance of colour below which the window counts as flat.

    Returns:
        float32 of the shape of `values`.
    """
    import cv2

    size = (2 * radius + 1, 2 * radius + 1)

    def mean(a: Float32) -> Float32:
        out: Float32 = cv2.boxFilter(a, -1, size, borderType=cv2.BORDER_REFLECT)
        return out

    m = mean(guide)
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    products = np.stack([guide[..., a] * guide[..., b] for a, b in pairs[:4]], axis=-1)
    second = np.stack([guide[..., a] * guide[..., b] for a, b in pairs[4:]], axis=-1)
    moments = np.concatenate([mean(products), mean(second)], axis=-1)
    c = [moments[..., k] - m[..., a] * m[..., b] for k, (a, b) in enumerate(pairs)]
    rr, rg, rb, gg, gb, bb = c[0] + epsilon, c[1], c[2], c[3] + epsilon, c[4], c[5] + epsilon
    i_rr, i_rg, i_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    i_gg, i_gb, i_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    inverse = 1.0 / (i_rr * rr + i_rg * rg + i_rb * rb)
    planes = values[..., None] if values.ndim == 2 else values
    out = np.empty_like(planes)
    for k in range(planes.shape[-1]):
        p = np.ascontiguousarray(planes[..., k])
        mp = mean(p)
        cov = mean(guide * p[..., None]) - m * mp[..., None]
        r, g, b = cov[..., 0], cov[..., 1], cov[..., 2]
        a = np.stack(
            [
                (i_rr * r + i_rg * g + i_rb * b) * inverse,
                (i_rg * r + i_gg * g + i_gb * b) * inverse,
                (i_rb * r + i_gb * g + i_bb * b) * inverse,
            ],
            axis=-1,
        )
        offset = mean(mp - (a * m).sum(axis=-1))
        out[..., k] = (mean(a) * guide).sum(axis=-1) + offset
    return out[..., 0] if values.ndim == 2 else out


@kernel()
def _relax(image: Float32, alpha: Float32, front: Float32, back: Float32, rounds: int) -> None:
    """Gauss-Seidel sweeps of Germer et al. (2020), eq. 5, in place. Cost: pixels x 4 neighbours x rounds."""
    height, width = alpha.shape
    regularise, gradient = 1e-5, 1.0
    for _ in range(rounds):
        for y in range(height):
            for x in range(width):
                a = alpha[y, x]
                a11, a12, a22 = a * a, a * (1.0 - a), (1.0 - a) * (1.0 - a)
                f0, f1, f2, b0, b1, b2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
                total = 0.0
                for k in range(4):
                    yy = y + (k == 0) - (k == 1)
                    xx = x + (k == 2) - (k == 3)
                    if yy < 0 or yy >= height or xx < 0 or xx >= width:
                        continue
                    w = regularise + gradient * abs(a - alpha[yy, xx])
                    total += w
                    f0 += w * front[yy, xx, 0]
                    f1 += w * front[yy, xx, 1]
                    f2 += w * front[yy, xx, 2]
                    b0 += w * back[yy, xx, 0]
                    b1 += w * back[yy, xx, 1]
                    b2 += w * back[yy, xx, 2]
                if total == 0.0:  # a single pixel: what is front and what is back cannot be told apart
                    continue
                a11 += total
                a22 += total
                inverse = 1.0 / (a11 * a22 - a12 * a12)
                for c in range(3):
                    i = image[y, x, c]
                    fs = f0 if c == 0 else (f1 if c == 1 else f2)
                    bs = b0 if c == 0 else (b1 if c == 1 else b2)
                    u, v = a * i + fs, (1.0 - a) * i + bs
                    front[y, x, c] = min(1.0, max(0.0, (a22 * u - a12 * v) * inverse))
                    back[y, x, c] = min(1.0, max(0.0, (a11 * v - a12 * u) * inverse))


def estimate_foreground(rgb: UInt8, alpha: Float32) -> UInt8:
    """The colour that a layer has by itself at its soft edges, freed of what lies behind it.

    Multi-level estimation of Germer, Uelwer, Conrad, Harmeling (2020): solved from coarse to fine, so that colours
    also reach far out beneath pixels of alpha 0.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32 0..1.

    Returns:
        (H, W, 3) uint8, not premultiplied.
    """
    import cv2

    height, width = alpha.shape
    image = rgb.astype(np.float32) / 255.0
    levels = int(np.ceil(np.log2(max(height, width, 2))))
    solid = alpha[..., None] > 0.9
    count = max(int(solid.sum()), 1)
    front = np.broadcast_to((image * solid).sum(axis=(0, 1)) / count, (1, 1, 3)).astype(np.float32).copy()
    back = image.mean(axis=(0, 1), keepdims=True).astype(np.float32)
    for level in range(levels + 1):
        size = (
            max(1, round(width ** (level / levels))) if level < levels else width,
            max(1, round(height ** (level / levels))) if level < levels else height,
        )
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        small_alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        front = np.ascontiguousarray(cv2.resize(front, size, interpolation=cv2.INTER_NEAREST)).reshape(*size[::-1], 3)
        back = np.ascontiguousarray(cv2.resize(back, size, interpolation=cv2.INTER_NEAREST)).reshape(*size[::-1], 3)
        rounds = 10 if max(size) <= 32 else 2
        _relax(small.reshape(*size[::-1], 3), small_alpha.reshape(size[::-1]), front, back, rounds)
    return np.round(front * 255.0).astype(np.uint8)
