"""Which part lies over which, frame by frame: steady in time, and across performers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from components.core import RIG, RIG_BONES, Bool, Choreography, Float32, Int32

Float64 = npt.NDArray[np.float64]

BEHIND, LEGS, TORSO, BETWEEN, MOUTH, HEAD, KNEES, FRONT = 0.0, 2.0, 4.0, 5.0, 5.8, 6.0, 7.0, 8.0
"""Levels within one performer: an arm may lie behind, between torso and head, or in front; a knee drawn up lies over
the torso. Within a level the nearer limb lies 0.5 higher."""
BAND = 12.0
"""Performers lie this far apart in z."""
FIRST = 10.0
"""z of the farthest performer's lowest part; 0 is left to shadows on the floor."""
DWELL = 5
"""Frames an order lasts at least: shorter changes are flicker."""


def part_levels(choreography: Choreography, parts: Sequence[str], length: float) -> Float32:
    """Levels of a performer's parts, see BEHIND ... FRONT.

    Args:
        choreography: whose joints' z decide.
        parts: names of PARTS, and "mouth" and "lips" for what lies beneath the head, "lip_line" for what lies on it.
        length: px from chest to pelvis in the photo, the unit of what counts as clearly behind.

    Returns:
        (T, P) float32.
    """
    joints = choreography.joints.astype(np.float64) / max(length, 1.0)
    z = {name: joints[:, RIG.index(name), 2] for name in RIG.joints}
    y = {name: joints[:, RIG.index(name), 1] for name in RIG.joints}
    near_arm = steady(_arm_z(z, "right") - _arm_z(z, "left"), 0.08)
    near_leg = steady((z["right_knee"] + z["right_ankle"] - z["left_knee"] - z["left_ankle"]) / 2, 0.06)
    fixed = {"torso": TORSO, "head": HEAD, "mouth": MOUTH, "lips": MOUTH + 0.1, "lip_line": HEAD + 0.1}
    levels = {name: np.full(len(joints), at) for name, at in fixed.items()}
    for side, arm, leg in (("left", near_arm, near_leg), ("right", ~near_arm, ~near_leg)):
        behind = steady(_arm_z(z, side) - z["chest"] - 0.42, 0.10)
        high = steady(y["chest"] - y[f"{side}_wrist"] - 0.05, 0.08)
        # Only a raised hand can lie behind the head alone.
        past_head = steady(z[f"{side}_wrist"] - z["head"] - 0.2, 0.10) & high
        level = np.where(behind, np.where(high, BETWEEN, BEHIND), np.where(past_head, BETWEEN, FRONT))
        levels[f"{side}_arm"] = level + 0.5 * arm
        drawn_up = steady(y[f"{side}_hip"] - y[f"{side}_knee"] - 0.02, 0.08) & steady(
            z[f"{side}_hip"] - z[f"{side}_knee"] - 0.2, 0.10
        )
        levels[f"{side}_leg"] = np.where(drawn_up, KNEES, LEGS) + 0.5 * leg
    return np.stack([levels[name] for name in parts], axis=1).astype(np.float32)


def _arm_z(z: dict[str, Float64], side: str) -> Float64:
    return 0.4 * z[f"{side}_elbow"] + 0.4 * z[f"{side}_wrist"] + 0.2 * z[f"{side}_hand"]


def steady(value: Float64, margin: float) -> Bool:
    """True where the value is positive, with hysteresis, and no state shorter than DWELL frames.

    Args:
        value: (T,), smoothed here: depth that a camera guesses is noisy.
        margin: the value must pass zero by so much before the state changes.
    """
    value = gaussian_filter1d(value, 2.0, mode="nearest")
    sign = np.where(value > margin, 1, np.where(value < -margin, -1, 0))
    known = np.flatnonzero(sign)
    if len(known) == 0:
        return np.full(len(value), bool(np.median(value) > 0))
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), 0))
    state = sign[last] > 0
    state[: known[0]] = sign[known[0]] > 0
    return _without_short_runs(np.asarray(state))


def _without_short_runs(state: Bool) -> Bool:
    out = state.copy()
    while True:
        changes = np.flatnonzero(np.diff(out)) + 1
        starts, ends = np.concatenate([[0], changes]), np.concatenate([changes, [len(out)]])
        lengths = ends - starts
        inner = np.flatnonzero(lengths < DWELL)
        inner = inner[(inner > 0) & (inner < len(lengths) - 1)]
        if len(inner) == 0:
            return out
        shortest = inner[np.argmin(lengths[inner])]
        out[starts[shortest] : ends[shortest]] = ~out[starts[shortest]]


def performer_ranks(choreographies: Sequence[Choreography], margin: float) -> npt.NDArray[np.int64]:
    """Who dances in front of whom, by depth on the floor, steady in time.

    Args:
        choreographies: K of one length.
        margin: px of depth by which two must differ before they change places.

    Returns:
        (T, K) 0 for the farthest from the viewer.
    """
    depth = np.stack([c.root[:, 2].astype(np.float64) for c in choreographies], axis=1)
    count = depth.shape[1]
    ranks = np.zeros(depth.shape, np.int64)
    for a in range(count):
        for b in range(a + 1, count):
            # Equal depth: the later one in front, in every frame.
            difference = depth[:, b] - depth[:, a]
            farther = steady(difference, margin) if np.abs(difference).max() > margin else np.zeros(len(depth), bool)
            ranks[:, a] += farther
            ranks[:, b] += ~farther
    order = np.argsort(ranks, axis=1, kind="stable")
    out = np.empty_like(ranks)
    np.put_along_axis(out, order, np.broadcast_to(np.arange(count), ranks.shape), axis=1)
    return out


def paint_order(
    choreographies: Sequence[Choreography], parts: Sequence[Sequence[str]], lengths: Sequence[float]
) -> list[Float32]:
    """z of every part of every performer: bands by depth on the floor, and arms that reach out of theirs.

    Args:
        choreographies: K of one length.
        parts: of each, names as for `part_levels`.
        lengths: px from chest to pelvis of each.

    Returns:
        K arrays (T, P) float32, FIRST and more.
    """
    unit = float(np.mean(lengths))
    ranks = performer_ranks(choreographies, 0.15 * unit)
    out = []
    for k, (choreography, names, length) in enumerate(zip(choreographies, parts, lengths, strict=True)):
        levels = part_levels(choreography, names, length)
        bands = np.repeat(ranks[:, k : k + 1], len(names), axis=1).astype(np.float64)
        for p, name in enumerate(names):
            side, _, limb = name.partition("_")
            if limb != "arm":
                continue
            wrist = RIG.index(f"{side}_wrist")
            reach = choreography.root[:, 2] + choreography.joints[:, wrist, 2] - choreography.joints[:, 0, 2]
            for other, neighbour in enumerate(choreographies):
                if other != k:
                    before = steady((neighbour.root[:, 2] - reach).astype(np.float64) - 0.35 * unit, 0.1 * unit)
                    lifted = before & (ranks[:, other] > ranks[:, k]) & (levels[:, p] >= FRONT)
                    bands[:, p] = np.where(lifted, np.maximum(bands[:, p], ranks[:, other]), bands[:, p])
        # An arm lifted into a band lies under that performer's own arms.
        lift = np.where(bands > ranks[:, k : k + 1], -0.7, 0.0)
        out.append((FIRST + BAND * bands + levels + lift).astype(np.float32))
    return out


def folding_order(part: str, triangles: Int32, weights: Float32, behind: bool) -> Int32:
    """A limb's triangles in the order in which they are painted where the limb folds over itself.

    Elbows bring the forearm before the upper arm, knees take the shin behind the thigh; seen from behind both are the
    other way round.

    Args:
        part: name of the part; those that are no limbs stay as they are.
        triangles: (F, 3).
        weights: (V, len(RIG_BONES)).
        behind: the photo shows the person's back.
    """
    side, _, limb = part.partition("_")
    chain = {"arm": ("forearm", "hand"), "leg": ("shin", "foot")}.get(limb)
    if chain is None:
        return triangles
    middle, end = (weights[:, RIG_BONES.index(f"{side}_{bone}")] for bone in chain)
    outward = (middle + 2 * end)[triangles].mean(axis=1)
    last = outward if (limb == "arm") != behind else -outward
    return np.ascontiguousarray(triangles[np.argsort(last, kind="stable")])
