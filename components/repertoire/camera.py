"""A camera before a body in motion: what perceive would have seen of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from components.core import Dancer, Float32, Motion, PoseTrack
from components.repertoire.body import Array

MARGIN = 0.06
"""Share of the frame kept free on each side of everything the body does."""
DISTANCE = 4.2
"""Of the camera from the body's middle, in body heights: far enough for a mild perspective."""
TALL = 0.74
"""At most this share of the frame's height is filled by a standing body."""


def film(motion: Motion, width: int, height: int) -> Dancer:
    """The body seen by a still camera at the height of the hips, framed so that all of the motion is in the picture.

    Args:
        motion: T frames.
        width, height: px of the frame.

    Returns:
        A Dancer of T frames, seen in all of them, with exact pose.
    """
    joints = motion.joints.astype(np.float64)
    hips = joints[:, 23:25].mean(1)
    tall = _height(joints)
    middle = np.array([(hips[:, 0].min() + hips[:, 0].max()) / 2, 0.5 * tall, np.median(hips[:, 2])])
    away = DISTANCE * tall - (joints[..., 2] - middle[2])
    nearer = DISTANCE * tall / np.maximum(away, 0.3 * DISTANCE * tall)
    flat = np.stack([(joints[..., 0] - middle[0]) * nearer, (middle[1] - joints[..., 1]) * nearer], -1)
    head = 0.09 * tall  # the crown lies above the ears
    left, right = flat[..., 0].min(), flat[..., 0].max()
    top, bottom = flat[..., 1].min() - head, flat[..., 1].max()
    free = 1 - 2 * MARGIN
    scale = min(width * free / (right - left), height * free / (bottom - top), height * TALL / tall)
    centre = np.array([width / 2 - scale * (left + right) / 2, height * (1 - 1.4 * MARGIN) - scale * bottom])
    slack = centre[1] + scale * top - MARGIN * height  # a low scene is lifted towards the middle of the frame
    centre[1] -= max(0.0, 0.45 * slack)
    xyz = np.empty_like(joints)
    xyz[..., :2] = flat * scale + centre
    xyz[..., 2] = -(joints[..., 2] - hips[:, None, 2]) * scale
    world = (joints - hips[:, None]) * np.array([1.0, -1.0, -1.0])
    pose = PoseTrack(
        xyz.astype(np.float32),
        world.astype(np.float32),
        np.full(joints.shape[:2], 0.99, np.float32),
        np.ones(len(joints), np.bool_),
        None,
        Fraction(motion.fps),
    )
    return Dancer(0, _box(pose.xyz, head * scale), None, pose, None)


def _height(joints: Array) -> float:
    """Length of the body from heel to crown, from its bones: it may never stand upright."""

    def bone(a: int, b: int) -> float:
        return float(np.median(np.linalg.norm(joints[:, a] - joints[:, b], axis=-1)))

    spine = np.linalg.norm(joints[:, 11:13].mean(1) - joints[:, 23:25].mean(1), axis=-1)
    return bone(23, 25) + bone(25, 27) + 1.75 * float(np.median(spine))


def _box(xyz: Float32, head: float) -> Float32:
    lo, hi = xyz[..., :2].min(1), xyz[..., :2].max(1)
    pad = np.array([0.4 * head, head, 0.4 * head, 0.2 * head])
    out: Float32 = (np.concatenate([lo, hi], -1) + pad * np.array([-1, -1, 1, 1])).astype(np.float32)
    return out
