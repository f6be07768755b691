"""What a face does, from its landmarks alone: how the head is turned, and how the mouth, eyes and brows stand.

The head's turn is the rotation that brings a symmetric rigid face onto the landmarks (Umeyama 1991). Expression is
measured in the head's own frame, so that turning the head does not open the mouth, and compared with a neutral face:
that of the same person where a track is known, that of a grown person's mean else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import EXPRESSIONS, Float32

_RIGID = (
    (10, 0.000, -0.591, -0.188), (67, -0.386, -0.556, -0.093), (109, -0.208, -0.586, -0.166),
    (338, 0.208, -0.586, -0.166), (297, 0.386, -0.556, -0.093), (54, -0.660, -0.394, 0.179),
    (284, 0.660, -0.394, 0.179), (103, -0.550, -0.491, 0.035), (332, 0.550, -0.491, 0.035),
    (21, -0.730, -0.272, 0.320), (251, 0.730, -0.272, 0.320), (168, 0.000, -0.046, -0.215), (6, 0.000, 0.036, -0.261),
    (197, 0.000, 0.117, -0.313), (195, 0.000, 0.192, -0.369), (5, 0.000, 0.271, -0.428), (4, 0.000, 0.368, -0.453),
    (1, 0.000, 0.440, -0.428), (196, -0.059, 0.131, -0.296), (419, 0.059, 0.131, -0.296),
    (122, -0.063, 0.053, -0.233), (351, 0.063, 0.053, -0.233), (33, -0.500, -0.015, 0.040),
    (133, -0.194, 0.006, -0.022), (362, 0.194, 0.006, -0.022), (263, 0.500, -0.015, 0.040),
    (234, -0.766, 0.184, 0.644), (454, 0.766, 0.184, 0.644), (127, -0.775, 0.026, 0.586), (356, 0.775, 0.026, 0.586),
    (93, -0.757, 0.344, 0.657), (323, 0.757, 0.344, 0.657), (116, -0.697, 0.165, 0.189), (345, 0.697, 0.165, 0.189),
    (117, -0.577, 0.163, 0.051), (346, 0.577, 0.163, 0.051), (48, -0.212, 0.399, -0.249), (278, 0.212, 0.399, -0.249),
    (98, -0.195, 0.463, -0.160), (327, 0.195, 0.463, -0.160), (2, -0.000, 0.502, -0.250), (94, -0.000, 0.488, -0.302),
    (162, -0.765, -0.140, 0.467), (389, 0.765, -0.140, 0.467), (8, 0.000, -0.119, -0.223), (9, 0.000, -0.210, -0.241),
    (151, 0.000, -0.409, -0.220),
)  # fmt: skip
"""Landmarks that expression hardly moves: index, x right, y down, z away, in widths between the outer eye corners."""
_INDEX = np.array([r[0] for r in _RIGID])
_SHAPE = np.array([r[1:] for r in _RIGID], dtype=np.float64)

MEASURES: tuple[str, ...] = (
    "mouth_gap", "mouth_width", "corner_right", "corner_left", "eye_right", "eye_left", "brow_right", "brow_left",
    "brow_inner_right", "brow_inner_left", "chin",
)  # fmt: skip
"""Lengths of `expression_measures`, in widths between the outer eye corners (eyes: height over width)."""


@dataclass(frozen=True)
class Neutral:
    """A face at rest, in MEASURES.

    Attributes:
        values: (len(MEASURES),) float32.
    """

    values: Float32


POPULATION = Neutral(np.array((0.01, 0.54, 0.3, 0.3, 0.33, 0.33, 0.3, 0.3, 0.25, 0.25, 0.81), np.float32))
"""A mean grown face at rest."""


def head_pose(landmarks: Float32) -> tuple[Float32, Float32, Float32]:
    """The similarity that brings the rigid face onto landmarks.

    Args:
        landmarks: (..., 468+, 3) float32 px.

    Returns:
        (..., 3, 3) rotation, (...,) px per width between the outer eye corners, (..., 3) px of the face's origin; NaN
        where the landmarks are NaN.
    """
    points = np.asarray(landmarks, dtype=np.float64)[..., _INDEX, :]
    known = np.asarray(np.isfinite(points).all(axis=(-1, -2)))
    points = np.where(known[..., None, None], points, _SHAPE)
    model_mean, mean = _SHAPE.mean(axis=0), points.mean(axis=-2)
    model, centred = _SHAPE - model_mean, points - mean[..., None, :]
    u, s, vt = np.linalg.svd(np.einsum("...ni,nj->...ij", centred, model))
    sign = np.ones((*s.shape[:-1], 3))
    sign[..., 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = np.einsum("...ij,...j,...jk->...ik", u, sign, vt)
    scale = (s * sign).sum(axis=-1) / (model**2).sum()
    origin = mean - scale[..., None] * np.einsum("...ij,j->...i", rotation, model_mean)
    gap = np.where(known, 1.0, np.nan)
    rotation, scale, origin = rotation * gap[..., None, None], np.asarray(scale * gap), origin * gap[..., None]
    return rotation.astype(np.float32), scale.astype(np.float32), origin.astype(np.float32)


def head_angles(landmarks: Float32) -> Float32:
    """How the head is turned.

    Args:
        landmarks: (..., 468+, 3) float32 px.

    Returns:
        (..., 3) float32 degrees as in FaceTrack: yaw and pitch are those of the nose's direction, roll is the turn
        about it; NaN where the landmarks are NaN.
    """
    rotation = head_pose(landmarks)[0].astype(np.float64)
    nose = -rotation[..., :, 2]
    yaw = np.arctan2(nose[..., 0], -nose[..., 2])
    pitch = np.arcsin(np.clip(nose[..., 1], -1.0, 1.0))
    turned = np.einsum("...ji,...jk->...ik", rotation_of(yaw, pitch), rotation)
    roll = np.arctan2(turned[..., 1, 0], turned[..., 0, 0])
    angles: Float32 = np.degrees(np.stack([yaw, pitch, roll], axis=-1)).astype(np.float32)
    return angles


def rotation_of(yaw: Float32, pitch: Float32) -> Float32:
    """(..., 3, 3) rotation that points the nose (0, 0, -1) by yaw to the right and pitch down, both in radians."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    zero = np.zeros_like(cy)
    rows = [
        np.stack([cy, -sy * sp, -sy * cp], axis=-1),
        np.stack([zero, cp, -sp], axis=-1),
        np.stack([sy, cy * sp, cy * cp], axis=-1),
    ]
    return np.asarray(np.stack(rows, axis=-2), np.float32)


def to_head_frame(landmarks: Float32) -> Float32:
    """Landmarks in the head's own frame, in widths between the outer eye corners; same shape."""
    rotation, scale, origin = head_pose(landmarks)
    moved = (landmarks - origin[..., None, :]) / scale[..., None, None]
    return np.asarray(np.einsum("...ji,...nj->...ni", rotation, moved), np.float32)


def expression_measures(landmarks: Float32) -> Float32:
    """Lengths that expression changes.

    Args:
        landmarks: (..., 468+, 3) float32 px.

    Returns:
        (..., len(MEASURES)) float32.
    """
    face = to_head_frame(landmarks)

    def between(a: int, b: int) -> Float32:
        length: Float32 = np.linalg.norm(face[..., a, :2] - face[..., b, :2], axis=-1)
        return length

    def below(a: tuple[int, ...], b: tuple[int, ...]) -> Float32:
        height: Float32 = face[..., b, 1].mean(axis=-1) - face[..., a, 1].mean(axis=-1)
        return height

    def eye(upper: tuple[int, ...], lower: tuple[int, ...], a: int, b: int) -> Float32:
        opening: Float32 = np.linalg.norm(face[..., upper, :2] - face[..., lower, :2], axis=-1).mean(axis=-1)
        return np.asarray(opening / np.maximum(between(a, b), 1e-3), np.float32)

    values = [
        below((82, 13, 312), (87, 14, 317)),
        between(61, 291),
        below((2,), (61,)),
        below((2,), (291,)),
        eye((160, 159, 158), (144, 145, 153), 33, 133),
        eye((387, 386, 385), (373, 374, 380), 263, 362),
        below((105, 66, 63), (33, 133)),
        below((334, 296, 293), (263, 362)),
        below((55, 107), (33, 133)),
        below((285, 336), (263, 362)),
        below((2,), (152,)),
    ]
    return np.stack(values, axis=-1).astype(np.float32)


def neutral_of_track(landmarks: Float32) -> Neutral:
    """A person's face at rest, from frames of it.

    Mouths are mostly shut and eyes mostly open, so the mouth's gap is taken low and the eyes' high; the rest is the
    median. Where the frames say too little, or nothing believable, the mean grown face stands in.

    Args:
        landmarks: (T, 468+, 3) float32 px, NaN where not present.
    """
    return neutral_from_measures(expression_measures(landmarks))


def neutral_from_measures(measures: Float32) -> Neutral:
    """As `neutral_of_track`, from (T, len(MEASURES)) float32 of `expression_measures`."""
    values = measures[np.isfinite(measures).all(axis=1)]
    if len(values) < 12:
        return POPULATION
    rest = np.median(values, axis=0)
    rest[0] = np.percentile(values[:, 0], 5)
    rest[4:6] = np.percentile(values[:, 4:6], 75, axis=0)
    rest[10] = np.percentile(values[:, 10], 25)
    low, high = 0.6 * POPULATION.values, 1.5 * POPULATION.values
    low[0], high[0] = -0.02, 0.06
    return Neutral(np.clip(rest, low, high).astype(np.float32))


def expression_coefficients(landmarks: Float32, neutral: Neutral = POPULATION) -> Float32:
    """How far a face is from rest.

    Args:
        landmarks: (..., 468+, 3) float32 px.
        neutral: the face at rest.

    Returns:
        (..., len(EXPRESSIONS)) float32 0..1, NaN where the landmarks are NaN.
    """
    return coefficients_from_measures(expression_measures(landmarks), neutral)


def coefficients_from_measures(measures: Float32, neutral: Neutral = POPULATION) -> Float32:
    """As `expression_coefficients`, from (..., len(MEASURES)) float32 of `expression_measures`."""
    m = dict(zip(MEASURES, np.moveaxis(measures, -1, 0), strict=True))
    n = dict(zip(MEASURES, neutral.values, strict=True))
    jaw = (m["mouth_gap"] - max(float(n["mouth_gap"]), 0.0) - 0.015) / 0.40
    width = m["mouth_width"] / n["mouth_width"]
    pucker = (0.97 - width) / 0.27
    out = {"jaw_open": jaw, "mouth_pucker": pucker}
    for side in ("left", "right"):
        # A corner that rises towards the nose and a mouth that widens are a smile; a corner falls as the jaw opens.
        rise = n[f"corner_{side}"] - m[f"corner_{side}"] + 0.2 * np.maximum(m["mouth_gap"], 0.0)
        out[f"smile_{side}"] = rise / 0.1 + (width - 1.03) / 0.4
        out[f"blink_{side}"] = (0.82 - m[f"eye_{side}"] / n[f"eye_{side}"]) / 0.52
        brow = (0.65 * m[f"brow_{side}"] + 0.35 * m[f"brow_inner_{side}"]) / (
            0.65 * n[f"brow_{side}"] + 0.35 * n[f"brow_inner_{side}"]
        )
        inner = m[f"brow_inner_{side}"] / n[f"brow_inner_{side}"]
        out[f"brow_up_{side}"] = (brow - 1.06) / 0.35
        out[f"brow_down_{side}"] = (0.95 - 0.5 * (brow + inner)) / 0.25
    stacked: Float32 = np.stack([out[name] for name in EXPRESSIONS], axis=-1).astype(np.float32)
    return np.clip(stacked, 0.0, 1.0)
