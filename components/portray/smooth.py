"""Smooth completion: colours that fade from what is known into what is not."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32
from components.core.kernel import kernel


def smooth_fill(image: Float32, known: Bool) -> Float32:
    """Fill what is unknown smoothly from what is known (pull-push: Gortler et al., 1996).

    Args:
        image: (H, W, C) float32.
        known: (H, W) bool.
    """
    import cv2

    if known.all() or not known.any():
        return image.copy()
    weights = known.astype(np.float32)
    levels = [(image * weights[..., None], weights)]
    while min(levels[-1][1].shape) > 1 and levels[-1][1].min() < 0.5:
        colour, weight = levels[-1]
        size = (max(1, (weight.shape[1] + 1) // 2), max(1, (weight.shape[0] + 1) // 2))
        levels.append(
            (
                cv2.resize(colour, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], image.shape[2]),
                cv2.resize(weight, size, interpolation=cv2.INTER_AREA).reshape(size[::-1]),
            )
        )
    colour, weight = levels[-1]
    mean = levels[0][0].sum(axis=(0, 1)) / max(float(levels[0][1].sum()), 1e-6)
    filled = np.where(weight[..., None] > 1e-6, colour / np.maximum(weight, 1e-6)[..., None], mean)
    for colour, weight in reversed(levels[:-1]):
        up = cv2.resize(filled.astype(np.float32), weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        up = up.reshape(*weight.shape, image.shape[2])
        own = np.clip(weight * 2, 0, 1)[..., None]
        filled = up * (1 - own) + own * colour / np.maximum(weight, 1e-6)[..., None]
    out: Float32 = np.where(known[..., None], image, filled).astype(np.float32)
    return out


@kernel()
def _between(image: Float32, known: Bool, lean: float, out: Float32) -> None:
    """Fill each unknown pixel from the nearest known ones left, right, above and below. Cost: a few sweeps."""
    height, width = known.shape
    weight = np.zeros((height, width), np.float32)
    for direction in range(4):
        outer, inner = (height, width) if direction < 2 else (width, height)
        power = 1.0 if direction < 2 else lean
        for i in range(outer):
            last, distance = -1, 0
            for n in range(inner):
                j = n if direction % 2 == 0 else inner - 1 - n
                y, x = (i, j) if direction < 2 else (j, i)
                if known[y, x]:
                    last, distance = j, 0
                    continue
                if last < 0:
                    continue
                distance += 1
                v, u = (i, last) if direction < 2 else (last, i)
                w = power / (distance * distance)
                weight[y, x] += w
                for c in range(3):
                    out[y, x, c] += w * image[v, u, c]
    for y in range(height):
        for x in range(width):
            if known[y, x] or weight[y, x] == 0:
                for c in range(3):
                    out[y, x, c] = image[y, x, c]
            else:
                for c in range(3):
                    out[y, x, c] /= weight[y, x]


def level_fill(image: Float32, known: Bool, blur: float, lean: float = 0.1) -> Float32:
    """Fill mostly sideways: floors, horizons, skies and walls go on behind a person at the same height.

    Args:
        image: (H, W, 3) float32.
        known: (H, W) bool.
        blur: px over which the known colours are averaged first, so that no pixel draws a streak.
        lean: weight of above and below against left and right.

    Returns:
        (H, W, 3) float32: known pixels averaged, the others completed.
    """
    import cv2

    weight = known.astype(np.float32)
    share = cv2.GaussianBlur(weight, (0, 0), blur)
    soft = cv2.GaussianBlur(image * weight[..., None], (0, 0), blur) / np.maximum(share, 1e-4)[..., None]
    out = np.zeros_like(image)
    _between(np.ascontiguousarray(soft, dtype=np.float32), known, lean, out)
    filled = cv2.GaussianBlur(out, (0, 0), 1.5 * blur)
    result: Float32 = np.where(known[..., None], soft, filled).astype(np.float32)
    return result
