"""The photo without its people: what stood behind them, painted from what stands around them."""

from __future__ import annotations

import numpy as np

from components.core import Bool, UInt8
from components.portray.anatomy import Anatomy, capsule
from components.portray.montage import montage_fill
from components.portray.shadow import cast_shadows


def clean_plate(rgb: UInt8, people: Bool, bodies: list[Anatomy]) -> tuple[UInt8, Bool]:
    """Take people and their shadows out of a photo.

    Args:
        rgb: (H, W, 3) uint8.
        people: (H, W) bool: every pixel that shows, even faintly, a person.
        bodies: their proportions.

    Returns:
        (H, W, 3) uint8, equal to the photo outside the second: (H, W) bool of what was painted.
    """
    import cv2

    rows = np.flatnonzero(people.any(axis=1))
    if not len(rows):
        return rgb.copy(), people
    radius = max(2, round(0.02 * (rows[-1] - rows[0])))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    hole = cv2.dilate(people.astype(np.uint8), kernel) > 0
    for body in bodies:  # strands of hair that no matte holds
        crown = body.skull + (body.skull - body.chest) * 0.15
        hole |= capsule(crown[None], np.full(1, 0.36 * body.torso, np.float32), people.shape, np.zeros(2, np.float32))
    hole |= cast_shadows(rgb, people, bodies)
    return montage_fill(rgb, hole), hole
