"""Where a drawn person darkens the floor: an ellipse under each foot, paler the higher the foot is."""

from __future__ import annotations

import numpy as np

from components.core import RIG, Affine, Choreography, Float32

_LONG, _FLAT, _LIFT, _STRENGTH = 0.085, 0.022, 0.10, 0.5
"""Half axes of an ellipse, and the height of a foot at which it casts no contact shadow, in heights of the person."""


def feet_of(choreography: Choreography, heights: Float32, placement: Affine) -> Float32:
    """What the painter "contact_shadow" draws.

    Args:
        choreography: who stands.
        heights: (T,) px of the photo.
        placement: photo px to px of the frame.

    Returns:
        (T, 2, 6) float32 x, y, radius_x, radius_y px of the frame, strength, slope.
    """
    (sx, _, tx), (_, sy, ty) = placement
    out = np.zeros((len(heights), 2, 6), np.float32)
    for i, side in enumerate(("left", "right")):
        sole = choreography.joints[:, [RIG.index(f"{side}_heel"), RIG.index(f"{side}_toe")], :2]
        floor = choreography.root[:, 1]
        lifted = np.maximum(floor - sole[..., 1].max(axis=1), 0) / (_LIFT * heights)
        out[:, i, 0] = sole[..., 0].mean(axis=1) * sx + tx
        out[:, i, 1] = np.maximum(floor, sole[..., 1].max(axis=1)) * sy + ty
        out[:, i, 2], out[:, i, 3] = _LONG * heights * sx, _FLAT * heights * sy
        out[:, i, 4] = _STRENGTH * np.clip(1 - lifted, 0, 1) * choreography.present
    return out
