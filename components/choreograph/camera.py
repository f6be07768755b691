"""What of a dancer's way through the picture is the camera's: a hand-held or panning camera moves the floor as well."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from components.choreograph.smooth import Array, Track

SOLES = np.array([29, 30, 31, 32])
"""MediaPipe's heels and toes."""
REST = 0.08
"""Body heights a second: a slower point of a sole rests on the floor."""
RESTING, BETTER = 0.3, 0.5
"""A camera is still when feet rest at least this share of the time; it is known when they do the second once its motion
is taken away."""
STEADY = 0.12
"""s: a camera does not change its way faster."""


def camera_motion(track: Track, tall: Array) -> Array:
    """The way of the floor through the picture, as the feet tell it.

    A dancer nearly always stands on something. When soles never come to rest although they move together, the picture
    moves: its velocity is the one on which most points of the soles agree.

    Args:
        track: T frames.
        tall: (T,) px: height of the body.

    Returns:
        (T, 2) px, 0 in the first frame; 0 throughout for a still camera, or where feet cannot tell.
    """
    fps = float(track.fps)
    still = np.zeros((len(track.xyz), 2))
    sure = track.visibility[:, SOLES]
    if len(track.xyz) < 10 or np.median(sure) < 0.5:
        return still
    velocity = np.gradient(gaussian_filter1d(track.xyz[:, SOLES, :2], 0.05 * fps, axis=0), 1 / fps, axis=0)
    velocity = velocity / tall[:, None, None]
    if _resting(velocity) >= RESTING:
        return still
    common = np.median(velocity, axis=1)
    for _ in range(12):
        apart = np.linalg.norm(velocity - common[:, None], axis=-1)
        weight = sure * np.exp(-((apart / 0.12) ** 2)) + 1e-3
        total = gaussian_filter1d(weight.sum(1), STEADY * fps, mode="nearest")
        mean = gaussian_filter1d((weight[..., None] * velocity).sum(1), STEADY * fps, axis=0, mode="nearest")
        common = mean / total[:, None]
    rested = _resting(velocity - common[:, None])
    if rested < BETTER or rested < 1.5 * _resting(velocity):
        return still
    way = np.cumsum(common * tall[:, None], axis=0) / fps
    return np.asarray(way - way[0])


def _resting(velocity: Array) -> float:
    """Share of frames in which some point of the soles rests."""
    return float((np.linalg.norm(velocity, axis=-1).min(1) < REST).mean())
