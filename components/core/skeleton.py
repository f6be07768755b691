"""Skeletons: the landmark sets in use, the rig that performers are moved by, and the maps between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Skeleton:
    """A named set of joints.

    Attributes:
        name: how the set is called.
        joints: joint names in order; "left" is the person's own left.
        bones: (parent, child) joint indices.
        from_mediapipe: for each joint the MediaPipe-33 joints whose mean it is; empty where MediaPipe has none.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    from_mediapipe: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(self.from_mediapipe) != len(self.joints):
            raise ValueError(f"{self.name}: {len(self.joints)} joints but {len(self.from_mediapipe)} sources")
        for parent, child in self.bones:
            if not (0 <= parent < len(self.joints) and 0 <= child < len(self.joints)):
                raise ValueError(f"{self.name}: bone {(parent, child)} names a joint that does not exist")

    def index(self, joint: str) -> int:
        """Index of a joint by name; ValueError where there is none."""
        return self.joints.index(joint)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(left, right) indices of the joints that mirror each other."""
        return tuple(
            (i, self.joints.index("right" + name[4:]))
            for i, name in enumerate(self.joints)
            if name.startswith("left") and "right" + name[4:] in self.joints
        )

    def convert(self, mediapipe: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """This skeleton's joints from MediaPipe's.

        Args:
            mediapipe: (..., 33, C) values per MediaPipe joint, any unit that may be averaged.

        Returns:
            (..., J, C) float32, NaN for joints that MediaPipe does not have.
        """
        out = np.full((*mediapipe.shape[:-2], len(self.joints), mediapipe.shape[-1]), np.nan, dtype=np.float32)
        for i, source in enumerate(self.from_mediapipe):
            if source:
                out[..., i, :] = mediapipe[..., list(source), :].mean(axis=-2)
        return out


def _named(name: str, sources: Mapping[str, tuple[str, ...]], bones: tuple[tuple[str, str], ...]) -> Skeleton:
    joints = tuple(sources)
    return Skeleton(
        name,
        joints,
        tuple((joints.index(a), joints.index(b)) for a, b in bones),
        tuple(tuple(_MEDIAPIPE.index(s) for s in source) for source in sources.values()),
    )


_MEDIAPIPE = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip

MEDIAPIPE_33 = _named(
    "mediapipe_33",
    {name: (name,) for name in _MEDIAPIPE},
    (
        ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
        ("left_wrist", "left_pinky"), ("left_wrist", "left_index"), ("left_wrist", "left_thumb"),
        ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"), ("right_wrist", "right_pinky"),
        ("right_wrist", "right_index"), ("right_wrist", "right_thumb"), ("left_hip", "left_knee"),
        ("left_knee", "left_ankle"), ("left_ankle", "left_heel"), ("left_heel", "left_foot_index"),
        ("left_ankle", "left_foot_index"), ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
        ("right_ankle", "right_heel"), ("right_heel", "right_foot_index"), ("right_ankle", "right_foot_index"),
        ("nose", "left_eye"), ("nose", "right_eye"), ("left_eye", "left_ear"), ("right_eye", "right_ear"),
        ("mouth_left", "mouth_right"),
    ),
)  # fmt: skip

_COCO = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip

_LIMBS = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
)

COCO_17 = _named(
    "coco_17",
    {name: (name,) for name in _COCO},
    (
        *_LIMBS, ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"), ("nose", "left_eye"), ("nose", "right_eye"), ("left_eye", "left_ear"),
        ("right_eye", "right_ear"),
    ),
)  # fmt: skip

_FEET = ("left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel")

COCO_WHOLEBODY_133 = Skeleton(
    "coco_wholebody_133",
    (
        *_COCO,
        *_FEET,
        *(f"face_{i}" for i in range(68)),
        *(f"{side}_hand_{i}" for side in ("left", "right") for i in range(21)),
    ),
    COCO_17.bones,
    (
        *COCO_17.from_mediapipe,
        *((_MEDIAPIPE.index(n),) if n else () for n in (
            "left_foot_index", "", "left_heel", "right_foot_index", "", "right_heel")),
        *(() for _ in range(110)),
    ),
)  # fmt: skip

OPENPOSE_18 = _named(
    "openpose_18",
    {
        "nose": ("nose",), "neck": ("left_shoulder", "right_shoulder"), "right_shoulder": ("right_shoulder",),
        "right_elbow": ("right_elbow",), "right_wrist": ("right_wrist",), "left_shoulder": ("left_shoulder",),
        "left_elbow": ("left_elbow",), "left_wrist": ("left_wrist",), "right_hip": ("right_hip",),
        "right_knee": ("right_knee",), "right_ankle": ("right_ankle",), "left_hip": ("left_hip",),
        "left_knee": ("left_knee",), "left_ankle": ("left_ankle",), "right_eye": ("right_eye",),
        "left_eye": ("left_eye",), "right_ear": ("right_ear",), "left_ear": ("left_ear",),
    },
    (
        *_LIMBS, ("neck", "right_shoulder"), ("neck", "left_shoulder"), ("neck", "right_hip"), ("neck", "left_hip"),
        ("neck", "nose"), ("nose", "right_eye"), ("right_eye", "right_ear"), ("nose", "left_eye"),
        ("left_eye", "left_ear"),
    ),
)  # fmt: skip

DEEPDANCE_13 = _named(
    "deepdance_13",
    {name: (name,) for name in ("nose", *_COCO[5:])},
    (*_LIMBS, ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")),
)

RIG = _named(
    "rig",
    {
        "pelvis": ("left_hip", "right_hip"),
        "chest": ("left_shoulder", "right_shoulder"),
        "head": ("left_ear", "right_ear"),
        "nose": ("nose",),
        **{
            f"{side}_{joint}": tuple(f"{side}_{s}" for s in source)
            for side in ("left", "right")
            for joint, source in {
                "shoulder": ("shoulder",), "elbow": ("elbow",), "wrist": ("wrist",), "hand": ("pinky", "index"),
                "hip": ("hip",), "knee": ("knee",), "ankle": ("ankle",), "heel": ("heel",), "toe": ("foot_index",),
            }.items()
        },
    },
    (
        ("pelvis", "chest"), ("chest", "head"),
        *((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in (
            ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "hand"), ("hip", "knee"), ("knee", "ankle"),
            ("ankle", "toe"))),
    ),
)  # fmt: skip
"""The joints and bones that a performer is moved by (22 joints, 14 bones)."""

RIG_BONES: tuple[str, ...] = (
    "spine", "head",
    "left_upper_arm", "left_forearm", "left_hand", "left_thigh", "left_shin", "left_foot",
    "right_upper_arm", "right_forearm", "right_hand", "right_thigh", "right_shin", "right_foot",
)  # fmt: skip
"""Names of RIG.bones, in their order."""

SKELETONS: Mapping[str, Skeleton] = {
    s.name: s for s in (MEDIAPIPE_33, COCO_17, COCO_WHOLEBODY_133, OPENPOSE_18, DEEPDANCE_13, RIG)
}
