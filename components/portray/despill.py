"""Before a screen of one strong colour: what is screen is not person, and its light is taken off the person's rim."""

from __future__ import annotations

import numpy as np

from components.core import Bool, Float32, UInt8

SCREEN = 64.0
"""8-bit levels by which the screen's channel exceeds the other two; skies, lawns and painted walls stay below."""
AGREED = 0.85
"""Share of what surrounds a person that has to be screen."""
SPILT, SCREENED = 0.3, 0.7
"""Share of the screen's strength up to which a pixel is person with its light on it, and from which it is screen."""
DEEP, MOSTLY, BETWEEN = 0.1, 90, 0.05
"""Torso lengths inside the matte from which nearly all (percentile) is person and not a gap, whose own colours count as
its light as well; and the share that is left free above them."""


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
    around = _around(rgb, alpha, near)
    if len(around) < 50:
        return None
    for channel in (1, 2):
        others = around[:, [0, 3 - channel]].max(axis=1)
        if (around[:, channel] - others > SCREEN).mean() > AGREED:
            return channel
    return None


def _around(rgb: UInt8, alpha: Float32, near: Bool) -> Float32:
    """(N, 3) colours outside the outline, right at which the matte may be off by a few px."""
    import cv2

    core = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.asarray(rgb[near & ~core], np.float32)


def keyed(rgb: UInt8, alpha: Float32, channel: int, torso: float) -> Float32:
    """The matte without what is screen: a rim of it, and what is seen of it between an arm and the body.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32 matte.
        channel: of the screen.
        torso: px.

    Returns:
        (H, W) float32, nowhere more than alpha; alpha itself for somebody who wears the screen's colour.
    """
    import cv2

    def strength(colours: Float32) -> Float32:
        return np.asarray(colours[..., channel] - colours[..., [0, 3 - channel]].max(axis=-1), np.float32)

    around = _around(rgb, alpha, np.ones(alpha.shape, np.bool_))
    # Video keeps colour at half its size: without this the edge shows its squares.
    share = strength(cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), 1.0)) / max(
        float(np.median(strength(around))), 1.0
    )
    inwards = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    deep = share[inwards > DEEP * torso]
    lit = max(SPILT, float(np.percentile(deep, MOSTLY)) + BETWEEN) if len(deep) else SPILT
    if lit >= SCREENED:
        return alpha
    t = np.clip((share - lit) / (max(SCREENED, min(lit + 0.3, 0.9)) - lit), 0, 1)
    return np.asarray(alpha * (1 - t * t * (3 - 2 * t)), np.float32)


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
