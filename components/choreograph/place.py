"""Where a performer dances in the photo: the pelvis's path, the scale of it, and the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from components.choreograph.contacts import Contacts
from components.choreograph.proportions import LIMBS, PAIRS, TORSO, bone_vectors
from components.choreograph.retarget import Driver, pose_on
from components.choreograph.smooth import Array, Mask, Sight
from components.core import RIG

MATCH, SAME = 0.15, 0.05
"""Torso lengths between the photo's joints and the nearest frame's: below the first the photo is a moment of the dance,
below the second it is that very frame of the reference, and its scale is known exactly."""
START = 0.3
"""s in which the dancer's place at the start is measured."""
EDGE = 0.985
"""Share of the photo's height below which nobody's floor should come."""
SETTLE = 0.1
"""s within which a performer settles on the floor."""
NEAR, FAR = 1.7, 0.6
"""Limits of how much larger or smaller than in the photo a performer gets when the dancer comes nearer or goes away."""
_COMPARED = [RIG.index(n) for n in (
    "chest", "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")]  # fmt: skip
_FEET = [RIG.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("ankle", "heel", "toe")]
_BIG = [TORSO, *LIMBS]


@dataclass(frozen=True)
class Fit:
    """How a dance is laid onto a photo.

    Attributes:
        frame: the moment of the dance that the photo shows, or None where it shows none.
        exact: the photo is that very frame of the reference.
        ratio: px of the photo a px of the reference.
        bones: (21,) px lengths of the performer's bones.
        growth: (T,) how much larger than in the photo the performer is.
    """

    frame: int | None
    exact: bool
    ratio: float
    bones: Array
    growth: Array


def fit(driver: Driver, photo: Array, bones: Array) -> Fit:
    """Find the moment of the dance that the photo shows, and from it the performer's true size and bones.

    Args:
        driver: T frames.
        photo: (22, 3) px: the performer's joints.
        bones: (21,) px: the performer's bones as the photo shows them.
    """
    seen = driver.sight.confidence > 0
    here = photo[_COMPARED, :2]
    there = driver.joints[:, _COMPARED, :2]
    a, b = here - here.mean(0), there - there.mean(1, keepdims=True)
    ratios = (a * b).sum((1, 2)) / np.maximum((b * b).sum((1, 2)), 1e-9)
    apart = np.linalg.norm(a - ratios[:, None, None] * b, axis=-1) / bones[TORSO]
    frame = _nearest(apart, seen & (ratios > 0))
    if frame is not None and np.median(apart[frame]) < SAME:
        scale, ratio = driver.scale[frame], float(ratios[frame])
        return Fit(frame, True, ratio, ratio * scale * driver.bones, _growth(driver, float(scale)))
    middle = float(np.median(driver.scale[seen])) if seen.any() else float(np.median(driver.scale))
    steady = np.ones(len(driver.scale))
    there = pose_on(driver, bones, steady)[:, _COMPARED, :2]
    apart = np.linalg.norm(there - (here - photo[0, :2]), axis=-1) / bones[TORSO]
    frame = _nearest(apart, seen)
    if frame is not None and np.median(apart[frame]) < MATCH:
        bones = _calibrated(driver, frame, photo)
        scale = float(driver.scale[frame])
        return Fit(frame, False, _size(driver, bones) / scale, bones, _growth(driver, scale))
    return Fit(None, False, _size(driver, bones) / middle, bones, _growth(driver, middle))


def _nearest(apart: Array, allowed: Mask) -> int | None:
    """The frame whose joints are nearest, judged by the middle and the worse of them."""
    distance = 0.5 * np.median(apart, axis=1) + 0.5 * np.sort(apart, axis=1)[:, -3]
    distance = np.where(allowed, distance, np.inf)
    best = int(np.argmin(distance))
    return best if np.isfinite(distance[best]) else None


def _growth(driver: Driver, scale: float) -> Array:
    return np.clip(driver.scale / scale, FAR, NEAR)


def _calibrated(driver: Driver, frame: int, photo: Array) -> Array:
    """(21,) px: bones of a performer in a known moment, which says how much of each bone the photo shows."""
    seen_px = np.linalg.norm(bone_vectors(driver.joints[frame])[:, :2], axis=-1)
    seen = seen_px / (driver.bones * driver.scale[frame])
    here = np.linalg.norm(bone_vectors(photo)[:, :2], axis=-1)
    size = float(np.median((here / np.maximum(seen_px, 1e-6))[_BIG])) * driver.scale[frame]
    believed = size * driver.bones
    weight = np.clip((seen - 0.35) / 0.4, 0, 1) ** 2
    told = np.clip(here / np.clip(seen, 0.3, 1.1), 0.8 * believed, 1.25 * believed)
    out, weights = told * weight, weight.copy()
    for a, b in PAIRS:
        out[a] = out[b] = out[a] + out[b]
        weights[a] = weights[b] = weights[a] + weights[b]
    prior = 0.25
    return np.asarray((out + prior * believed) / (weights + prior))


def _size(driver: Driver, bones: Array) -> float:
    """Px of the performer a metre of the dancer."""
    return float(np.median(bones[_BIG] / driver.bones[_BIG]))


def lowest_foot(joints: Array) -> Array:
    """(T,) px: the lowest point of the feet in the picture."""
    return np.asarray(joints[:, _FEET, 1].max(1))


@dataclass(frozen=True)
class Way:
    """A performer's way through the photo.

    Attributes:
        pelvis: (T, 2) px.
        ground: (T,) px: the floor under them.
        drift: (T, 2) px: how far the floor itself moves, with the reference's camera.
    """

    pelvis: Array
    ground: Array
    drift: Array


def way_on_photo(
    driver: Driver,
    body: Array,
    contacts: Contacts,
    photo: Array,
    laid: Fit,
    spread: float,
    size: tuple[int, int],
    alone: bool = True,
) -> Way:
    """The pelvis's way through the photo.

    A photo that is a frame of the reference is danced through exactly as the reference is, its camera's motion
    included. Otherwise the floor is still: the path across follows the dancer's over the floor, the lower foot is as
    high over the floor as the dancer's, and the floor moves with theirs as they come nearer or go away. Whoever is
    alone starts where the photo shows them; several keep the dancers' formation about where they stand. A photo that
    shows a moment of the dance, taken by the same still camera, shows where that moment is danced.

    Args:
        driver: T frames.
        body: (T, 22, 3) px, the pelvis at the origin.
        contacts: of the dancer.
        photo: (22, 3) px: the performer's joints.
        laid: how the dance is laid onto the photo.
        spread: how much wider than the dancer's the path is.
        size: px width and height of the photo, in which the performer is kept where the dancer is seen.
        alone: nobody else dances.
    """
    pelvis = driver.joints[:, 0, :2]
    floor = contacts.floor
    if laid.exact and laid.frame is not None:
        start = np.median(photo[_COMPARED, :2] - body[laid.frame, _COMPARED, :2], axis=0)
        path = start + laid.ratio * (pelvis - pelvis[laid.frame])
        ground = path[:, 1] + laid.ratio * (floor + driver.camera[:, 1] - pelvis[:, 1])
        return Way(np.asarray(path), np.asarray(ground), laid.ratio * driver.camera)
    steady = pelvis[:, 0] - driver.camera[:, 0]
    moved = bool(driver.camera.any())
    if laid.frame is not None and not moved:
        rest = steady[laid.frame]
    else:
        rest = np.median(_beginning(steady, driver.sight) if alone else steady)
    across = laid.ratio * spread * (steady - rest)
    reach = np.percentile(np.abs(body[..., 0]).max(1), 60)
    across = _kept_inside(photo[0, 0], across, reach, (0.0, float(size[0])))
    if laid.frame is not None and not moved:
        level = floor[laid.frame]
    else:
        level = np.median(_beginning(floor, driver.sight) if alone else floor)
    ground = _above_edge(photo[_FEET, 1].max(), laid.ratio * (floor - level), size[1])
    height = ground - laid.ratio * contacts.lift - lowest_foot(body)
    bobbing = laid.ratio * (pelvis[:, 1] - driver.camera[:, 1])
    # the hips' own path is calmer than the feet's: only its slow error is mended
    height = bobbing + gaussian_filter1d(height - bobbing, SETTLE * float(driver.sight.fps), mode="nearest")
    path = np.stack([across, height], 1)
    return Way(path, ground, np.zeros_like(path))


def _beginning(values: Array, sight: Sight) -> Array:
    """Of (T,) values those of the first moments in which the dancer is seen."""
    first = int(np.argmax(sight.confidence > 0))
    return values[first : first + max(1, round(START * float(sight.fps)))]


def _above_edge(stands: float, lower: Array, height: int) -> Array:
    """(T,) px of a floor that comes no nearer than the lower edge of the photo, where the photo's feet do not either.

    Args:
        stands: px where the feet are in the photo.
        lower: (T,) px from there.
        height: px of the photo.
    """
    room, most = EDGE * height - stands, float(np.percentile(lower, 99))
    if 0 < room < most:
        lower = np.where(lower > 0, lower * room / most, lower)
    elif room <= 0 < most:
        lower = np.minimum(lower, 0.0)
    return np.asarray(stands + lower)


def _kept_inside(start: float, moved: Array, reach: float, bounds: tuple[float, float]) -> Array:
    """A path across the photo that is narrowed, and if need be shifted, so that most of the body stays in bounds.

    Args:
        start: px where the performer stands.
        moved: (T,) px from there.
        reach: px from the pelvis to the outermost joint.
        bounds: left and right px.
    """
    left, right = bounds[0] + 0.6 * reach, bounds[1] - 0.6 * reach
    if left >= right:
        left = right = float(np.clip(start, *bounds))
    low, high = np.percentile(moved, 1), np.percentile(moved, 99)
    room = max(right - left, 1e-6)
    narrowed = min(1.0, max(0.4, room / max(high - low, 1e-6)))
    low, high, moved = low * narrowed, high * narrowed, moved * narrowed
    inside = min(max(start, min(left, start) - low), max(right, start) - high) if low < high else start
    return np.asarray(inside + moved)
