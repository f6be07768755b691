"""How a person's meshes follow the bones of the rig, which way the body faces, and the colour of the skin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.core import RIG, RIG_BONES, Bool, Float32, UInt8
from components.portray.anatomy import Anatomy, J


def rig_joints(xyz: Float32) -> Float32:
    """(22, 3) joints of RIG from MediaPipe's (33, 3)."""
    return RIG.convert(xyz.astype(np.float32))


def rig_visibility(visibility: Float32) -> Float32:
    """(22,) visibility of RIG's joints from MediaPipe's (33,)."""
    return np.ascontiguousarray(RIG.convert(visibility[:, None].astype(np.float32))[:, 0])


def _rise(x: Any) -> Float32:
    t = np.clip(x, 0, 1)
    out: Float32 = t * t * (3 - 2 * t)
    return out


def _past(points: Float32, before: Float32, joint: Float32, after: Float32, share: float) -> Float32:
    """How far each point lies past a joint: 0 on the bone before it, 1 on the bone after, smooth between."""
    a, b = joint - before, after - joint
    la, lb = float(np.hypot(*a)), float(np.hypot(*b))
    direction = a / max(la, 1e-6) + b / max(lb, 1e-6)
    size = float(np.hypot(*direction))
    if size < 0.15:  # folded flat: the bones lie on each other, the nearer end decides
        direction, size = b - a, float(np.hypot(*(b - a)))
    half = max(share * min(la, lb), 1.0)
    along = (points - joint) @ (direction / max(size, 1e-6))
    return _rise((along / half + 1) / 2)


def limb_bones(part: str) -> tuple[int, int, int]:
    """Columns of RIG_BONES of an arm or leg, from its root."""
    side, limb = part.split("_")
    names = ("upper_arm", "forearm", "hand") if limb == "arm" else ("thigh", "shin", "foot")
    a, b, c = (RIG_BONES.index(f"{side}_{name}") for name in names)
    return a, b, c


def limb_weights(vertices: Float32, body: Anatomy, part: str) -> Float32:
    """(V, len(RIG_BONES)) weights of an arm or leg: smooth steps at its two inner joints."""
    chain = body.chain(part)
    second = _past(vertices, chain[0], chain[1], chain[2], 0.35)
    third = _past(vertices, chain[1], chain[2], chain[3], 0.5) * second
    weights = np.zeros((len(vertices), len(RIG_BONES)), np.float32)
    for column, value in zip(limb_bones(part), (1 - second, second - third, third), strict=True):
        weights[:, column] = value
    return weights


def trunk_weights(vertices: Float32, body: Anatomy, part: str) -> Float32:
    """(V, len(RIG_BONES)) weights of torso or head: spine and head, blended along the neck."""
    axis = body.skull - body.chest
    along = ((vertices - body.chest) @ axis) / (float(axis @ axis) + 1e-6)
    head = _rise((along - 0.15) / 0.45) if part == "head" else 0.6 * _rise((along - 0.15) / 0.6)
    weights = np.zeros((len(vertices), len(RIG_BONES)), np.float32)
    weights[:, RIG_BONES.index("head")] = head
    weights[:, RIG_BONES.index("spine")] = 1 - head
    return weights


def facing(xyz: Float32, world: Float32 | None) -> float:
    """Degrees of yaw of the body: 0 to the viewer, positive: the chest points to the right, 180: away."""
    points = xyz if world is None else world
    across = np.zeros(3)
    for joint, weight in (("shoulder", 1.0), ("hip", 1.0)):
        across += weight * (points[J[f"left_{joint}"]] - points[J[f"right_{joint}"]])
    return float(np.degrees(np.arctan2(across[2], across[0])))


def skin_colour(rgb: UInt8, alpha: Float32, origin: Float32, body: Anatomy, hands: Sequence[Bool | None]) -> UInt8:
    """(3,) uint8 median colour of the face, or where it is turned away of the hands and wrists."""
    import cv2

    mask = np.zeros(alpha.shape, np.uint8)
    if body.visibility[J["nose"]] > 0.5 and body.xy[J["left_ear"], 0] > body.xy[J["right_ear"], 0]:
        spots = [(J["nose"], 0.05), (J["mouth_left"], 0.04), (J["mouth_right"], 0.04)]
    else:
        spots = [(J[f"{side}_{j}"], 0.03) for side in ("left", "right") for j in ("wrist", "index")]
        for hand in hands:
            if hand is not None:
                mask[hand] = 1
    for joint, size in spots if not mask.any() else []:
        x, y = body.xy[joint] - origin
        cv2.circle(mask, (round(float(x)), round(float(y))), max(1, round(size * body.torso)), 1, -1)
    pixels = rgb[(mask > 0) & (alpha > 0.9)]
    if len(pixels) < 8:
        return np.array([198, 150, 125], np.uint8)
    light = pixels.astype(np.float32).sum(axis=1)
    middle = pixels[(light >= np.percentile(light, 30)) & (light <= np.percentile(light, 90))]
    colour: UInt8 = np.median(middle, axis=0).astype(np.uint8)
    return colour
