"""Scripted scenes whose truth is hard to find again: five dancers who cross, a face that talks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.core import EXPRESSIONS, Motion
from components.figure.camera import Camera
from components.figure.scene import draw_clip, frame_people
from components.figure.skeleton import JOINT, bend_limb, turn
from components.figure.stance import FOREARM, SHIN, THIGH, UPPER_ARM, stand
from components.figure.truth import Truth

Float64 = npt.NDArray[np.float64]

CROSSING_LOOKS = ("ada", "kofi", "mei", "zola", "sam")


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
    upper = [*range(23), 23, 24]
    j[upper] += (sway, -dip - 0.012, 0)
    pelvis = (j[JOINT["left_hip"]] + j[JOINT["right_hip"]]) / 2
    top = [*range(23)]
    j[top] = pelvis + (j[top] - pelvis) @ twist.T
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hip, ankle = JOINT[f"{side}_hip"], JOINT[f"{side}_ankle"]
        j[JOINT[f"{side}_knee"]], _ = bend_limb(j[hip], j[ankle], THIGH, SHIN, np.array([sign * 0.25, 0, 1.0]))
        swing = np.sin(np.pi * beat + (0.0 if side == "left" else np.pi))
        shoulder = j[JOINT[f"{side}_shoulder"]]
        reach = shoulder + (sign * (0.17 + 0.05 * swing * energy), -0.36 + 0.14 * energy * swing, 0.14 + 0.10 * swing)
        old = j[JOINT[f"{side}_wrist"]].copy()
        elbow, wrist = bend_limb(shoulder, reach, UPPER_ARM, FOREARM, np.array([sign * 0.5, -0.3, -1.0]))
        j[JOINT[f"{side}_elbow"]], j[JOINT[f"{side}_wrist"]] = elbow, wrist
        for finger in ("pinky", "index", "thumb"):
            at = JOINT[f"{side}_{finger}"]
            local = j[at] - old
            # The hand turns forward with the forearm.
            j[at] = wrist + turn(-55.0, 0) @ local
    return j


def walk_path(
    seconds: float, fps: int, keys: Sequence[tuple[float, float, float]], *, tempo: float = 112.0, phase: float = 0.0
) -> Motion:
    """A dancer who grooves and steps along a path on the floor, always facing the viewer.

    Args:
        seconds, fps, tempo, phase: as in `groove`.
        keys: (second, x m, z m), rising in time; between them the dancer goes smoothly, feet stepping.
    """
    base = groove(seconds, fps, tempo=tempo, phase=phase, energy=0.8)
    t = np.arange(base.frames) / fps
    times = np.array([k[0] for k in keys])
    place = np.zeros((base.frames, 2))
    for axis in range(2):
        values = np.array([k[1 + axis] for k in keys])
        i = np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(keys) - 2)
        u = np.clip((t - times[i]) / np.maximum(times[i + 1] - times[i], 1e-6), 0, 1)
        place[:, axis] = values[i] + (values[i + 1] - values[i]) * (u * u * (3 - 2 * u))
    joints = base.joints.astype(np.float64)
    shift = np.stack([place[:, 0], np.zeros(len(t)), place[:, 1]], -1)
    speed = np.hypot(*np.asarray(np.gradient(place, axis=0)).T) * fps
    contacts = np.ones((len(t), 2), np.bool_)
    pace = 2.2
    for f, (side, sign) in enumerate((("left", 1.0), ("right", -1.0))):
        stepping = _steps(place, speed, t, pace, 0.0 if side == "left" else 0.5)
        foot = [JOINT[f"{side}_{n}"] for n in ("ankle", "heel", "foot_index")]
        lift = stepping[:, 2]
        offset = np.stack([stepping[:, 0], lift, stepping[:, 1]], -1)
        joints[:, foot] += offset[:, None]
        contacts[:, f] = lift < 1e-6
        _ = sign
    body = [i for i in range(33) if i not in range(25, 33)]
    joints[:, body] += shift[:, None]
    for k in range(len(t)):
        for side, sign in (("left", 1.0), ("right", -1.0)):
            hip, ankle = joints[k, JOINT[f"{side}_hip"]], joints[k, JOINT[f"{side}_ankle"]]
            far = float(np.linalg.norm(ankle - hip)) - (THIGH + SHIN) * 0.995
            if far > 0:
                # A long step lowers the hips.
                joints[k, body] -= (0.0, min(far, 0.12), 0.0)
    for k in range(len(t)):
        for side, sign in (("left", 1.0), ("right", -1.0)):
            hip, ankle = joints[k, JOINT[f"{side}_hip"]], joints[k, JOINT[f"{side}_ankle"]]
            knee, _ = bend_limb(hip, ankle, THIGH, SHIN, np.array([sign * 0.25, 0, 1.0]))
            joints[k, JOINT[f"{side}_knee"]] = knee
    return Motion(joints.astype(np.float32), contacts, base.beats, base.fps)


def _steps(place: Float64, speed: Float64, t: Float64, pace: float, phase: float) -> Float64:
    """(T, 3) x, z, height of a foot that stays planted and jumps from hold to hold while the body moves on."""
    out = np.zeros((len(t), 3))
    hold = place[0].copy()
    start = hold.copy()
    goal = hold.copy()
    was = 1.0
    for k in range(len(t)):
        cycle = (t[k] * pace + phase) % 1.0
        swing = cycle < 0.5
        if swing and was >= 0.5:
            start = hold.copy()
            ahead = min(k + int(0.5 / pace / max(t[1] - t[0], 1e-6)) + 2, len(t) - 1)
            goal = place[ahead].copy()
        was = cycle
        moved = float(np.hypot(*(goal - start)))
        if swing and moved > 0.01:
            u = cycle / 0.5
            u = u * u * (3 - 2 * u)
            hold = start + (goal - start) * u
            out[k, 2] = 0.07 * np.sin(np.pi * min(cycle / 0.5, 1.0)) * min(moved / 0.15, 1.0)
        elif moved > 0.01:
            hold = goal.copy()
        out[k, :2] = hold
    _ = speed
    return out


@dataclass(frozen=True)
class Group:
    """Several dancers in one room.

    Attributes:
        looks: of each.
        motions: of each, in one space.
        present: (N, T): who is in the picture's room.
        camera: which sees them.
    """

    looks: tuple[str, ...]
    motions: tuple[Motion, ...]
    present: npt.NDArray[np.bool_]
    camera: Camera


def crossing(size: tuple[int, int] = (640, 360), seconds: float = 8.0, fps: int = 15) -> Group:
    """Five dancers: two pairs cross, one passing right before the other, and one walks out of the frame and back.

    Args:
        size: px width, height.
        seconds: at least 6.
        fps: frames a second.
    """
    s = seconds
    walks = [
        # 0 and 1 change places in the first third, and change back in the last.
        [(0, -1.5, 0.45), (0.12 * s, -1.5, 0.45), (0.34 * s, -0.75, 0.45), (0.66 * s, -0.75, 0.45), (0.9 * s, -1.5, 0.45), (s, -1.5, 0.45)],
        [(0, -0.75, -0.25), (0.12 * s, -0.75, -0.25), (0.34 * s, -1.5, -0.25), (0.66 * s, -1.5, -0.25), (0.9 * s, -0.75, -0.25), (s, -0.75, -0.25)],
        [(0, 0.0, 0.1), (s, 0.0, 0.1)],
        [(0, 0.8, 0.0), (s, 0.8, 0.0)],
        # 4 leaves on the right and comes back.
        [(0, 1.6, 0.2), (0.25 * s, 1.6, 0.2), (0.45 * s, 3.6, 0.2), (0.60 * s, 3.6, 0.2), (0.85 * s, 1.6, 0.2), (s, 1.6, 0.2)],
    ]  # fmt: skip
    motions = tuple(walk_path(s, fps, w, phase=0.37 * k, tempo=100 + 6 * k) for k, w in enumerate(walks))
    frames = motions[0].frames
    first = np.stack([m.joints for m in motions])
    stay = np.abs(first[..., 23, 0]) < 2.0
    camera = frame_people(np.where(stay[..., None, None], first, np.nan), size)
    return Group(CROSSING_LOOKS, motions, np.ones((5, frames), np.bool_), camera)


def draw_crossing(path: Path, size: tuple[int, int] = (640, 360), seconds: float = 8.0, fps: int = 15) -> Truth:
    """Write the clip of `crossing`; its truth has identities by place: figure k is row k."""
    group = crossing(size, seconds, fps)
    return draw_clip(
        path, group.looks, group.motions, size=size, fps=fps, seconds=seconds, room="hall", camera=group.camera
    )


def talking(seconds: float, fps: int, seed: int = 1) -> npt.NDArray[np.float32]:
    """(T, 10) coefficients of a face that speaks in phrases with pauses, blinks, smiles and raises its brows."""
    random = np.random.default_rng(seed)
    t = np.arange(max(1, round(seconds * fps))) / fps
    out = np.zeros((len(t), len(EXPRESSIONS)), np.float32)
    at = 0.25
    while at < seconds:
        end = min(at + random.uniform(1.0, 1.8), seconds)
        while at < end:
            length = random.uniform(0.16, 0.28)
            height = random.uniform(0.35, 0.95)
            syllable = np.clip(1 - ((t - at - length / 2) / (length / 2)) ** 2, 0, 1)
            out[:, 0] = np.maximum(out[:, 0], height * syllable)
            if random.uniform() < 0.25:
                out[:, 1] = np.maximum(out[:, 1], 0.8 * syllable)
            at += length * random.uniform(0.8, 1.0)
        at += random.uniform(0.35, 0.6)
    at = 0.5
    while at < seconds:
        blink = np.clip(1.4 - np.abs(t - at) / 0.08, 0, 1)
        out[:, 4] = np.maximum(out[:, 4], blink)
        out[:, 5] = out[:, 4]
        at += random.uniform(0.8, 1.6)
    slow = 0.5 - 0.5 * np.cos(2 * np.pi * t / 2.6)
    out[:, 2] = out[:, 3] = 0.6 * slow * (out[:, 1] < 0.1)
    brows = np.clip(np.sin(2 * np.pi * (t / 1.9 + 0.3)), 0, 1)
    out[:, 6] = out[:, 7] = 0.9 * brows
    return out


def face_camera(size: tuple[int, int], *, width: float = 0.5) -> Camera:
    """A close-up of somebody who stands at the origin: `width` metres across the picture at the head."""
    w, h = size
    head = stand("standing")[:11].mean(0)
    focal = 2.2 * w / width
    return Camera((float(head[0]), float(head[1]), float(head[2]) + 2.2), focal, ((w - 1) / 2, 0.50 * h))


def draw_talking(
    path: Path,
    look: str = "noor",
    size: tuple[int, int] = (256, 256),
    seconds: float = 4.0,
    fps: int = 25,
    *,
    sound: tuple[npt.NDArray[np.float32], int] | None = None,
    sway: float = 6.0,
    faces: npt.NDArray[np.floating] | None = None,
) -> Truth:
    """Write a close-up of a face that talks and blinks.

    Args:
        path: of the .mp4.
        look: of LOOKS.
        size: px width, height.
        seconds: length.
        fps: frames a second.
        sound: samples and rate, or None; it has nothing to do with the mouth unless the caller makes it so.
        sway: degrees by which the head turns to and fro.
        faces: (T, 10) coefficients; default: those of `talking`.
    """
    motion = groove(seconds, fps, energy=0.0)
    own = talking(seconds, fps) if faces is None else faces
    t = np.arange(motion.frames) / fps
    heads = np.stack(
        [sway * np.sin(2 * np.pi * t / 3.1), 0.4 * sway * np.sin(2 * np.pi * t / 2.3), 0.3 * sway * np.sin(t * 2.0)], -1
    )
    return draw_clip(
        path, look, motion, size=size, fps=fps, seconds=seconds, sound=sound, room="plain", camera=face_camera(size),
        faces=own[None, : motion.frames], heads=heads[None],
    )  # fmt: skip
