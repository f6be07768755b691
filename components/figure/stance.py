"""Still poses of the figure: where its 33 joints are when it stands, rests its hands on its hips, crosses its arms."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from components.figure.skeleton import (
    HEAD_POINTS,
    HEAD_UNIT,
    JOINT,
    Float64,
    basis,
    bend_limb,
    turn,
    unit,
)

UPPER_ARM, FOREARM, THIGH, SHIN = 0.275, 0.25, 0.40, 0.395
SHOULDER, HIP = 0.176, 0.100
HIP_HEIGHT, ANKLE_HEIGHT = 0.875, 0.088


@dataclass(frozen=True)
class Arm:
    """One arm, in the frame of a body that faces the viewer and stands at the origin; for the left arm.

    Attributes:
        wrist: metres.
        pole: the direction in which the elbow points.
        fingers: the direction in which the fingers point.
        thumb: the direction in which the thumb's side of the hand points.
    """

    wrist: tuple[float, float, float]
    pole: tuple[float, float, float]
    fingers: tuple[float, float, float]
    thumb: tuple[float, float, float]


@dataclass(frozen=True)
class Stance:
    """A pose of the whole body.

    Attributes:
        left, right: the arms; the right one is given as if it were a left one and mirrored.
        feet: metres between the ankles.
        toes: degrees that each foot turns out.
        yaw: degrees of the whole body, positive: the chest points to the right of the picture.
        lean: metres that the pelvis is moved to the person's left.
        head: degrees yaw, pitch, roll of the head against the chest, in picture terms.
        curl: (5,) of each finger, thumb first.
    """

    left: Arm
    right: Arm
    feet: float = 0.24
    toes: float = 14.0
    yaw: float = 0.0
    lean: float = 0.0
    head: tuple[float, float, float] = (0.0, 0.0, 0.0)
    curl: tuple[float, ...] = field(default=(0.15, 0.16, 0.20, 0.24, 0.30))


_RELAXED = Arm((0.335, 0.893, 0.055), (0.5, 0.0, -1.0), (0.10, -1.0, 0.12), (-0.25, 0.15, 1.0))
_HIP = Arm((0.232, 0.958, 0.045), (1.0, 0.1, -0.45), (-0.45, -0.42, 0.62), (-0.35, 0.25, -0.9))

STANCES = {
    "standing": Stance(_RELAXED, _RELAXED),
    "weight_on_left": Stance(_RELAXED, _RELAXED, lean=0.03, head=(4.0, 0.0, -3.0)),
    "hands_on_hips": Stance(_HIP, _HIP, feet=0.3),
    "crossed_arms": Stance(
        Arm((-0.085, 1.185, 0.205), (0.8, -1.0, 0.0), (-1.0, 0.18, -0.25), (0.1, 0.9, 0.5)),
        Arm((-0.095, 1.135, 0.165), (0.8, -1.0, 0.0), (-1.0, 0.30, -0.25), (0.1, 0.9, 0.5)),
        feet=0.26,
    ),
    "turned_45": Stance(_RELAXED, _RELAXED, yaw=45.0),
    "turned_left_45": Stance(_RELAXED, _RELAXED, yaw=-45.0),
    "back": Stance(_RELAXED, _RELAXED, yaw=180.0),
    "arms_up": Stance(
        Arm((0.42, 1.80, 0.04), (1.0, -0.4, -0.1), (0.15, 1.0, 0.0), (-0.7, 0.2, 0.6)),
        Arm((0.42, 1.80, 0.04), (1.0, -0.4, -0.1), (0.15, 1.0, 0.0), (-0.7, 0.2, 0.6)),
        curl=(0.05, 0.06, 0.06, 0.08, 0.10),
    ),
    "waving": Stance(
        _RELAXED,
        Arm((0.40, 1.62, 0.16), (0.7, -1.0, -0.1), (0.05, 1.0, 0.05), (-1.0, 0.1, 0.1)),
        head=(-3.0, 0.0, 4.0),
    ),
}  # fmt: skip


def stand(stance: Stance | str = "standing") -> Float64:
    """Joints of a still pose.

    Args:
        stance: a Stance, or a name of STANCES.

    Returns:
        (33, 3) float64 metres, x right, y up, z to the viewer; the soles stand on y = 0 about the origin.

    Raises:
        KeyError: there is no stance of that name.
    """
    s = STANCES[stance] if isinstance(stance, str) else stance
    j = np.zeros((33, 3))
    pelvis = np.array([s.lean, HIP_HEIGHT, 0.0])
    chest = np.array([s.lean * 0.4, HIP_HEIGHT + 0.50, 0.0])
    j[JOINT["nose"]] = 0
    for side, sign in (("left", 1.0), ("right", -1.0)):
        flip = np.array([sign, 1.0, 1.0])
        hip = pelvis + np.array([sign * HIP, 0, 0])
        ankle = np.array([sign * s.feet / 2, ANKLE_HEIGHT, -0.02])
        knee, ankle = bend_limb(hip, ankle, THIGH, SHIN, np.array([sign * 0.15, 0, 1.0]))
        out = np.radians(s.toes) * sign
        toe_way = np.array([np.sin(out), 0.0, np.cos(out)])
        j[JOINT[f"{side}_hip"]], j[JOINT[f"{side}_knee"]], j[JOINT[f"{side}_ankle"]] = hip, knee, ankle
        j[JOINT[f"{side}_heel"]] = [*(ankle - 0.045 * toe_way)[[0]], 0.020, (ankle - 0.045 * toe_way)[2]]
        j[JOINT[f"{side}_foot_index"]] = [*(ankle + 0.145 * toe_way)[[0]], 0.020, (ankle + 0.145 * toe_way)[2]]
        shoulder = chest + np.array([sign * SHOULDER, 0, 0])
        arm = s.left if side == "left" else s.right
        elbow, wrist = bend_limb(shoulder, np.array(arm.wrist) * flip, UPPER_ARM, FOREARM, np.array(arm.pole) * flip)
        j[JOINT[f"{side}_shoulder"]], j[JOINT[f"{side}_elbow"]], j[JOINT[f"{side}_wrist"]] = shoulder, elbow, wrist
        rows = basis(np.array(arm.fingers) * flip, np.array(arm.thumb) * flip)
        j[JOINT[f"{side}_index"]] = wrist + np.array([0.028, 0.088, 0.0]) @ rows
        j[JOINT[f"{side}_pinky"]] = wrist + np.array([-0.027, 0.079, 0.0]) @ rows
        j[JOINT[f"{side}_thumb"]] = wrist + np.array([0.05, 0.06, 0.0]) @ rows
    yaw, pitch, roll = s.head
    turned = turn(yaw, 1) @ turn(pitch, 0) @ turn(-roll, 2)
    j[:11] = chest + (0, 0.208, 0.016) + (HEAD_POINTS * HEAD_UNIT) @ turned.T
    return np.asarray(j @ turn(s.yaw, 1).T, np.float64)


def facing(joints: Float64) -> float:
    """Degrees of yaw of the shoulders; 0 to the viewer, positive: the chest points to the right of the picture."""
    across = unit(joints[JOINT["left_shoulder"]] - joints[JOINT["right_shoulder"]])
    return float(np.degrees(np.arctan2(-across[2], across[0])))
