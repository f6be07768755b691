"""Where a performer dances in the photo: the pelvis's path, the scale of it, and the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.choreograph.proportions import BONES, LIMBS, PAIRS, TORSO, bone_vectors
from components.choreograph.retarget import Driver, pose_on
from components.choreograph.smooth import Array
from components.core import RIG

MATCH = 0.15
"""Torso lengths: below this median distance of the joints the photo is a moment of the dance."""
_COMPARED = [RIG.index(n) for n in (
    "chest", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")]  # fmt: skip
_FEET = [RIG.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("ankle", "heel", "toe")]
_BIG = [TORSO, *LIMBS]


@dataclass(frozen=True)
class Match:
    """The moment of the dance that the photo shows.

    Attributes:
        frame: of the video.
        distance: torso lengths between photo and that frame.
    """

    frame: int
    distance: float


def find_moment(driver: Driver, body: Array, photo: Array, bones: Array) -> Match:
    """The frame whose pose is nearest to the photo's.

    Args:
        driver: T frames.
        body: (T, 22, 3) px: the dance on the performer's bones.
        photo: (22, 3) px: the performer's joints.
        bones: (21,) px of the performer.
    """
    here = photo[_COMPARED, :2] - photo[0, :2]
    there = body[:, _COMPARED, :2]
    apart = np.linalg.norm(there - here, axis=-1) / bones[TORSO]
    distance = 0.5 * np.median(apart, axis=1) + 0.5 * np.sort(apart, axis=1)[:, -4]
    distance[driver.track.confidence <= 0] = np.inf
    best = int(np.argmin(distance))
    return Match(best, float(np.median(apart[best])) if np.isfinite(distance[best]) else np.inf)


def calibrated(driver: Driver, match: Match, photo: Array, bones: Array) -> Array:
    """Bones of a performer whose photo is a known moment: that moment says how much of each bone the photo shows.

    Returns:
        (21,) px.
    """
    seen_px = np.linalg.norm(bone_vectors(driver.joints[match.frame])[:, :2], axis=-1)
    seen = seen_px / (driver.bones * driver.scale[match.frame])
    here = np.linalg.norm(bone_vectors(photo)[:, :2], axis=-1)
    size = float(np.median((here / np.maximum(seen_px, 1e-6))[_BIG])) * driver.scale[match.frame]
    believed = size * driver.bones
    weight = np.clip((seen - 0.35) / 0.4, 0, 1) ** 2
    told = np.clip(here / np.clip(seen, 0.3, 1.1), 0.8 * believed, 1.25 * believed)
    out, weight_sum = told * weight, weight.copy()
    for a, b in PAIRS:
        out[a] = out[b] = out[a] + out[b]
        weight_sum[a] = weight_sum[b] = weight_sum[a] + weight_sum[b]
    prior = 0.25
    return np.asarray((out + prior * believed) / (weight_sum + prior))


def size_ratio(driver: Driver, bones: Array) -> float:
    """Px of the performer a metre of the dancer."""
    ratio = bones[_BIG] / driver.bones[_BIG]
    return float(np.median(ratio))


def lowest_foot(joints: Array) -> Array:
    """(T,) px: the lowest point of the feet in the picture."""
    return np.asarray(joints[:, _FEET, 1].max(1))


def path_on_photo(driver: Driver, body: Array, floor: Array, photo: Array, ratio: Array, match: Match | None) -> Array:
    """The pelvis's way through the photo.

    The path across follows the dancer's pelvis. Up and down, the lower foot is as high over the floor as the dancer's,
    and the floor moves with the dancer's as they come nearer or go away.

    Args:
        driver: T frames.
        body: (T, 22, 3) px, the pelvis at the origin.
        floor: (T,) px of the reference: the floor under the dancer.
        photo: (22, 3) px: the performer's joints.
        ratio: (T,) px of the photo a px of the reference.
        match: the moment of the photo, or None.

    Returns:
        (T, 2) px.
    """
    pelvis = driver.joints[:, 0, :2]
    steady = float(np.median(ratio))
    lift = np.maximum(floor - lowest_foot(driver.joints), 0) * ratio
    if match is not None:
        moment = match.frame
        path = np.median(photo[_COMPARED, :2] - body[moment, _COMPARED, :2], axis=0) + steady * (
            pelvis - pelvis[moment]
        )
        return np.asarray(path)
    across = photo[0, 0] + steady * (pelvis[:, 0] - np.median(pelvis[:, 0]))
    ground = photo[_FEET, 1].max() + steady * (floor - np.median(floor))
    return np.stack([across, ground - lift - lowest_foot(body)], 1)


__all__ = ["BONES", "Match", "calibrated", "find_moment", "lowest_foot", "path_on_photo", "pose_on", "size_ratio"]
