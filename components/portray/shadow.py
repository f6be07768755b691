"""The shadows that people cast on the floor: they leave with the people."""

from __future__ import annotations

import numpy as np

from components.core import Bool, UInt8
from components.portray.anatomy import SIDES, Anatomy, J

WORKING = 540
"""Long side in px of the picture in which shadows are looked for."""
DARKER = 0.82
"""A shadow has at most this share of the floor's lightness."""
SUN = 0.6
"""The same for a shadow in the sun, which may reach far."""
TINT = 12.0
"""Lab distance in colour, lightness left out, that a shadow may have from the floor; in the sun a little more, for
there the sky lights it."""


def cast_shadows(rgb: UInt8, people: Bool, bodies: list[Anatomy]) -> Bool:
    """Floor that is darker than the floor around it and hangs together with somebody's feet.

    Args:
        rgb: (H, W, 3) uint8 photo.
        people: (H, W) bool: every pixel that shows a person.
        bodies: proportions of each person.

    Returns:
        (H, W) bool; a narrow rim around the soles is always part of it.
    """
    import cv2

    height, width = people.shape
    scale = min(1.0, WORKING / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    lab = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.0)
    hole = cv2.resize(people.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.02
    hole = cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    found = np.zeros(hole.shape, bool)
    for body in bodies:
        found |= _of_one(lab, hole, body, scale)
    grown = cv2.dilate(found.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    full: Bool = cv2.resize(grown.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.3
    return full


def _of_one(lab: np.ndarray, hole: Bool, body: Anatomy, scale: float) -> Bool:  # type: ignore[type-arg]
    import cv2

    height, width = hole.shape
    torso = body.torso * scale
    feet = [body.xy[J[f"{side}_{j}"]] * scale for side in SIDES for j in ("ankle", "heel", "foot_index")]
    feet = [f for f in feet if 0 <= f[0] < width and 0 <= f[1] < height]
    out = np.zeros(hole.shape, bool)
    if not feet:
        return out
    points = np.stack(feet)
    low, high = points.min(axis=0), points.max(axis=0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rim = np.zeros(hole.shape, bool)
    for f in points:
        rim |= ((x - f[0]) / (0.15 * torso)) ** 2 + ((y - f[1]) / (0.07 * torso)) ** 2 < 1
    near = (x > low[0] - 1.2 * torso) & (x < high[0] + 1.2 * torso)
    near &= (y > low[1] - 0.3 * torso) & (y < high[1] + 0.6 * torso) & ~hole
    if near.sum() < 30:
        return rim
    lightness = lab[..., 0]
    floor = near & (lightness >= np.percentile(lightness[near], 45))
    light, tint = float(np.median(lightness[floor])), np.median(lab[floor][:, 1:], axis=0)
    apart = np.hypot(lab[..., 1] - tint[0], lab[..., 2] - tint[1])
    away = cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, 5)
    below = ~hole & (y > low[1] - 0.15 * torso)
    soft = below & (lightness < DARKER * light) & (away < 0.22 * torso) & (apart < TINT)
    hard = below & (lightness < SUN * light) & (away < 1.3 * torso) & (apart < 1.3 * TINT)
    touch = cv2.dilate(rim.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    for dark, most in ((soft, 0.4), (hard, 0.8)):
        clear = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(clear, connectivity=8)
        for k in np.unique(pieces[touch & (clear > 0)]):
            # More than one person's shadow is a dark floor, a kerb, or the shadow of a house.
            if stats[k, cv2.CC_STAT_AREA] < most * torso * torso:
                out |= pieces == k
    return out | rim
