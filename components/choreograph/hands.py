"""Fingers of the dancer in the performer's size."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from components.choreograph.proportions import BONES
from components.choreograph.smooth import Array
from components.core import RIG, PoseTrack

BRIDGE = 0.4
"""s: fingers are guessed through shorter gaps."""
_SMOOTH = 0.045
_FOREARM = BONES.index((RIG.index("left_elbow"), RIG.index("left_wrist")))


def hands_on(pose: PoseTrack, fps: float, frames: int, ratio: Array, bones: Array, true: Array) -> Array:
    """Finger landmarks about their wrists in the performer's size.

    Args:
        pose: as perceived, with hands.
        fps, frames: of the video.
        ratio: (T,) px of the performer a metre of the dancer.
        bones: (21,) px of the performer.
        true: (21,) m of the dancer.

    Returns:
        (T, 2, 21, 2) px, NaN where a hand was not seen.
    """
    out = np.full((frames, 2, 21, 2), np.nan)
    if pose.hands is None:
        return out
    source = float(pose.fps)
    at = np.minimum(np.arange(frames) / fps * source, len(pose.present) - 1)
    for side in (0, 1):
        about = (pose.hands[:, side, :, :2] - pose.hands[:, side, :1, :2]).astype(np.float64).reshape(-1, 42)
        seen = np.flatnonzero(np.isfinite(about).all(1))
        if not len(seen):
            continue
        after = np.searchsorted(seen, at)
        before = np.clip(
            np.where((after < len(seen)) & (seen[np.minimum(after, len(seen) - 1)] <= at), after, after - 1), 0, None
        )
        after = np.minimum(after, len(seen) - 1)
        a, b = seen[before], seen[after]
        part = np.clip((at - a) / np.maximum(b - a, 1e-9), 0, 1)[:, None]
        known = np.where(a == b, np.abs(at - a) <= 0.5, (b - a) / source <= BRIDGE)
        value = np.where(known[:, None], about[a] * (1 - part) + about[b] * part, 0.0)
        sigma = _SMOOTH * fps
        weight = gaussian_filter1d(known.astype(float), sigma, mode="nearest")[:, None]
        value = gaussian_filter1d(value, sigma, axis=0, mode="nearest") / np.maximum(weight, 1e-6)
        value[~known] = np.nan
        out[:, side] = (value * ratio[:, None]).reshape(frames, 21, 2)
    return np.asarray(out * (bones[_FOREARM] / true[_FOREARM]))
