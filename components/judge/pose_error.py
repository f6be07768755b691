"""How far the pose in a video is from the pose in its reference, and what two videos of no effort would score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import DEEPDANCE_13, MEDIAPIPE_33

Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

JOINTS = np.array([MEDIAPIPE_33.index(name) for name in DEEPDANCE_13.joints])
"""Nose, shoulders, elbows, wrists, hips, knees, ankles."""
ENDS = np.array([MEDIAPIPE_33.index(f"{side}_{j}") for j in ("wrist", "ankle") for side in ("left", "right")])
SHOULDERS = np.array([MEDIAPIPE_33.index(f"{side}_shoulder") for side in ("left", "right")])
HIPS = np.array([MEDIAPIPE_33.index(f"{side}_hip") for side in ("left", "right")])
SEEN = 0.5
"""Visibility from which a joint of the reference counts: what is outside its frame cannot be asked for."""


@dataclass(frozen=True)
class Poses:
    """One person at the moments that are compared.

    Attributes:
        xy: (N, 33, 2) px, NaN where the person was not found.
        visibility: (N, 33) 0..1.
    """

    xy: Float
    visibility: Float

    @property
    def present(self) -> Bool:
        """(N,) the person was found."""
        return np.asarray(np.isfinite(self.xy).all(axis=(1, 2)))

    def scaled(self, x: float, y: float) -> Poses:
        """In px of another frame size."""
        return Poses(self.xy * np.array([x, y]), self.visibility)


@dataclass(frozen=True)
class PoseError:
    """In torso lengths of the reference, over all moments at which the reference shows somebody.

    Attributes:
        median, p90: of all joints.
        ends: median of wrists and ankles.
        path: length of the wrists' and ankles' paths over that of the reference's.
        missing: share of moments at which nobody was found.
    """

    median: float
    p90: float
    ends: float
    path: float
    missing: float


def torso_length(poses: Poses) -> float:
    """px from the middle of the shoulders to that of the hips, median over time."""
    xy = poses.xy[poses.present]
    return float(np.median(np.linalg.norm(xy[:, SHOULDERS].mean(axis=1) - xy[:, HIPS].mean(axis=1), axis=1)))


def pose_error(poses: Poses, reference: Poses) -> PoseError | None:
    """Compare without any alignment; a moment at which the person is missing counts 1.0 for every joint.

    Args:
        poses: of the video.
        reference: in px of the same frame.

    Returns:
        None where the reference shows nobody.
    """
    at = reference.present
    if not at.any():
        return None
    torso = torso_length(reference)
    found = poses.present & at
    distance = np.linalg.norm(poses.xy - reference.xy, axis=2) / max(torso, 1e-6)
    distance[~found] = 1.0
    counts = (reference.visibility >= SEEN) & at[:, None]
    joints, ends = distance[:, JOINTS][counts[:, JOINTS]], distance[:, ENDS][counts[:, ENDS]]
    if not len(joints):
        return None
    return PoseError(
        median=float(np.median(joints)),
        p90=float(np.quantile(joints, 0.9)),
        ends=float(np.median(ends)) if len(ends) else float("nan"),
        path=_path_share(poses, reference, counts),
        missing=float(1 - found.sum() / at.sum()),
    )


def _path_share(poses: Poses, reference: Poses, counts: Bool) -> float:
    """Paths over steps at both of whose ends both people and the reference's joint are seen."""
    both = (poses.present & reference.present)[:, None] & counts
    step = both[1:, ENDS] & both[:-1, ENDS]
    own = np.linalg.norm(np.diff(poses.xy[:, ENDS], axis=0), axis=2)[step].sum()
    asked = np.linalg.norm(np.diff(reference.xy[:, ENDS], axis=0), axis=2)[step].sum()
    return float(own / asked) if asked > 0 else float("nan")


def aligned(poses: Poses, reference: Poses) -> Poses:
    """The video's person brought to the reference's size and place, once for all of the video.

    For a performer of another build who stands elsewhere: one scale (of the torsos) and one shift (of the pelvis's
    median) say nothing about the motion.
    """
    both = poses.present & reference.present
    if not both.any():
        return poses
    scale = torso_length(reference) / max(torso_length(poses), 1e-6)
    own = np.median(poses.xy[both][:, HIPS].mean(axis=1), axis=0)
    goal = np.median(reference.xy[both][:, HIPS].mean(axis=1), axis=0)
    return Poses((poses.xy - own) * scale + goal, poses.visibility)


def stack(xy: list[Float | None], visibility: list[Float | None]) -> Poses:
    """Poses of moments, None where nobody was found."""
    return Poses(
        np.stack([np.full((33, 2), np.nan) if p is None else p for p in xy]),
        np.stack([np.zeros(33) if v is None else v for v in visibility]),
    )
