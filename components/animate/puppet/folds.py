"""A limb that the photo shows folded lies on itself: unfolded, it must come apart where it is not joined."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from components.core import RIG, RIG_BONES, Float32, Int32, Part

Float64 = npt.NDArray[np.float64]

FOLDED = 100.0
"""Degrees of bend at elbow or knee from which the two bones lie so close that skin belongs to the nearer one."""
_JOINED = 0.45
"""Around the joint skin passes from bone to bone, out to this share of the shorter one, ever more abruptly."""
_WHOLE = 0.2
"""Out to this share it is never torn."""
_TORN = 0.3
"""A cell whose corners differ by more than this in what they follow is torn."""


def unfolded(part: Part, rest: Float32) -> Part:
    """The part with its skin shared out by distance and torn between the bones, where the photo shows it folded.

    Args:
        part: any; those that are no limbs, or are not folded, stay as they are.
        rest: (22, 2) photo px of RIG's joints.
    """
    side, _, limb = part.name.partition("_")
    names = {"arm": ("upper_arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}.get(limb)
    if names is None:
        return part
    bones = [RIG_BONES.index(f"{side}_{name}") for name in names]
    chain = [np.asarray(rest[RIG.bones[b][0]], np.float64) for b in bones]
    chain.append(np.asarray(rest[RIG.bones[bones[-1]][1]], np.float64))
    upper, lower = chain[1] - chain[0], chain[2] - chain[1]
    shorter = min(float(np.hypot(*upper)), float(np.hypot(*lower)))
    bend = np.degrees(np.arccos(np.clip(upper @ lower / max(np.hypot(*upper) * np.hypot(*lower), 1e-6), -1, 1)))
    if bend < FOLDED or shorter < 2:
        return part
    vertices = np.asarray(part.vertices, np.float64)
    tip = chain[3] + (chain[3] - chain[2])
    to_upper = _distance(vertices, chain[0], chain[1])
    to_lower = np.minimum(_distance(vertices, chain[1], chain[2]), _distance(vertices, chain[2], tip))
    away = np.hypot(*(vertices - chain[1]).T)
    soft = np.maximum(0.30 * np.clip(1 - away / (_JOINED * shorter), 0, 1), 1e-3) * shorter
    past = _rise(0.5 + (to_upper - to_lower) / (2 * soft))
    # Outside the bend both bones are as near as the joint; there nothing lies on anything and the old weights are good.
    outer = _rise((np.minimum(to_upper, to_lower) / np.maximum(away, 1e-6) - 0.85) / 0.15)
    past += outer * (1 - part.weights[:, bones[0]] - past)
    along = (vertices - chain[2]) @ (chain[3] - chain[2]) / max(float(np.hypot(*(chain[3] - chain[2]))) ** 2, 1.0)
    end = past * _rise(0.5 + along)
    weights = np.zeros(part.weights.shape, np.float32)
    for bone, value in zip(bones, (1 - past, past - end, end), strict=True):
        weights[:, bone] = value
    return _torn(part, weights, bones[0], away, _WHOLE * shorter)


def _torn(part: Part, weights: Float32, upper: int, away: Float64, radius: float) -> Part:
    """Double the cells that join both bones far from the joint, one copy for each."""
    triangles = np.asarray(part.triangles)
    past = 1 - weights[:, upper]
    corners = past[triangles]
    torn = (np.ptp(corners, axis=1) > _TORN) & (away[triangles].min(axis=1) > radius)
    vertices = np.asarray(part.vertices)
    sheets: list[Int32] = [triangles[~torn]]
    added, added_weights, count = [vertices], [weights], len(vertices)
    for beyond in (True, False):
        # Each copy takes over the corners of the other bone and gives them the nearest weights of its own.
        cells = triangles[torn].copy()
        foreign = np.unique(cells[(past[cells] > 0.5) == beyond])
        if not len(foreign):
            continue
        own = np.unique(cells[(past[cells] > 0.5) != beyond])
        if not len(own):
            continue
        gap = ((vertices[foreign, None] - vertices[None, own]) ** 2).sum(axis=-1)
        number = np.arange(len(vertices))
        number[foreign] = count + np.arange(len(foreign))
        sheets.append(number[cells].astype(np.int32))
        added.append(vertices[foreign])
        added_weights.append(weights[own[gap.argmin(axis=1)]])
        count += len(foreign)
    return dataclasses.replace(
        part,
        vertices=np.concatenate(added).astype(np.float32),
        triangles=np.concatenate(sheets).astype(np.int32),
        weights=np.concatenate(added_weights).astype(np.float32),
    )


def _distance(points: Float64, a: Float64, b: Float64) -> Float64:
    along = np.clip((points - a) @ (b - a) / max(float((b - a) @ (b - a)), 1e-6), 0, 1)
    return np.asarray(np.hypot(*(points - a - along[:, None] * (b - a)).T))


def _rise(x: Float64) -> Float64:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
