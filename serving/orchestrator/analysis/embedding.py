"""A choreography as one unit vector: close vectors mean the same movements.

It does not change with where the dancer stands, how large they are in the frame and how they are built (bones are
seen as directions in units of their own length), which way round they dance (a movement and its mirror image give
the same vector), or how fast (nothing in it depends on how time runs along the path of the body).

Of a path u(t) of bone directions it holds the mean, the spread, the correlations, and the signed areas between every
two coordinates: the first two levels of the path's signature, which are unchanged however fast the path is run
through (K.-T. Chen, "Integration of paths", 1957; Chevyrev and Kormilitzin, "A primer on the signature method in
machine learning", 2016). Areas are per squared length of path, so that a repeated dance gives what one round gives.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from components.core import Dance, PoseTrack

Float = npt.NDArray[np.float64]

_BONES = (
    (11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (11, 12), (23, 24),
)  # fmt: skip
"""Left and right upper arm, forearm, thigh and shin, then shoulders and hips, by MediaPipe's joints."""
_MIRRORED = (2, 3, 0, 1, 6, 7, 4, 5, 8, 9)
"""Which bone each becomes in a mirror."""
_FLIPPED = (1, 1, 1, 1, 1, 1, 1, 1, -1, -1)
"""Shoulders and hips run from left to right: in a mirror they run the other way, too."""
_REST = ((0, 1),) * 8 + ((-1, 0), (-1, 0))
"""A person who faces the camera with arms and legs hanging: px-like x right, y down."""
_SIGNALS = 2 * (len(_BONES) + 2)
_PAIRS = np.triu_indices(_SIGNALS, 1)
_RATE = 20.0
"""Samples a second at which movements are looked at."""
_SMOOTH = 0.06
"""s, standard deviation: trembling of the pose tracker makes no path."""
_LEAST = 8
"""Samples that make a movement."""
WIDTH = 2 * (2 * _SIGNALS + 2 * len(_PAIRS[0]))
"""Numbers of the vector."""


def embedding(dance: Dance) -> npt.NDArray[np.float32] | None:
    """The vector of a dance's first dancer.

    Returns:
        (WIDTH,) float32 of length 1, or None where too little of a movement was seen.
    """
    if not dance.dancers:
        return None
    path = _path(dance.dancers[0].pose)
    if path is None:
        return None
    here, there = _signature(path), _signature(_mirror(path))
    vector = np.concatenate([here + there, 0.5 * np.abs(here - there)])
    length = float(np.linalg.norm(vector))
    return None if length < 1e-9 else np.asarray(vector / length, np.float32)


def to_bytes(vector: npt.NDArray[np.float32]) -> bytes:
    """As it is stored: float32, little-endian."""
    return vector.astype("<f4").tobytes()


def from_bytes(stored: bytes) -> npt.NDArray[np.float32]:
    """What `to_bytes` wrote."""
    return np.frombuffer(stored, "<f4").astype(np.float32)


def _path(pose: PoseTrack) -> Float | None:
    """(T, bones, 2) directions of bones, the torso, and where the hips are; None: too short."""
    seen = np.flatnonzero(pose.present)
    fps = float(pose.fps)
    count = int(len(seen) / fps * _RATE)
    if count < _LEAST:
        return None
    xy = np.asarray(pose.xyz[seen, :, :2], np.float64)
    bones = np.stack([xy[:, b] - xy[:, a] for a, b in _BONES], axis=1)
    shoulders, hips = xy[:, [11, 12]].mean(axis=1), xy[:, [23, 24]].mean(axis=1)
    torso = shoulders - hips
    tall = max(1e-6, float(np.percentile(np.linalg.norm(torso, axis=1), 75)))
    longest = np.percentile(np.linalg.norm(bones, axis=2), 95, axis=0)
    # A bone that is never seen from the side would blow up its trembling: it counts at least a fifth of the torso.
    unit = bones / np.maximum(longest, 0.2 * tall)[:, None]
    travel = (hips - np.median(hips, axis=0)) / tall
    signals = np.concatenate([unit, (torso / tall)[:, None], travel[:, None]], axis=1)
    at = np.linspace(0, len(seen) - 1, count)
    flat = signals.reshape(len(seen), -1)
    sampled = np.stack([np.interp(at, np.arange(len(seen)), column) for column in flat.T], axis=1)
    return _smoothed(sampled, _SMOOTH * _RATE).reshape(count, -1, 2)


def _smoothed(signals: Float, sigma: float) -> Float:
    radius = max(1, int(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(signals, ((radius, radius), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=1)


def _mirror(path: Float) -> Float:
    """What the path would be, danced to the other side."""
    order = [*_MIRRORED, len(_BONES), len(_BONES) + 1]
    turned = path[:, order] * np.array([*_FLIPPED, 1, 1], np.float64)[None, :, None]
    return np.asarray(turned * np.array([-1.0, 1.0]))


def _signature(path: Float) -> Float:
    rest = np.array([*_REST, (0, -1), (0, 0)], np.float64)
    u = (path - rest).reshape(len(path), -1)
    steps = np.diff(u, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    total = max(1e-9, float(lengths.sum()))
    # Time does not count: every sample weighs as much as the path is long around it.
    weight = np.convolve(lengths, [0.5, 0.5])
    weight = (weight + 1e-3 * total / len(weight)) / (total * (1 + 1e-3))
    mean = weight @ u
    centred = u - mean
    spread = np.sqrt(weight @ centred**2)
    correlation = (centred * weight[:, None]).T @ centred / np.maximum(np.outer(spread, spread), 1e-4)
    middle = 0.5 * (centred[1:] + centred[:-1])
    areas = middle.T @ steps
    areas = (areas - areas.T) / (total * max(1e-6, float(np.linalg.norm(spread))))
    blocks = (mean, 2.0 * spread, correlation[_PAIRS], 4.0 * areas[_PAIRS])
    return np.concatenate([np.sqrt(1.0 / len(b)) * _WEIGHTS[i] * b for i, b in enumerate(blocks)])


_WEIGHTS = (1.0, 1.0, 1.0, 6.0)
"""Of mean, spread, correlations and areas: chosen so that each says about as much about the built-in dances."""
