"""From somebody's BVH skeleton to a Motion: units, axes, floor, front, and MediaPipe's joints."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_closing, binary_opening

from components.core import MEDIAPIPE_33, Motion, Notice, TroupeError
from components.repertoire.anatomy import PARTS, by_name, by_shape
from components.repertoire.body import HAND, LEG, SOLE, THIGH, unit
from components.repertoire.bvh import Array, Bvh, forward, read

UNITS = (1.0, 0.01, 0.0254, 0.001, 0.3048, 0.05644)
"""m of what skeletons are written in: m, cm, inch, mm, foot, and CMU's own."""
LOW, SLOW = 0.05, 0.2
"""m over the floor and m/s: a heel or toe below both stands."""


def read_motion(
    path: Path, fps: Fraction, start: float, duration: float | None, max_seconds: float
) -> tuple[Motion, tuple[Notice, ...]]:
    """Read a part of a BVH file as a motion before the viewer.

    Args:
        path: of the file.
        fps: frames a second wanted.
        start, duration: s of the file; None to its end.
        max_seconds: refused when more would be danced.

    Raises:
        TroupeError: unreadable_motion, clip_too_short, clip_too_long, file_too_large.
    """
    bvh = read(path)
    whole = len(bvh.values) * bvh.frame_time
    seconds = min(whole - start, whole if duration is None else duration)
    if seconds < 2 / float(fps):
        raise TroupeError(
            "clip_too_short",
            f"{path.name} has {whole:.1f} s, nothing is left from second {start:g}: choose an earlier start.",
            seconds=whole,
            start=start,
        )
    if seconds > max_seconds:
        raise TroupeError(
            "clip_too_long",
            f"{seconds:.0f} s of {path.name} are more than the limit of {max_seconds:.0f} s: give --duration.",
            seconds=seconds,
            limit=max_seconds,
        )
    frames = max(2, int(seconds * float(fps) + 1e-6))
    at = np.clip((start + np.arange(frames) / float(fps)) / bvh.frame_time, 0, len(bvh.values) - 1)
    joints = _upright(path, bvh, at)
    notices: tuple[Notice, ...] = ()
    if bvh.missing:
        notices = (
            Notice(
                "clip_damaged",
                f"{path.name} ends {bvh.missing} frames before what it promises; the rest is used.",
                {"missing": bvh.missing},
            ),
        )
    joints = _facing_viewer(joints)
    return (
        Motion(joints.astype(np.float32), contacts_of(joints, float(fps)), np.zeros(0, np.float32), fps),
        notices,
    )


def _upright(path: Path, bvh: Bvh, at: Array) -> Array:
    """(T, 33, 3) m, y up, the floor at 0."""
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, len(bvh.values) - 1)
    positions, turns = forward(bvh, low)
    after, _ = forward(bvh, high)
    part = (at - low)[:, None, None]
    positions = positions + (after - positions) * part
    found = by_name(bvh.names)
    lacking = [f"{s}_{p}" for s in ("left", "right") for p in PARTS if f"{s}_{p}" not in found]
    if lacking:
        spread = positions - positions.mean(1, keepdims=True)
        found = by_shape(bvh.parents, spread @ _y_up(_longest_axis(positions)))
        lacking = [f"{s}_{p}" for s in ("left", "right") for p in PARTS if f"{s}_{p}" not in found]
    if lacking:
        raise TroupeError(
            "unreadable_motion",
            f"{path.name} has no joint that is called or looks like {lacking[0].replace('_', ' ')}: it is not the "
            "skeleton of a person.",
            path=str(path),
            missing=lacking,
        )
    hips = (positions[:, found["left_hip"]] + positions[:, found["right_hip"]]) / 2
    feet = (positions[:, found["left_ankle"]] + positions[:, found["right_ankle"]]) / 2
    shoulders = (positions[:, found["left_shoulder"]] + positions[:, found["right_shoulder"]]) / 2
    rotate = _y_up((shoulders - feet).mean(0) if np.linalg.norm((shoulders - feet).mean(0)) else hips[0] - feet[0])
    positions, turns = positions @ rotate, rotate.T @ turns
    leg = np.mean([
        np.median(np.linalg.norm(positions[:, found[f"{s}_{a}"]] - positions[:, found[f"{s}_{b}"]], axis=-1))
        for s in ("left", "right") for a, b in (("hip", "knee"), ("knee", "ankle"))
    ])  # fmt: skip
    if leg <= 0:
        raise TroupeError("unreadable_motion", f"{path.name} has legs without length.", path=str(path))
    joints = _mediapipe(bvh, positions * _metres(2 * float(leg)), turns, found)
    joints[..., 1] -= np.percentile(joints[:, 29:33, 1].min(1), 3) - SOLE
    joints[..., [0, 2]] -= joints[:, 23:25].mean((0, 1))[[0, 2]]
    return joints


def _longest_axis(positions: Array) -> Array:
    """Of a skeleton without names: the axis along which its joints spread most, pointing away from the sparse end."""
    spread = positions - positions.mean(1, keepdims=True)
    axis = int(np.argmax(spread.std((0, 1))))
    out = np.zeros(3)
    out[axis] = 1.0 if np.median(spread[..., axis]) >= 0 else -1.0
    return out


def _y_up(up: Array) -> Array:
    """(3, 3): rows times this are turned so that the main axis of `up` becomes y."""
    axis = int(np.argmax(np.abs(up)))
    sign = 1.0 if up[axis] >= 0 else -1.0
    if axis == 1:
        return np.diag([1.0, sign, sign])
    out = np.zeros((3, 3))
    out[axis, 1] = sign
    if axis == 2:
        out[0, 0], out[1, 2] = 1.0, -sign
    else:
        out[1, 0], out[2, 2] = -sign, 1.0
    return out


def _metres(leg: float) -> float:
    """m of a file unit: the unit in which these legs are a person's; a size of its own is brought to an adult's."""
    unit_of = min(UNITS, key=lambda u: abs(np.log(leg * u / LEG)))
    return unit_of if abs(np.log(leg * unit_of / LEG)) < 0.25 else LEG / leg


def _mediapipe(bvh: Bvh, positions: Array, turns: Array, found: dict[str, int]) -> Array:
    out = np.zeros((len(positions), 33, 3))
    at = MEDIAPIPE_33.joints.index
    for side in ("left", "right"):
        for part in PARTS:
            out[:, at(f"{side}_{part}")] = positions[:, found[f"{side}_{part}"]]
        _foot(out, bvh, positions, found, side)
        _hand(out, positions, found, side)
    _head(out, positions, turns, found)
    return out


def _foot(out: Array, bvh: Bvh, positions: Array, found: dict[str, int], side: str) -> None:
    at = MEDIAPIPE_33.joints.index
    ankle, knee = out[:, at(f"{side}_ankle")], out[:, at(f"{side}_knee")]
    joint = found.get(f"{side}_toe")
    if joint is None:
        below = [i for i, p in enumerate(bvh.parents) if p == found[f"{side}_ankle"]]
        joint = below[0] if below else None
    across = out[:, at("left_hip")] - out[:, at("right_hip")]
    ahead = unit(np.cross(across, np.array([0.0, 1.0, 0.0]))) if side == "right" or across.any() else across
    size = float(np.median(np.linalg.norm(knee - ankle, axis=-1))) / THIGH
    toe = ankle + size * (0.18 * ahead - np.array([0, 0.065, 0])) if joint is None else positions[:, joint]
    if joint is not None:
        ends = [i for i, p in enumerate(bvh.parents) if p == joint]
        tip = positions[:, ends[0]] if ends else toe
        length = np.median(np.linalg.norm(toe - ankle, axis=-1))
        toe = tip if 0.02 * size < np.median(np.linalg.norm(tip - toe, axis=-1)) < 0.12 * size else toe
        if np.median(np.linalg.norm(toe - ankle, axis=-1)) < 0.05 * size or length == 0:
            toe = ankle + size * (0.18 * ahead - np.array([0, 0.065, 0]))
    long = np.linalg.norm(toe - ankle, axis=-1, keepdims=True)
    d = unit(toe - ankle)
    shin = knee - ankle
    u = unit(shin - (shin * d).sum(-1, keepdims=True) * d)
    # the heel lies below and behind the ankle, in the plane of shin and foot, as low as the toe where the foot is flat
    lowest = ankle[:, 1] <= np.percentile(ankle[:, 1], 30)
    level = np.median(
        ((toe[:, 1] - ankle[:, 1] + 0.13 * (long * d)[:, 1]) / np.maximum(u[:, 1], 0.3) / long[:, 0])[lowest]
    )
    out[:, at(f"{side}_heel")] = ankle - 0.13 * long * d + np.clip(level, -0.7, -0.15) * long * u
    out[:, at(f"{side}_foot_index")] = toe


def _hand(out: Array, positions: Array, found: dict[str, int], side: str) -> None:
    at = MEDIAPIPE_33.joints.index
    shoulder, elbow, wrist = (out[:, at(f"{side}_{p}")] for p in ("shoulder", "elbow", "wrist"))
    size = float(np.median(np.linalg.norm(wrist - elbow, axis=-1))) / 0.25
    along = unit(wrist - elbow)
    thumb = shoulder - elbow
    thumb = unit(thumb - (thumb * along).sum(-1, keepdims=True) * along + 1e-6)
    made = {
        "index": wrist + size * (HAND * along + 0.022 * thumb),
        "pinky": wrist + size * (0.9 * HAND * along - 0.03 * thumb),
        "thumb": wrist + size * (0.5 * HAND * along + 0.05 * thumb),
    }
    for part, place in made.items():
        joint = found.get(f"{side}_{part}")
        real = positions[:, joint] if joint is not None else place
        believable = 0.01 * size < np.median(np.linalg.norm(real - wrist, axis=-1)) < 0.2 * size
        out[:, at(f"{side}_{part}")] = real if believable else place


def _head(out: Array, positions: Array, turns: Array, found: dict[str, int]) -> None:
    at = MEDIAPIPE_33.joints.index
    chest = (out[:, at("left_shoulder")] + out[:, at("right_shoulder")]) / 2
    hips = (out[:, at("left_hip")] + out[:, at("right_hip")]) / 2
    up = unit(chest - hips)
    left = out[:, at("left_shoulder")] - out[:, at("right_shoulder")]
    left = unit(left - (left * up).sum(-1, keepdims=True) * up)
    frame = np.stack([left, up, np.cross(left, up)], -1)
    size = float(np.median(np.linalg.norm(chest - hips, axis=-1))) / 0.5
    joint = found.get("head", found.get("neck"))
    base = chest + size * 0.13 * up
    if joint is not None:
        # on average a head looks where the chest does: that gives its own axes whatever they are in the file
        turned = turns[:, joint]
        mean = (np.swapaxes(turned, 1, 2) @ frame).mean(0)
        a, _, b = np.linalg.svd(mean)
        frame = turned @ (a @ np.diag([1, 1, np.sign(np.linalg.det(a @ b))]) @ b)
        given = positions[:, joint]
        if 0.03 * size < np.median(np.linalg.norm(given - chest, axis=-1)) < 0.3 * size:
            base = given
    centre = base + size * (0.085 * frame[:, :, 1] + 0.012 * frame[:, :, 2])
    for name, (x, y, z) in {
        "nose": (0, -0.01, 0.105), "left_eye": (0.032, 0.028, 0.083), "right_eye": (-0.032, 0.028, 0.083),
        "left_eye_inner": (0.018, 0.028, 0.086), "right_eye_inner": (-0.018, 0.028, 0.086),
        "left_eye_outer": (0.045, 0.028, 0.074), "right_eye_outer": (-0.045, 0.028, 0.074),
        "left_ear": (0.075, 0, 0), "right_ear": (-0.075, 0, 0),
        "mouth_left": (0.026, -0.06, 0.085), "mouth_right": (-0.026, -0.06, 0.085),
    }.items():  # fmt: skip
        out[:, at(name)] = centre + size * (x * frame[:, :, 0] + y * frame[:, :, 1] + z * frame[:, :, 2])


def _facing_viewer(joints: Array) -> Array:
    """Turned about the vertical so that the body faces the viewer most of the time."""
    across = (joints[:, 11] - joints[:, 12]) + (joints[:, 23] - joints[:, 24])
    yaw = np.arctan2(-across[:, 2], across[:, 0])
    spread = np.hypot(np.cos(yaw).mean(), np.sin(yaw).mean())
    if spread > 0.25:
        front = np.arctan2(np.sin(yaw).mean(), np.cos(yaw).mean())
    else:
        counts, edges = np.histogram(np.mod(yaw, 2 * np.pi), 24, (0, 2 * np.pi))
        front = edges[int(np.argmax(counts))] + np.pi / 24
    c, s = np.cos(front), np.sin(front)
    return np.asarray(joints @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]))


def contacts_of(joints: Array, fps: float) -> npt.NDArray[np.bool_]:
    """Where a heel or toe is on the floor and keeps still, from joints in space.

    Args:
        joints: (T, 33, 3) m, the floor at y = 0.
        fps: frames a second.

    Returns:
        (T, 2) bool, left and right; rests and gaps between them shorter than 0.1 s are noise and left out.
    """
    soles = joints[:, [[29, 31], [30, 32]]]
    speed = np.linalg.norm(np.gradient(soles, 1 / fps, axis=0), axis=-1)
    rests = ((speed < SLOW) & (soles[..., 1] < LOW + SOLE)).any(-1)
    width = max(1, round(0.1 * fps) | 1)
    closed = binary_closing(np.pad(rests, ((width, width), (0, 0)), mode="edge"), np.ones((width, 1)))
    return np.asarray(binary_opening(closed, np.ones((width, 1)))[width:-width])
