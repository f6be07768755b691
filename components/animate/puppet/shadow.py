"""Where the performers' feet darken the floor."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from components.core import RIG, Affine, Choreography, Float32, Part, Performer

_SOLE, _BODY = 0.62, 0.30
_HEIGHT = 0.35
"""Torso lengths above the floor at which a foot's shadow is gone by e."""
_LOOK = 0.30
"""A shadow on the floor is seen at a low angle: its height over its width."""


def feet_of(performer: Performer, choreography: Choreography, placement: Affine, length: float) -> Float32:
    """Ellipses of one performer: under the left foot, the right foot, and the body.

    Args:
        performer: its visibility tells whether the photo shows feet at all; without any there is no shadow.
        choreography: where the feet and the floor are.
        placement: photo px to frame px.
        length: px from chest to pelvis in the photo.

    Returns:
        (T, 3, 5) float32 x, y, radius_x, radius_y, strength in px of the frame.
    """
    joints, floor = choreography.joints, choreography.root[:, 1]
    out = np.zeros((len(joints), 3, 5), np.float32)
    legs = {p.name: p for p in performer.parts}
    shown = choreography.present.astype(np.float32)
    shown = gaussian_filter1d(shown, 3.0, mode="nearest") if len(shown) > 1 else shown
    lows, middles, pelvis = [], [], joints[:, RIG.index("pelvis"), 0]
    for i, side in enumerate(("left", "right")):
        leg = legs.get(f"{side}_leg")
        if leg is None or performer.visibility[RIG.index(f"{side}_ankle")] < 0.3:
            continue
        bones = [RIG.index(f"{side}_{j}") for j in ("ankle", "heel", "toe")]
        foot = joints[:, bones, :2]
        sole = _sole(leg, float(performer.joints[bones, 1].max()), length)
        low = foot[..., 1].max(axis=1) + sole
        lows.append(low)
        planted = gaussian_filter1d(choreography.contacts[:, i].astype(np.float32), 2.0, mode="nearest")
        ground = low + (1 - planted) * np.maximum(0.0, floor + sole - low)
        height = np.maximum(0.0, ground - low - 0.03 * length)
        near = np.exp(-height / (_HEIGHT * length))
        half = 0.5 * np.ptp(foot[..., 0], axis=1) + 0.20 * length
        middle = 0.5 * (foot[..., 0].min(axis=1) + foot[..., 0].max(axis=1))
        middles.append(pelvis + near * (middle - pelvis))
        out[:, i, 0] = middle
        out[:, i, 1] = ground - 0.02 * length
        out[:, i, 2] = half * (1.0 + 0.6 * (1 - near))
        out[:, i, 3] = _LOOK * out[:, i, 2]
        out[:, i, 4] = _SOLE * near * shown
    if lows:
        left, right = np.minimum.reduce([pelvis, *middles]), np.maximum.reduce([pelvis, *middles])
        low = np.max(lows, axis=0)
        out[:, 2, 0] = 0.5 * (left + right)
        out[:, 2, 1] = np.max(out[:, :2, 1], axis=1)
        out[:, 2, 2] = 0.5 * (right - left) + 0.55 * length
        out[:, 2, 3] = _LOOK * 0.6 * length
        out[:, 2, 4] = _BODY * np.exp(-0.5 * np.maximum(0.0, out[:, 2, 1] - low) / (_HEIGHT * length)) * shown
    (a, b, x), (c, d, y) = placement
    scale = float(np.sqrt(abs(a * d - b * c)))
    px, py = out[..., 0].copy(), out[..., 1].copy()
    out[..., 0], out[..., 1] = a * px + b * py + x, c * px + d * py + y
    out[..., 2:4] *= scale
    return out


def _sole(leg: Part, joint: float, length: float) -> float:
    """Px by which the drawn shoe reaches below the lowest joint of the foot."""
    rows = np.flatnonzero((np.asarray(leg.texture)[..., 3] > 127).any(axis=1))
    below = float(leg.origin[1] + rows[-1] - joint) if len(rows) else 0.0
    return float(np.clip(below, 0.0, 0.2 * length))
