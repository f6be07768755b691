"""A limb is in one piece: what lies between two pieces of it is limb, whatever it looks like."""

from __future__ import annotations

import itertools

import numpy as np

from components.core import Bool, Float32
from components.portray.anatomy import capsule

_SAMPLES = 64


def bridge(chain: Float32, radii: Float32, seen: Bool, origin: Float32) -> Bool:
    """The stretches of a limb that are not seen although it is seen both before and after them.

    A sleeve before a shirt of the same cloth is taken for the shirt; without it the hand would fly by itself.

    Args:
        chain: (N, 2) photo px of the limb's joints.
        radii: (N,) px of half its width there.
        seen: (H, W) where the limb is seen.
        origin: (2,) photo px of the mask's first pixel.

    Returns:
        (H, W) bool.
    """
    steps = np.linspace(0, 1, _SAMPLES, endpoint=False)
    points = np.concatenate([a + steps[:, None] * (b - a) for a, b in itertools.pairwise(chain)]).astype(np.float32)
    wide = np.concatenate([a + steps * (b - a) for a, b in itertools.pairwise(radii)]).astype(np.float32)
    x, y = np.round(points - origin).astype(int).T
    height, width = seen.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    there = inside & seen[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    out = np.zeros(seen.shape, bool)
    known = np.flatnonzero(there)
    for a, b in itertools.pairwise(known):
        if b - a > 1:
            along = np.append(np.arange(int(a), int(b), max(1, int(b - a) // 8)), b)
            out |= capsule(points[along], wide[along], seen.shape, origin)
    return np.asarray(out & ~seen)
