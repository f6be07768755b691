"""An adult body of fixed proportions: from where pelvis, chest, feet and hands are to MediaPipe's 33 joints.

Everything is vectorised over time. A frame is a (T, 3, 3) matrix whose columns are the left, up and forward directions
of a body part in the axes of `components.core.Motion`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import MEDIAPIPE_33

Array = npt.NDArray[np.float64]

HIP_HALF = 0.095
THIGH = 0.42
SHIN = 0.41
ANKLE_HEIGHT = 0.085
LOWER_SPINE = 0.20
UPPER_SPINE = 0.30
SHOULDER_HALF = 0.175
UPPER_ARM = 0.285
FOREARM = 0.25
HAND = 0.085
NECK = 0.225
ARM = UPPER_ARM + FOREARM
LEG = THIGH + SHIN
STANDING = ANKLE_HEIGHT + LEG
"""Height of the hips over the floor with straight legs. All lengths are m, of an adult 1.75 m tall."""

BALL_TO_TOE, BALL_TO_HEEL, BALL_TO_ANKLE = 0.065, 0.165, 0.115
SOLE = 0.02


@dataclass(frozen=True)
class Posture:
    """Where the parts of a body are, T frames.

    Attributes:
        pelvis: (T, 3) m: the hips' middle.
        pelvis_frame, chest_frame, head_frame: (T, 3, 3) columns left, up, forward.
        balls: (T, 2, 3) m: the balls of the feet; y is their height over the floor.
        foot_yaw: (T, 2) degrees.
        foot_pitch: (T, 2) degrees; positive: the heel is raised over the ball, negative: the toes over the heel.
        hands: (T, 2, 3) wrist seen from its shoulder in the chest's frame: outward, up, forward, in arm lengths.
        elbows: (T, 2, 3) direction in which the elbow points: outward, up, forward of the chest.
        shrug: (T, 2) m: how far each shoulder is lifted.
        wrist: (T, 2) degrees: the hand bends from the forearm towards the thumb.
    """

    pelvis: Array
    pelvis_frame: Array
    chest_frame: Array
    head_frame: Array
    balls: Array
    foot_yaw: Array
    foot_pitch: Array
    hands: Array
    elbows: Array
    shrug: Array
    wrist: Array


def frame(yaw: Array, pitch: Array, roll: Array) -> Array:
    """(T, 3, 3) frame of angles in degrees: yaw to the picture's right, pitch forward, roll: the left side rises."""
    y, p, r = (np.radians(a) for a in (yaw, pitch, roll))
    o, i = np.zeros_like(y), np.ones_like(y)

    def matrix(*rows: tuple[Array, Array, Array]) -> Array:
        return np.stack([np.stack(row, -1) for row in rows], -2)

    turn = matrix((np.cos(y), o, np.sin(y)), (o, i, o), (-np.sin(y), o, np.cos(y)))
    lean = matrix((i, o, o), (o, np.cos(p), -np.sin(p)), (o, np.sin(p), np.cos(p)))
    tilt = matrix((np.cos(r), -np.sin(r), o), (np.sin(r), np.cos(r), o), (o, o, i))
    return np.asarray(turn @ lean @ tilt)


def unit(v: Array) -> Array:
    """Vectors of length 1; a zero vector stays zero."""
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9))


def two_bones(root: Array, target: Array, upper: float, lower: float, pole: Array) -> tuple[Array, Array]:
    """The middle joint and the reached end of a two-bone chain that bends towards a pole.

    Args:
        root, target: (..., 3) m.
        upper, lower: m.
        pole: (..., 3) direction the middle joint points to.

    Returns:
        middle, end: (..., 3) m; the end is the target, or as near to it as the bones reach.
    """
    reach = upper + lower
    along = target - root
    distance = np.linalg.norm(along, axis=-1, keepdims=True)
    axis = along / np.maximum(distance, 1e-9)
    distance = np.clip(distance, abs(upper - lower) + 1e-3, reach * 0.9995)
    side = unit(pole - (pole * axis).sum(-1, keepdims=True) * axis)
    a = (distance**2 + upper**2 - lower**2) / (2 * distance)
    h = np.sqrt(np.maximum(upper**2 - a**2, 0))
    return root + a * axis + h * side, root + distance * axis


def ankle_of(ball: Array, yaw: Array, pitch: Array) -> tuple[Array, Array, Array]:
    """Ankle, heel and toe of a foot, each (..., 3) m, from its ball and how it is turned and raised (degrees)."""
    y, p = np.radians(yaw), np.radians(np.maximum(pitch, 0))
    forward = np.stack([np.sin(y), np.zeros_like(y), np.cos(y)], -1)
    up = np.broadcast_to(np.array([0.0, 1.0, 0.0]), forward.shape)
    toes = np.radians(np.maximum(-pitch, 0))

    def rotated(along: float, height: float, angle: Array, pivot: float) -> Array:
        # turn in the foot's own plane about the ball (heel rises) or about the heel (toes rise)
        a = along - pivot
        f = pivot + a * np.cos(angle) + height * np.sin(angle)
        h = -a * np.sin(angle) + height * np.cos(angle)
        return np.asarray(ball + f[..., None] * forward + h[..., None] * up)

    def place(along: float, height: float) -> Array:
        on_ball = rotated(along, height, p, 0.0)
        on_heel = rotated(along, height, -toes, -BALL_TO_HEEL)
        return np.where((pitch < 0)[..., None], on_heel, on_ball)

    toe = place(BALL_TO_TOE, SOLE)
    toe_flat = ball + BALL_TO_TOE * forward + SOLE * up  # toes stay on the floor while the heel is raised
    toe = np.where((pitch > 0)[..., None], toe_flat, toe)
    return place(-BALL_TO_ANKLE, ANKLE_HEIGHT), place(-BALL_TO_HEEL, SOLE), toe


def joints_of(body: Posture) -> npt.NDArray[np.float32]:
    """(T, 33, 3) float32 m: MediaPipe's joints of a posture."""
    t = len(body.pelvis)
    out = np.zeros((t, 33, 3))
    at = MEDIAPIPE_33.joints.index

    def of(f: Array, *v: Array | float) -> Array:
        left, up, forward = (np.broadcast_to(np.asarray(x, float), (t,))[:, None] for x in v)
        return np.asarray(f[:, :, 0] * left + f[:, :, 1] * up + f[:, :, 2] * forward)

    chest = body.pelvis + of(body.pelvis_frame, 0, LOWER_SPINE, 0) + of(body.chest_frame, 0, UPPER_SPINE, 0)
    head = chest + of(body.chest_frame, 0, 0.09, 0.012) + of(body.head_frame, 0, NECK - 0.09, 0.02)
    for name, offset in {
        "nose": (0, -0.01, 0.105), "left_eye": (0.032, 0.028, 0.083), "right_eye": (-0.032, 0.028, 0.083),
        "left_eye_inner": (0.018, 0.028, 0.086), "right_eye_inner": (-0.018, 0.028, 0.086),
        "left_eye_outer": (0.045, 0.028, 0.074), "right_eye_outer": (-0.045, 0.028, 0.074),
        "left_ear": (0.075, 0, 0), "right_ear": (-0.075, 0, 0),
        "mouth_left": (0.026, -0.06, 0.085), "mouth_right": (-0.026, -0.06, 0.085),
    }.items():  # fmt: skip
        out[:, at(name)] = head + of(body.head_frame, *offset)
    for s, side in enumerate(("left", "right")):
        sign = 1 - 2 * s
        shoulder = chest + of(body.chest_frame, sign * SHOULDER_HALF, body.shrug[:, s], 0)
        hand, pole = body.hands[:, s] * ARM, body.elbows[:, s]
        target = shoulder + of(body.chest_frame, sign * hand[:, 0], hand[:, 1], hand[:, 2])
        toward = of(body.chest_frame, sign * pole[:, 0], pole[:, 1], pole[:, 2])
        elbow, wrist = two_bones(shoulder, target, UPPER_ARM, FOREARM, toward)
        along = unit(wrist - elbow)
        thumb = shoulder - elbow
        thumb = unit(thumb - (thumb * along).sum(-1, keepdims=True) * along + 1e-6 * body.chest_frame[:, :, 2])
        bend = np.radians(body.wrist[:, s])[:, None]
        along, thumb = along * np.cos(bend) + thumb * np.sin(bend), thumb * np.cos(bend) - along * np.sin(bend)
        hip = body.pelvis + of(body.pelvis_frame, sign * HIP_HALF, 0, 0)
        ankle, heel, toe = ankle_of(body.balls[:, s], body.foot_yaw[:, s], body.foot_pitch[:, s])
        yaw = np.radians(body.foot_yaw[:, s])
        ahead = np.stack([np.sin(yaw), np.zeros(t), np.cos(yaw)], -1)
        bent = unit(1.3 * ahead + of(body.pelvis_frame, sign * 0.12, 0, 0.7))
        knee, foot = two_bones(hip, ankle, THIGH, SHIN, bent)
        short = foot - ankle  # a leg that cannot reach carries its foot along
        for name, place in {
            "shoulder": shoulder, "elbow": elbow, "wrist": wrist, "index": wrist + HAND * along + 0.022 * thumb,
            "pinky": wrist + 0.9 * HAND * along - 0.03 * thumb, "thumb": wrist + 0.5 * HAND * along + 0.05 * thumb,
            "hip": hip, "knee": knee, "ankle": foot, "heel": heel + short, "foot_index": toe + short,
        }.items():  # fmt: skip
            out[:, at(f"{side}_{name}")] = place
    return out.astype(np.float32)
