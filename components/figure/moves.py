"""A small dance on the spot, for pictures that move without a choreography."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from components.core import Motion
from components.figure.skeleton import JOINT, Float64, bend_limb, turn
from components.figure.stance import FOREARM, SHIN, THIGH, UPPER_ARM, stand


def groove(seconds: float, fps: int, *, tempo: float = 112.0, phase: float = 0.0, energy: float = 1.0) -> Motion:
    """A simple dance on the spot with planted feet: knees give on the beat, weight shifts, arms swing.

    Args:
        seconds: length.
        fps: frames a second.
        tempo: beats a minute.
        phase: beats by which it is ahead.
        energy: how large the movements are.
    """
    t = np.arange(max(1, round(seconds * fps))) / fps
    beat = t * tempo / 60 + phase
    frames = np.repeat(stand("standing")[None], len(t), 0)
    for k in range(len(t)):
        frames[k] = _groove_frame(frames[k], float(beat[k]), energy)
    beats = np.arange(0, seconds, 60 / tempo, dtype=np.float32)
    return Motion(frames.astype(np.float32), np.ones((len(t), 2), np.bool_), beats, Fraction(fps))


def _groove_frame(joints: Float64, beat: float, energy: float) -> Float64:
    j = joints.copy()
    dip = energy * 0.045 * (0.5 - 0.5 * np.cos(2 * np.pi * beat))
    sway = energy * 0.055 * np.sin(np.pi * beat)
    twist = turn(energy * 10 * np.sin(np.pi * beat + 0.6), 1)
    j[:25] += (sway, -dip - 0.012, 0)
    pelvis = (j[JOINT["left_hip"]] + j[JOINT["right_hip"]]) / 2
    j[:23] = pelvis + (j[:23] - pelvis) @ twist.T
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hip, ankle = JOINT[f"{side}_hip"], JOINT[f"{side}_ankle"]
        j[JOINT[f"{side}_knee"]], _ = bend_limb(j[hip], j[ankle], THIGH, SHIN, np.array([sign * 0.25, 0, 1.0]))
        swing = np.sin(np.pi * beat + (0.0 if side == "left" else np.pi))
        shoulder = j[JOINT[f"{side}_shoulder"]]
        out = sign * (0.17 + 0.05 * swing * energy)
        reach = shoulder + np.array([out, -0.36 + 0.14 * energy * swing, 0.14 + 0.10 * swing])
        old = j[JOINT[f"{side}_wrist"]].copy()
        elbow, wrist = bend_limb(shoulder, reach, UPPER_ARM, FOREARM, np.array([sign * 0.5, -0.3, -1.0]))
        j[JOINT[f"{side}_elbow"]], j[JOINT[f"{side}_wrist"]] = elbow, wrist
        for finger in ("pinky", "index", "thumb"):
            at = JOINT[f"{side}_{finger}"]
            local = j[at] - old
            # The hand turns forward with the forearm.
            j[at] = wrist + turn(-55.0, 0) @ local
    return j
