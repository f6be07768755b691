"""How a learned person is built: what `choreograph` lays other people's dances onto."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from components.choreograph.proportions import BONES, dancer_bones
from components.core import RIG, PoseTrack


def bones_of(pose: PoseTrack, numbers: npt.NDArray[np.int64], height: float) -> list[float]:
    """Lengths of the person's bones.

    Args:
        pose: the person over a clip.
        numbers: frames to look at.
        height: px of the person.

    Returns:
        one length for each of `components.choreograph.proportions.BONES`, in heights.
    """
    joints = RIG.convert(np.asarray(pose.xyz[numbers]))[..., :2].astype(np.float64)
    parents, children = np.array(BONES).T
    vectors = joints[:, children] - joints[:, parents]
    lengths = dancer_bones(vectors, np.full(len(vectors), height), np.ones(len(vectors), bool))
    return [float(v) for v in lengths]
