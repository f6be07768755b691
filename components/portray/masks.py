"""Masks of a layer: grown, rounded, freed of what is too thin to be a body."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32
from components.portray.anatomy import Anatomy, capsule

THIN = 0.035
"""Torso lengths: half of what is too thin to be part of a trunk or limb."""


def smoothed(mask: Bool, sigma: float) -> Float32:
    """A mask with rounded, antialiased contours."""
    import cv2

    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.6))
    out: Float32 = np.clip((soft - 0.5) * max(1.2 * sigma, 1.05) + 0.5, 0, 1).astype(np.float32)
    return out


def dilated(mask: Bool, radius: float) -> Bool:
    import cv2

    r = max(1, round(radius))
    out: Bool = cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1,) * 2)) > 0
    return out


def opened(mask: Bool, radius: float) -> Bool:
    """A mask without what is thinner than twice the radius."""
    import cv2

    r = max(1, round(radius))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1,) * 2)
    out: Bool = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    return out


def trimmed(alpha: Float32, name: str, body: Anatomy, origin: Float32) -> Float32:
    """A layer without spikes: scraps of a neighbour, corners of a cut, a strap that passes behind.

    Hair, fingers and shoes are thin by nature and stay, and so does the cloth between the thighs.

    Args:
        alpha: (H, W) float32 of the layer.
        name: of the part.
        body: proportions.
        origin: (2,) photo px of the layer's first pixel.
    """
    if name == "head":
        return alpha
    solid = opened(alpha > 0.5, THIN * body.torso)
    kept = dilated(solid, 0.4 * THIN * body.torso)
    if name == "torso":
        down = body.pelvis - body.chest
        seat = np.stack([body.pelvis, body.pelvis + 0.3 * down]).astype(np.float32)
        kept |= capsule(seat, np.full(2, 0.2 * body.torso, np.float32), alpha.shape, origin)
    else:
        chain, width = body.chain(name), body.arm if name.endswith("arm") else body.leg
        tip = chain[2] + (chain[3] - chain[2]) * 2.2
        ends = np.stack([chain[2] + (chain[1] - chain[2]) * 0.1, chain[2], chain[3], tip])
        kept |= capsule(ends, np.full(4, 1.8 * width, np.float32), alpha.shape, origin)
    return np.asarray(alpha * smoothed(kept, 0.006 * body.torso), np.float32)


def holes(mask: Bool, most: float) -> Bool:
    """Gaps enclosed by a mask, up to an area in px."""
    import cv2

    _, pieces, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    small = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < most)
    return np.isin(pieces, small[small > 0])
