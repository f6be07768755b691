"""A screen of one strong colour shines on who stands before it: its light is taken off the person's rim."""

from __future__ import annotations

import numpy as np

from components.core import Float32, UInt8

SCREEN = 64.0
"""8-bit levels by which the screen's channel exceeds the other two; skies, lawns and painted walls stay below."""
AGREED = 0.85
"""Share of what surrounds a person that has to be screen."""


def screen_channel(rgb: UInt8, alpha: Float32, reach: float) -> int | None:
    """1 where a person stands before a green screen, 2 before a blue one, None elsewhere.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32 matte.
        reach: px around the person that are looked at.
    """
    import cv2

    size = 2 * max(1, round(reach)) + 1
    near = cv2.dilate((alpha > 0.5).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0
    # Right at the outline the matte may be off by a few px.
    core = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    around = rgb[near & ~core].astype(np.float32)
    if len(around) < 50:
        return None
    for channel in (1, 2):
        others = around[:, [0, 3 - channel]].max(axis=1)
        if (around[:, channel] - others > SCREEN).mean() > AGREED:
            return channel
    return None


def despill(rgb: UInt8, alpha: Float32, channel: int, depth: float) -> UInt8:
    """Bring the screen's channel down to the stronger of the other two, wholly at the rim and less so further in.

    Args:
        rgb: (H, W, 3) uint8 colours of the person.
        alpha: (H, W) float32 matte.
        channel: of the screen.
        depth: px from the outline inwards at which the colours are as they were.
    """
    import cv2

    inwards = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    amount = np.clip(1.5 - 1.5 * inwards / max(depth, 1.0), 0, 1)
    others = rgb[..., [0, 3 - channel]].max(axis=-1).astype(np.float32)
    spilt = np.maximum(rgb[..., channel] - others, 0)
    out = rgb.copy()
    out[..., channel] = np.round(rgb[..., channel] - amount * spilt)
    return out
