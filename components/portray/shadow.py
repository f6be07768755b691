"""The shadows that people cast on the floor: they leave with the people."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, UInt8
from components.portray.anatomy import SIDES, Anatomy, J

WORKING = 540
"""Long side in px of the picture in which shadows are looked for."""
DARKER = (0.9, 0.82, 0.72, 0.6)
"""Share of the floor's lightness below which something is a shadow; the first that sets it apart counts."""
SUN = 0.65
"""A shadow in the sun is darker than this."""
REACH = 2.2
"""Torso lengths that a shadow reaches to either side."""
EDGE = 0.12
"""Torso lengths of a shadow's outline that may lie where the search for it ends."""
MOST = 0.8
"""Area of a person's shadow in squared torso lengths, at most."""
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
    grown = cv2.dilate(found.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    full: Bool = cv2.resize(grown.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.3
    return full


def _of_one(lab: Float32, hole: Bool, body: Anatomy, scale: float) -> Bool:
    import cv2

    height, width = hole.shape
    torso = body.torso * scale
    feet = [body.xy[J[f"{side}_{j}"]] * scale for side in SIDES for j in ("ankle", "heel", "foot_index")]
    feet = [f for f in feet if 0 <= f[0] < width and 0 <= f[1] < height]
    if not feet:
        return np.zeros(hole.shape, bool)
    points = np.stack(feet)
    low, high = points.min(axis=0), points.max(axis=0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rim, touch = np.zeros(hole.shape, bool), np.zeros(hole.shape, bool)
    for f in points:
        away = (x - f[0]) ** 2 + (2.1 * (y - f[1])) ** 2
        rim |= away < (0.15 * torso) ** 2
        touch |= away < (0.3 * torso) ** 2
    near = (x > low[0] - REACH * torso) & (x < high[0] + REACH * torso) & ~hole
    below = near & (y > low[1] - 0.5 * torso) & (y < high[1] + 0.8 * torso)
    inner = np.zeros(hole.shape, bool)
    inner[1:-1, 1:-1] = True
    if below.sum() < 30:
        return rim
    share, apart = _against_rows(lab, below, 0.03 * torso)
    for darker in DARKER:
        dark = below & (share < darker) & (apart < (1.3 if darker < SUN else 1.0) * TINT)
        clear = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        _, pieces = cv2.connectedComponents(clear, connectivity=8)
        near_feet = np.unique(pieces[touch & (clear > 0)])
        shadow = np.isin(pieces, near_feet[near_feet > 0])
        # What is larger than a person's shadow, or goes on past where it is looked for, is a floor or a house's.
        beyond = shadow & (cv2.dilate((~below & ~hole & inner).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
        if shadow.sum() < MOST * torso * torso and beyond.sum() < EDGE * torso:
            return rim | shadow
    return rim


def _against_rows(lab: Float32, floor: Bool, blur: float) -> tuple[Float32, Float32]:
    """Lightness as a share of what the floor of the same rows has, and distance of the colour, lightness left out.

    Rows are compared with themselves: floors grow lighter or darker with distance, and away from lamps.
    """
    import cv2

    usual = np.zeros((lab.shape[0], 1, 4), np.float32)
    for row in np.flatnonzero(floor.any(axis=1)):
        seen = lab[row, floor[row]]
        usual[row, 0, :3] = np.median(seen[seen[:, 0] >= np.percentile(seen[:, 0], 40)], axis=0)
        usual[row, 0, 3] = len(seen)
    weight = usual[..., 3:]
    summed = cv2.GaussianBlur(np.concatenate([usual[..., :3] * weight, weight], axis=-1), (0, 0), max(blur, 1.0))
    usual = summed[..., :3].reshape(-1, 1, 3) / np.maximum(summed[..., 3].reshape(-1, 1, 1), 1e-3)
    share: Float32 = lab[..., 0] / np.maximum(usual[..., 0], 1.0)
    apart: Float32 = np.hypot(lab[..., 1] - usual[..., 1], lab[..., 2] - usual[..., 2])
    return share, apart
