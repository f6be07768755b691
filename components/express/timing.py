"""Signals over time: gaps bridged, smoothed without delay, sampled at the frames of the video."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

BRIDGE = 0.5
"""Seconds without a face that are bridged in a straight line."""
EASE = 0.35
"""Seconds in which a face that is lost for longer comes to rest."""


def smoothstep(value: npt.ArrayLike, low: float, high: float) -> Float:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((np.asarray(value, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


def fill(values: Float, known: Bool) -> Float:
    """Values between known frames on a straight line, and held before the first and after the last.

    Args:
        values: (T, ...) anything in unknown frames.
        known: (T,) at least one true.
    """
    t = np.arange(len(values))
    at = np.flatnonzero(known)
    flat = values.reshape(len(values), -1)
    filled = np.stack([np.interp(t, at, flat[at, i]) for i in range(flat.shape[1])], axis=1)
    return filled.reshape(values.shape)


def trust_in_gaps(known: Bool, fps: float) -> Float:
    """(T,) 1 where the face is known or a gap is short, easing to 0 within long gaps, at both of their ends."""
    at = np.flatnonzero(known)
    t = np.arange(len(known))
    after = np.searchsorted(at, t)
    previous = np.where(after > 0, at[np.maximum(after - 1, 0)], -(10**9))
    following = np.where(after < len(at), at[np.minimum(after, len(at) - 1)], 10**9)
    short = (following - previous - 1) <= BRIDGE * fps
    distance = np.minimum(t - previous, following - t) / fps
    eased = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / EASE, 0.0, 1.0))
    return np.where(known | short, 1.0, eased)


def smooth(values: Float, sigma: float) -> Float:
    """Gaussian along the first axis, sigma in frames: no delay, as the whole clip is known."""
    from scipy.ndimage import gaussian_filter1d

    if sigma <= 0 or len(values) < 2:
        return values
    return np.asarray(gaussian_filter1d(values, sigma, axis=0, mode="nearest"))


def resample(values: Float, fps: float, frames: int, out_fps: float) -> Float:
    """(T, ...) at `fps` to (frames, ...) at `out_fps`, frame 0 at the same moment; held past the end."""
    at = np.arange(frames) * (fps / out_fps)
    low = np.clip(np.floor(at).astype(np.int64), 0, len(values) - 1)
    high = np.minimum(low + 1, len(values) - 1)
    part = np.clip(at - low, 0.0, 1.0).reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray(values[low] * (1 - part) + values[high] * part)
