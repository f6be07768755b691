"""How long bones are: of a dancer from a whole clip, of a performer from one photo."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, median_filter

from components.choreograph.smooth import Array, Track
from components.core import RIG, Performer, TroupeError

BONES: tuple[tuple[int, int], ...] = (
    *RIG.bones,
    *((RIG.index(a), RIG.index(b)) for a, b in (
        ("chest", "left_shoulder"), ("chest", "right_shoulder"), ("pelvis", "left_hip"), ("pelvis", "right_hip"),
        ("left_ankle", "left_heel"), ("right_ankle", "right_heel"), ("head", "nose"))),
)  # fmt: skip
"""(parent, child) so that every joint but the pelvis is a child once: RIG's bones, then half widths, heels and nose."""

ADULT: Array = np.array([
    0.50, 0.235,
    0.285, 0.25, 0.085, 0.42, 0.41, 0.19,
    0.285, 0.25, 0.085, 0.42, 0.41, 0.19,
    0.175, 0.175, 0.10, 0.10, 0.075, 0.075, 0.10,
])  # fmt: skip
"""m of an adult, in the order of BONES. Only ratios matter."""

PAIRS: tuple[tuple[int, int], ...] = (*((2 + i, 8 + i) for i in range(6)), (14, 15), (16, 17), (18, 19))
"""Bones that mirror each other: their length is shared."""

TORSO, HEAD, NOSE = 0, 1, 20
LIMBS = (2, 3, 5, 6, 8, 9, 11, 12)
FORESHORTENED = 0.86
"""A limb of a photo that is shorter than this share of an adult's points at the camera: people differ less."""
_SCALE_JOINTS = [11, 12, 13, 14, 23, 24, 25, 26, 27, 28]
METRES = 1.72
"""Height of the adult whose metric joints MediaPipe gives."""
STEADY = 0.5
"""s: how quickly a dancer's apparent size may change."""


def bone_vectors(joints: Array) -> Array:
    """(..., 21, C) child minus parent for each of BONES."""
    parents, children = np.array(BONES).T
    return np.asarray(joints[..., children, :] - joints[..., parents, :])


def apparent_scale(track: Track) -> Array:
    """Px a metre of the dancer in every frame: how near they are to the camera, whatever the pose.

    The least-squares scale between the picture's joints and the metric ones, steadied over a second or so; without
    metric joints the running long lengths of the body. A body that only changes its pose keeps its scale.

    Returns:
        (T,) positive.
    """
    flat = track.xyz[:, _SCALE_JOINTS, :2]
    fps = float(track.fps)
    if track.world is not None:
        world = track.world[:, _SCALE_JOINTS, :2]
        a, b = flat - flat.mean(1, keepdims=True), world - world.mean(1, keepdims=True)
        weight = np.clip(track.visibility[:, _SCALE_JOINTS], 0.05, 1)[..., None]
        norm = (weight * b * b).sum((1, 2))
        raw = (weight * a * b).sum((1, 2)) / np.maximum(norm, 1e-9)
    else:
        torso = np.linalg.norm(flat[:, :2].mean(1) - flat[:, 4:6].mean(1), axis=-1)
        legs = np.linalg.norm(np.diff(flat[:, [4, 6, 8]], axis=1), axis=-1).sum(1)
        raw = np.full(len(flat), np.percentile(torso / ADULT[0] + legs / 0.83, 85) / 2)
    middle = float(np.median(raw[track.present])) if track.present.any() else float(np.median(raw))
    raw = np.clip(np.where(track.present, raw, middle), 0.35 * middle, 2.5 * middle)
    window = max(1, round(STEADY * fps) | 1)
    steady = gaussian_filter1d(median_filter(raw, window, mode="nearest"), STEADY * fps, mode="nearest")
    return np.asarray(np.maximum(steady, 1e-6))


def dancer_bones(vectors: Array, scale: Array, trusted: npt.NDArray[np.bool_]) -> Array:
    """True lengths of a dancer's bones: what a bone measures in the picture when it lies across the view.

    Args:
        vectors: (T, 21, 2) px bone vectors.
        scale: (T,) px a metre.
        trusted: (T,) frames to look at.

    Returns:
        (21,) lengths in px at scale 1, kept within sane ratios of an adult.
    """
    length = np.linalg.norm(vectors[trusted] / scale[trusted, None, None], axis=-1)
    out = np.percentile(length, 91, axis=0)
    out[TORSO] = np.percentile(length[:, TORSO], 80)
    out[HEAD] = np.percentile(length[:, HEAD], 70)
    for a, b in PAIRS:
        out[a] = out[b] = max(np.percentile(length[:, [a, b]], 91), 1e-9)
    return _sane(out, 0.72, 1.45)


def performer_bones(performer: Performer) -> Array:
    """(21,) px lengths of a performer's bones: the longer of left and right, since a photo is foreshortened too."""
    length = np.linalg.norm(bone_vectors(performer.joints[:, :2].astype(np.float64)), axis=-1)
    length = np.nan_to_num(length)
    for a, b in PAIRS:
        length[a] = length[b] = max(length[a], length[b])
    least = np.full(len(BONES), 0.75)
    least[list(LIMBS)] = FORESHORTENED
    return _sane(length, least, 1.6)


def body_bones(body: str, own: Array) -> Array:
    """Bones of another person, as large as a performer.

    Args:
        body: "parent>child=length" of BONES with RIG's names, commas between; lengths of any one unit.
        own: (21,) px of the performer.

    Returns:
        (21,) px, in the ratios of `body`; trunk and legs together as long as the performer's.

    Raises:
        TroupeError: invalid_setting: a bone is missing, or a length is none.
    """
    try:
        given = dict(entry.split("=") for entry in body.split(","))
        lengths = np.array([float(given[f"{RIG.joints[a]}>{RIG.joints[b]}"]) for a, b in BONES])
    except (ValueError, KeyError) as error:
        raise TroupeError(
            "invalid_setting", f"The body {body!r} does not give all bones ({error}).", body=body
        ) from error
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise TroupeError("invalid_setting", f"The body {body!r} has bones without length.", body=body)
    standing = [TORSO, *(BONES.index((RIG.index(f"{s}_{a}"), RIG.index(f"{s}_{b}"))) for s in ("left", "right")
                         for a, b in (("hip", "knee"), ("knee", "ankle")))]  # fmt: skip
    return np.asarray(lengths * (own[standing].sum() / lengths[standing].sum()))


def _sane(length: Array, least: Array | float, most: float) -> Array:
    """Bones within ratios of an adult of the same size; the size is that of the longer of the large bones."""
    ratio = length / ADULT
    size = float(np.percentile(ratio[[TORSO, *LIMBS]], 65))
    if size <= 0:
        raise ValueError("a body without any extent")
    return np.clip(length, least * size * ADULT, most * size * ADULT)
