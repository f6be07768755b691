"""Where the hands are: the hull of their landmarks, grown to the skin around it."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, UInt8

FINGERS = tuple(tuple(range(k, k + 4)) for k in (1, 5, 9, 13, 17))
"""Landmarks of each finger, from its root to its tip."""
SKIN_DISTANCE = 20.0
"""Lab distance up to which a pixel has the colour of the hand."""


def hand_mask(rgb: UInt8, alpha: Float32, hand: Float32, origin: Float32) -> Bool | None:
    """Pixels of one hand.

    Args:
        rgb: (H, W, 3) uint8 crop.
        alpha: (H, W) float32 matte.
        hand: (21, 2 or more) photo px, NaN where it was not seen.
        origin: (2,) photo px of the crop's first pixel.

    Returns:
        (H, W) bool, or None for a hand that was not seen or lies off the person.
    """
    import cv2

    if not np.isfinite(hand[:, :2]).all():
        return None
    points = hand[:, :2] - origin
    size = float(np.hypot(*(points[9] - points[0]))) + 0.5 * float(np.hypot(*(points[5] - points[17])))
    size = max(size, 0.4 * float(np.ptp(points, axis=0).max()), 3.0)
    core = np.zeros(alpha.shape, np.uint8)
    palm = points[[0, 1, 5, 9, 13, 17]]
    cv2.fillConvexPoly(core, cv2.convexHull(np.round(palm * 16).astype(np.int32)), 1, cv2.LINE_8, 4)
    thickness = max(1, round(0.16 * size))
    for finger in FINGERS:
        line = np.round(points[[0, *finger]][1:] * 16).astype(np.int32)
        cv2.polylines(core, [line], False, 1, thickness, cv2.LINE_8, 4)
    sure = (core > 0) & (alpha > 0.5)
    if sure.sum() < 8 or sure.sum() < 0.35 * (core > 0).sum():
        return None
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    skin = np.median(lab[sure], axis=0)
    # A hand in shade is the same hand: brightness counts less than colour.
    apart = np.sqrt(((lab - skin) ** 2 * np.array([0.25, 1.0, 1.0], np.float32)).sum(axis=-1))
    reach = max(1, round(0.22 * size))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    around = cv2.dilate(core, kernel) > 0
    grown = (sure | (around & (apart < SKIN_DISTANCE))) & (alpha > 0.3)
    _, pieces = cv2.connectedComponents(grown.astype(np.uint8), connectivity=4)
    touching = np.unique(pieces[sure])
    mask: Bool = np.isin(pieces, touching[touching > 0])
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
    hand_pixels: Bool = closed & (alpha > 0.05)
    return hand_pixels
