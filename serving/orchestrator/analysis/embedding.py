"""A choreography as unit vectors, one for every few seconds of it: close vectors mean the same movements.

So a dance is found again by any part of it, see `likeness`. A vector does not change with where the dancer stands,
how large they are in the frame and how they are built (bones are seen as directions in units of their own length),
which way round they dance (a movement and its mirror image give the same vector), or how fast (nothing in it depends
on how time runs along the path of the body).

Of a path u(t) of bone directions it holds the mean, the spread, the correlations, and the signed areas between every
two coordinates: the first two levels of the path's signature, which are unchanged however fast the path is run
through (K.-T. Chen, "Integration of paths", 1957; Chevyrev and Kormilitzin, "A primer on the signature method in
machine learning", 2016). Areas are per squared length of path, so that a repeated dance gives what one round gives.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from components.core import Dance, Float32

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
"""Numbers of a vector."""
_WINDOW, _STEP = 3.0, 0.75
"""Seconds that a vector stands for, and from one to the next."""
_MOST = 200
"""Vectors of one dance: those of a longer one stand further apart."""


def embedding(dance: Dance) -> npt.NDArray[np.float32] | None:
    """The vectors of a dance's first dancer.

    Returns:
        (N, WIDTH) float32, each of length 1, in order of time; None where too little of a movement was seen.
    """
    if not dance.dancers:
        return None
    pose = dance.dancers[0].pose
    seen = np.flatnonzero(pose.present)
    length = round(_WINDOW * float(pose.fps))
    spare = max(0, len(seen) - length)
    count = min(_MOST, 1 + int(np.ceil(spare / (_STEP * float(pose.fps)))))
    starts = np.round(np.linspace(0, spare, count)).astype(int)
    vectors = [_vector(pose.xyz[seen[a : a + length]], float(pose.fps)) for a in starts]
    found = [v for v in vectors if v is not None]
    return np.stack(found) if found else None


def likeness(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """How much two dances are alike, up to 1: the mean, over the parts of the shorter, of the cosine with the part of
    the longer that is most like it.

    Args:
        one, other: as `embedding` gives them.
    """
    cosines = one @ other.T
    return float(cosines.max(axis=1).mean() if len(one) <= len(other) else cosines.max(axis=0).mean())


def _vector(xyz: Float32, fps: float) -> npt.NDArray[np.float32] | None:
    path = _path(xyz, fps)
    if path is None:
        return None
    here, there = _signature(path), _signature(_mirror(path))
    vector = np.concatenate([here + there, 0.5 * np.abs(here - there)])
    length = float(np.linalg.norm(vector))
    return None if length < 1e-9 else np.asarray(vector / length, np.float32)


def to_bytes(vectors: npt.NDArray[np.float32]) -> bytes:
    """As they are stored: float32, little-endian, one after the other."""
    return vectors.astype("<f4").tobytes()


def from_bytes(stored: bytes) -> npt.NDArray[np.float32]:
    """What `to_bytes` wrote: (N, WIDTH); none of what was written with another WIDTH."""
    numbers = np.frombuffer(stored, "<f4").astype(np.float32)
    return numbers.reshape(-1, WIDTH) if len(numbers) % WIDTH == 0 else numbers[:0].reshape(0, WIDTH)


def _path(xyz: Float32, fps: float) -> Float | None:
    """(T, bones, 2) directions of bones, the torso, and where the hips are; None: too short."""
    frames = len(xyz)
    count = int(frames / fps * _RATE)
    if count < _LEAST:
        return None
    xy = np.asarray(xyz[..., :2], np.float64)
    bones = np.stack([xy[:, b] - xy[:, a] for a, b in _BONES], axis=1)
    shoulders, hips = xy[:, [11, 12]].mean(axis=1), xy[:, [23, 24]].mean(axis=1)
    torso = shoulders - hips
    tall = max(1e-6, float(np.percentile(np.linalg.norm(torso, axis=1), 75)))
    longest = np.percentile(np.linalg.norm(bones, axis=2), 95, axis=0)
    # A bone that is never seen from the side would blow up its trembling: it counts at least a fifth of the torso.
    unit = bones / np.maximum(longest, 0.2 * tall)[:, None]
    travel = (hips - np.median(hips, axis=0)) / tall
    signals = np.concatenate([unit, (torso / tall)[:, None], travel[:, None]], axis=1)
    at = np.linspace(0, frames - 1, count)
    flat = signals.reshape(frames, -1)
    sampled = np.stack([np.interp(at, np.arange(frames), column) for column in flat.T], axis=1)
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
