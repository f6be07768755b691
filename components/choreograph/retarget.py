"""A dancer's pose on a performer's bones: directions from the dancer, lengths from the performer, foreshortening kept.

In the picture plane a bone that points at the camera looks short. So each bone takes the dancer's direction and the
performer's own length times how much of the dancer's true length is seen. Shoulders and hips are bones with a sign:
when a body turns they narrow, and swap sides in a back view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from components.choreograph.camera import camera_motion
from components.choreograph.proportions import (
    BONES,
    HEAD,
    METRES,
    TORSO,
    apparent_scale,
    bone_vectors,
    dancer_bones,
)
from components.choreograph.smooth import Array, Sight, Track
from components.core import RIG

SHORTEST, LONGEST = 0.05, 1.1
"""Limits of how much of a bone is seen."""
TORSO_LIMITS = (0.55, 1.12)
HEAD_LIMITS = (0.8, 1.1)


@dataclass(frozen=True)
class Driver:
    """A dancer as a rig in motion, and the sizes of their body.

    Attributes:
        sight: when they are seen.
        joints: (T, 22, 3) px of the reference: RIG.
        scale: (T,) px a metre: apparent size.
        bones: (21,) true lengths in px at scale 1, in the order of BONES.
        camera: (T, 2) px: the way of the floor through the picture.
    """

    sight: Sight
    joints: Array
    scale: Array
    bones: Array
    camera: Array


def driver_of(track: Track) -> Driver:
    """Measure a dancer."""
    joints = rig(track.xyz)
    scale = apparent_scale(track)
    trusted = track.confidence > 0.5 * track.confidence.max()
    bones = dancer_bones(bone_vectors(joints)[..., :2], scale, trusted)
    return Driver(track.sight(), joints, scale, bones, camera_motion(track, METRES * scale))


def rig(mediapipe: Array) -> Array:
    """(T, 22, 3) RIG joints of (T, 33, 3) MediaPipe joints, in double precision."""
    return np.stack([mediapipe[:, list(source)].mean(1) for source in RIG.from_mediapipe], 1)


def pose_on(driver: Driver, bones: Array, growth: Array) -> Array:
    """The dancer's poses on other bones, the pelvis at the origin.

    Args:
        driver: T frames.
        bones: (21,) px lengths of the performer, in the order of BONES.
        growth: (T,) how much larger than in the photo the performer is drawn.

    Returns:
        (T, 22, 3) px: RIG; z scaled as x and y are.
    """
    vectors = bone_vectors(driver.joints)
    true = driver.bones * driver.scale[:, None]
    length = np.linalg.norm(vectors[..., :2], axis=-1)
    seen = length / true
    low, high = np.full(len(BONES), 0.0), np.full(len(BONES), LONGEST)
    low[: len(RIG.bones)] = SHORTEST
    low[TORSO], high[TORSO] = TORSO_LIMITS
    low[HEAD], high[HEAD] = HEAD_LIMITS
    wanted = np.clip(seen, low, high) * bones * growth[:, None]
    factor = np.where(length > 1e-6, wanted / np.maximum(length, 1e-6), 0.0)
    depth = np.minimum(factor, 2 * bones * growth[:, None] / true)  # a bone seen end on must not blow its depth up
    moved = vectors * np.stack([factor, factor, depth], -1)
    out = np.zeros_like(driver.joints)
    for bone in _FROM_PELVIS:
        parent, child = BONES[bone]
        out[:, child] = out[:, parent] + moved[:, bone]
    return out


def _from_pelvis() -> tuple[int, ...]:
    """Bones in an order in which every parent is placed before its children."""
    placed, order = {RIG.index("pelvis")}, list[int]()
    while len(order) < len(BONES):
        for bone, (parent, child) in enumerate(BONES):
            if parent in placed and child not in placed:
                placed.add(child)
                order.append(bone)
    return tuple(order)


_FROM_PELVIS = _from_pelvis()


def facing(track: Track) -> Array:
    """(T,) degrees of yaw of the body, unwrapped: positive when the chest points to the right of the picture.

    The left-right lines of shoulders and hips give it: their width across the picture and their depth.
    """
    space = track.world if track.world is not None else track.xyz
    line = (space[:, 11] - space[:, 12]) + 0.7 * (space[:, 23] - space[:, 24])
    across, away = line[:, 0], line[:, 2]
    sigma = 0.06 * float(track.fps)
    across, away = (gaussian_filter1d(v, sigma, mode="nearest") for v in (across, away))
    return np.asarray(np.degrees(np.unwrap(np.arctan2(away, across))))
