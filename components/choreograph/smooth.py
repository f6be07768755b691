"""A clean, gapless track at the video's frame rate: outliers dropped, gaps bridged, jitter smoothed without lag.

The clip is known to its end, so every filter here is zero-phase: it looks ahead as far as it looks back.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.linalg import solveh_banded

from components.core import PoseTrack

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BRIDGE = 0.7
"""s: a shorter gap is bridged by a smooth way; a longer one is held still."""
CUTOFF = 5.5
"""Hz at which the smoothing halves a movement of a well-seen joint; fast hits of a dancer lie below it."""
CLEAREST, NOISY = 12.0, 0.002
"""Hz for a track without noise, and the noise (share of the body's height a frame) from which CUTOFF holds: what pose
networks have on video."""
SURE = 0.65
"""A joint of this visibility is trusted fully."""
SPLINE_FPS = 15.0
"""Below this frame rate movements are joined by a monotone cubic, which cannot overshoot."""
_COLUMNS = 18
"""Coordinates that are resampled at once."""


@dataclass(frozen=True)
class Sight:
    """When a dancer is seen, and how well.

    Attributes:
        present: (T,) bool: false in gaps too long to bridge.
        confidence: (T,) 0..1.
        gaps: (start, end) s of the gaps that are held still.
        fps: frames a second of the video.
    """

    present: Mask
    confidence: Array
    gaps: tuple[tuple[float, float], ...]
    fps: Fraction


@dataclass(frozen=True)
class Track(Sight):
    """One dancer, gapless, at the video's frame rate.

    Attributes:
        xyz: (T, 33, 3) px of the reference, z as in PoseTrack.
        world: (T, 33, 3) m, or None.
        visibility: (T, 33) 0..1.
    """

    xyz: Array
    world: Array | None
    visibility: Array

    def sight(self) -> Sight:
        """What is left of it to know once the motion is told otherwise: a track is large."""
        return Sight(self.present, self.confidence, self.gaps, self.fps)


def runs_of(mask: Mask) -> npt.NDArray[np.int64]:
    """(N, 2) first index and index after the last of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return edges.reshape(-1, 2).astype(np.int64)


def whittaker(values: Array, weights: Array, cutoff: float) -> Array:
    """Weighted Whittaker-Henderson smoother with second differences (Eilers 2003), zero-phase.

    Args:
        values: (T, C) finite where the weight is positive.
        weights: (T,) 0..1, more than two of them positive.
        cutoff: share of the sampling rate (0..0.5) at which weight 1 halves an oscillation.

    Returns:
        (T, C): T log-cost linear banded solve.
    """
    t = len(values)
    if t < 5 or cutoff >= 0.5:
        return values.copy()
    stiffness = (2 * np.sin(np.pi * cutoff)) ** -4
    diagonal = np.full(t, 6.0)
    diagonal[[0, -1]], diagonal[[1, -2]] = 1.0, 5.0
    first = np.full(t, -4.0)
    first[[1, -1]] = -2.0
    bands = np.stack([np.ones(t), first, diagonal]) * stiffness
    bands[2] += weights
    return np.asarray(solveh_banded(bands, values * weights[:, None], check_finite=False))


def spikes(xy: Array, reach: Array) -> Mask:
    """Joints that jump away and are back within two frames.

    Args:
        xy: (T, J, 2) px, gapless.
        reach: (T,) px: how far a joint may jump.

    Returns:
        (T, J) bool.
    """
    out = np.zeros(xy.shape[:2], np.bool_)
    for width in (1, 2):
        if len(xy) < width + 2:
            break
        before, after = xy[: -width - 1], xy[width + 1 :]
        returned = np.linalg.norm(after - before, axis=-1)
        for k in range(1, width + 1):
            middle = xy[k : len(xy) - width - 1 + k]
            limit = reach[k : len(xy) - width - 1 + k, None]
            away = np.minimum(np.linalg.norm(middle - before, axis=-1), np.linalg.norm(middle - after, axis=-1))
            jumped = (away > limit) & (returned < 0.4 * away)
            out[k : len(xy) - width - 1 + k] |= jumped
    return out


def clean(pose: PoseTrack, fps: Fraction, frames: int) -> Track:
    """Make a dancer's pose gapless and smooth, at the video's frame rate.

    Args:
        pose: as perceived; present in at least one frame.
        fps: frames a second wanted.
        frames: how many.
    """
    seen = pose.present & np.isfinite(pose.xyz).all(axis=(1, 2))
    source = float(pose.fps)
    index = np.flatnonzero(seen)
    if not len(index):
        raise ValueError("a dancer who is never present cannot be retargeted")
    stacks = [pose.xyz.astype(np.float64)]
    if pose.world is not None:
        stacks.append(np.nan_to_num(pose.world.astype(np.float64)))
    values = np.concatenate([s.reshape(len(seen), -1) for s in stacks], 1)
    visibility = np.where(seen[:, None], pose.visibility, 0).astype(np.float64)
    inner = runs_of(~seen)
    held = inner[(inner[:, 1] - inner[:, 0]) / source > BRIDGE]
    filled = values
    if len(index) < len(seen):
        keys, key_values = _keys(index, values, held, source)
        filled[~seen] = _between(keys, key_values, np.flatnonzero(~seen).astype(float))
    weights = np.clip(visibility / SURE, 0.06, 1.0)
    weights[~seen] = 0.25
    if source >= SPLINE_FPS:
        torso = np.linalg.norm(filled[:, 33:36] - filled[:, 69:72], axis=1)  # left shoulder to left hip
        jumped = spikes(filled[:, :99].reshape(-1, 33, 3)[..., :2], 0.35 * np.maximum(torso, np.median(torso)))
        weights[jumped] = 1e-3
    at = np.minimum(np.arange(frames) / float(fps) * source, len(seen) - 1)
    out = _resample(_smoothed(filled, weights, source), at, source)
    nearest = np.clip(np.round(at).astype(int), 0, len(seen) - 1)
    absent = np.zeros(len(seen), np.bool_)
    for a, b in held:
        absent[a:b] = True
    out_visibility = _linear(visibility, at)
    sure = _linear(_core_visibility(visibility)[:, None], at)[:, 0]
    present = ~absent[nearest]
    return Track(
        xyz=out[:, :99].reshape(frames, 33, 3),
        world=out[:, 99:].reshape(frames, 33, 3) if pose.world is not None else None,
        visibility=out_visibility,
        present=present,
        confidence=np.where(present, np.clip(sure, 0, 1), 0.0),
        gaps=tuple((float(a / source), float(b / source)) for a, b in held),
        fps=fps,
    )


def _core_visibility(visibility: Array) -> Array:
    """(T,) mean visibility of shoulders, elbows, wrists, hips, knees and ankles."""
    return np.asarray(visibility[:, [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]].mean(1))


def _keys(index: npt.NDArray[np.int64], values: Array, held: npt.NDArray[np.int64], fps: float) -> tuple[Array, Array]:
    """What gaps are filled from: the seen frames, and for a held gap its last pose again shortly before its end."""
    times, rows = index.astype(float), values[index]
    extra_t, extra_v = [], []
    for a, b in held:
        if a > 0 and b < len(values):
            extra_t.append(max(a + 0.5, b - 0.4 * fps))
            extra_v.append(values[a - 1])
    if extra_t:
        times, rows = np.concatenate([times, extra_t]), np.concatenate([rows, np.stack(extra_v)])
        order = np.argsort(times, kind="stable")
        times, rows = times[order], rows[order]
    return times, rows


def _between(times: Array, rows: Array, at: Array) -> Array:
    """Monotone cubic between known rows, constant beyond them."""
    if len(times) == 1:
        return np.repeat(rows, len(at), 0)
    return np.asarray(PchipInterpolator(times, rows, axis=0)(np.clip(at, times[0], times[-1])))


def _smoothed(values: Array, weights: Array, fps: float) -> Array:
    cutoff = _cutoff(values[:, :99].reshape(-1, 33, 3)[..., :2]) / fps
    if cutoff >= 0.5 or len(values) < 5:
        return values
    out = np.empty_like(values)
    stacks = values.shape[1] // 99
    for joint in range(33):
        columns = np.concatenate([np.arange(3) + 99 * s + 3 * joint for s in range(stacks)])
        out[:, columns] = whittaker(values[:, columns], weights[:, joint], cutoff)
    return out


def _cutoff(xy: Array) -> float:
    """Hz that suit the track's noise, which fourth differences tell apart from a body's motion."""
    if len(xy) < 9:
        return CUTOFF
    tall = float(np.median(np.ptp(xy[..., 1], axis=1)))
    shaken = np.median(np.abs(np.diff(xy, n=4, axis=0)), axis=(0, 2)) / (0.6745 * np.sqrt(70))
    noise = max(float(np.median(shaken)) / max(tall, 1e-6), 1e-6)
    return float(np.clip(CUTOFF * (NOISY / noise) ** 0.6, CUTOFF, CLEAREST))


def _resample(values: Array, at: Array, fps: float) -> Array:
    whole = np.round(at)
    if np.abs(at - whole).max() < 1e-6:
        return np.asarray(values[whole.astype(int)])
    if len(values) == 1:
        return np.repeat(values, len(at), 0)
    grid = np.arange(len(values), dtype=float)
    through = CubicSpline if fps >= SPLINE_FPS and len(values) > 3 else PchipInterpolator
    out = np.empty((len(at), values.shape[1]))
    for first in range(0, values.shape[1], _COLUMNS):  # a spline is four times what it goes through
        out[:, first : first + _COLUMNS] = through(grid, values[:, first : first + _COLUMNS], axis=0)(at)
    return out


def _linear(values: Array, at: Array) -> Array:
    low = np.clip(np.floor(at).astype(int), 0, len(values) - 1)
    high = np.minimum(low + 1, len(values) - 1)
    part = (at - low)[:, None]
    return np.asarray(values[low] * (1 - part) + values[high] * part)
