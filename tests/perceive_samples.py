"""Scripted groups of drawn dancers, and the measure by which identities are judged."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from components.core import Dance, Motion
from components.figure.scene import draw_clip, frame_people
from components.figure.truth import Truth
from components.repertoire.choreographies import choreography_motion

TRUNK = [11, 12, 23, 24]
BODY = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
LOOKS = ("ada", "kofi", "mei", "ravi", "zola")
_DANCES = ("groove", "disco", "salsa", "house", "pop")
Key = tuple[Sequence[float], Sequence[float]]


def _on_path(motion: Motion, x: Key, z: Key) -> Motion:
    """The motion about its own middle, carried along a path on the floor given by (share of the time, metres)."""
    joints = motion.joints.astype(np.float64)
    hips = joints[:, 23:25].mean(axis=(0, 1))
    t = np.linspace(0.0, 1.0, len(joints))
    joints[:, :, 0] += (np.interp(t, *x) - hips[0])[:, None]
    joints[:, :, 2] += (np.interp(t, *z) - hips[2])[:, None]
    return Motion(joints.astype(np.float32), motion.contacts, motion.beats, motion.fps)


def crossing_group(path: Path, seconds: float, fps: int, size: tuple[int, int]) -> Truth:
    """Five dancers: the first two change places, then the last two; the fifth leaves the picture and returns."""
    rate = Fraction(fps)
    paths: list[tuple[Key, Key]] = [
        (([0, 0.2, 0.5, 1], [-2.2, -2.2, -0.9, -0.9]), ([0, 1], [0, 0])),
        (([0, 0.2, 0.5, 1], [-0.9, -0.9, -2.2, -2.2]), ([0, 0.2, 0.35, 0.5, 1], [0, -0.6, -0.9, -0.3, 0])),
        (([0, 1], [0, 0]), ([0, 1], [-0.8, -0.8])),
        (([0, 0.55, 0.85, 1], [0.9, 0.9, 2.2, 2.2]), ([0, 0.55, 0.7, 0.85, 1], [0, 0.3, 0.6, 0.3, 0])),
        (
            ([0, 0.12, 0.28, 0.42, 0.6, 0.85, 1], [2.2, 2.2, 4.9, 4.9, 2.2, 0.9, 0.9]),
            ([0, 0.55, 0.7, 0.85, 1], [0, -0.2, -0.7, -0.3, 0]),
        ),
    ]
    motions = [_on_path(choreography_motion(d, rate, seconds), *p) for d, p in zip(_DANCES, paths, strict=True)]
    still = _on_path(choreography_motion("groove", rate, 1.0), ([0, 1], [0, 0]), ([0, 1], [0, 0])).joints
    ends = np.stack([still + np.array([x, 0, 0], np.float32) for x in (-2.4, 2.4)])
    camera = frame_people(ends, size)
    return draw_clip(path, list(LOOKS), motions, size=size, fps=rate, seconds=seconds, camera=camera)


def seen_enough(truth: Truth) -> npt.NDArray[np.bool_]:
    """(N, T) bool: at least a third of the body's joints can be seen."""
    seen: npt.NDArray[np.bool_] = truth.present & (truth.visible[:, :, BODY].mean(axis=2) > 0.33)
    return seen


def matches(truth: Truth, dance: Dance) -> npt.NDArray[np.bool_]:
    """(N, M, T) bool: dancer m lies on figure n, its trunk within half a torso length on average."""
    shoulders, hips = truth.joints2d[:, :, [11, 12]].mean(2), truth.joints2d[:, :, [23, 24]].mean(2)
    torso = np.median(np.linalg.norm(shoulders - hips, axis=-1), axis=1)
    out = np.zeros((len(truth.present), len(dance.dancers), dance.frames), bool)
    for m, dancer in enumerate(dance.dancers):
        off = np.linalg.norm(dancer.pose.xyz[None, :, TRUNK, :2] - truth.joints2d[:, :, TRUNK], axis=-1).mean(axis=2)
        out[:, m] = dancer.pose.present & truth.present & (np.nan_to_num(off, nan=np.inf) < 0.5 * torso[:, None])
    return out


def identity_f1(truth: Truth, dance: Dance) -> float:
    """IDF1 (Ristani et al. 2016); sightings of figures that are nearly hidden count neither for nor against."""
    seen, matched = seen_enough(truth), matches(truth, dance)
    common = (matched & seen[:, None]).sum(axis=2)
    rows, columns = linear_sum_assignment(-common)
    true_positives = int(common[rows, columns].sum())
    hidden = np.asarray((matched & (truth.present & ~seen)[:, None]).any(axis=0))
    claimed = sum(int((d.pose.present & ~hidden[m]).sum()) for m, d in enumerate(dance.dancers))
    return 2.0 * true_positives / max(1, int(seen.sum()) + claimed)


def pose_error(truth: Truth, dance: Dance, figure: int, dancer: int) -> npt.NDArray[np.float64]:
    """(T, 12) error of the body's visible joints in torso lengths; NaN elsewhere."""
    shoulders = truth.joints2d[figure][:, [11, 12]].mean(1)
    torso = float(np.median(np.linalg.norm(shoulders - truth.joints2d[figure][:, [23, 24]].mean(1), axis=-1)))
    pose = dance.dancers[dancer].pose
    error = np.linalg.norm(pose.xyz[:, BODY, :2] - truth.joints2d[figure][:, BODY], axis=2).astype(np.float64) / torso
    error[~truth.visible[figure][:, BODY]] = np.nan
    return error
