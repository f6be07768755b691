"""What a person wears, as a short vector that can be compared: colour histograms of head, torso, thighs and shins."""

from __future__ import annotations

import numpy as np

from components.core import Float32, UInt8
from components.models.pose import Pose

REGIONS = 4
BINS = 8
LENGTH = REGIONS * 3 * BINS
_TORSO = np.stack(np.meshgrid(np.linspace(0.1, 0.9, 6), np.linspace(0.08, 0.92, 9)), axis=-1).reshape(-1, 2)
_LIMB = np.stack(np.meshgrid([-0.035, 0.0, 0.035], np.linspace(0.1, 0.9, 7)), axis=-1).reshape(-1, 2)
_HEAD = np.array([(x, y) for y in (-0.9, -0.6, -0.3, 0.0) for x in (-0.5, -0.25, 0.0, 0.25, 0.5)])
_OPPONENT = np.array([[0.299, 0.587, 0.114], [1.0, -1.0, 0.0], [0.5, 0.5, -1.0]]).T
"""Lightness, red against green, yellow against blue, from RGB."""
_LOW = np.array([0.0, -96.0, -96.0])
_STEP = np.array([256.0, 192.0, 192.0]) / BINS


def appearance(rgb: UInt8, pose: Pose) -> tuple[Float32, Float32]:
    """The colours of a person.

    Args:
        rgb: (H, W, 3) uint8 sRGB that the pose was seen in.
        pose: the body.

    Returns:
        (LENGTH,) float32: per region a histogram of lightness, of red-green and of
        yellow-blue, each with sum 1; and (REGIONS,)
        float32 0..1: share of the region's samples that lay on the person.
    """
    xy = pose.xyz[:, :2].astype(np.float64)
    size = pose.region.size
    regions = (_head(xy), _torso(xy), _limbs(xy, size, ((23, 25), (24, 26))), _limbs(xy, size, ((25, 27), (26, 28))))
    histograms = np.zeros((REGIONS, 3, BINS), np.float32)
    share = np.zeros(REGIONS, np.float32)
    height, width = rgb.shape[:2]
    for i, points in enumerate(regions):
        cells = np.round(points).astype(np.int64)
        inside = (cells[:, 0] >= 0) & (cells[:, 0] < width) & (cells[:, 1] >= 0) & (cells[:, 1] < height)
        inside[inside] &= _on_matte(pose, points[inside])
        share[i] = inside.mean()
        if not inside.any():
            continue
        colour = rgb[cells[inside, 1], cells[inside, 0]].astype(np.float64) @ _OPPONENT
        at = np.clip((colour - _LOW) / _STEP - 0.5, 0.0, BINS - 1.001)
        low = at.astype(np.int64)
        weight = at - low
        for c in range(3):
            count = np.bincount(low[:, c], 1.0 - weight[:, c], BINS) + np.bincount(low[:, c] + 1, weight[:, c], BINS)
            histograms[i, c] = count / len(colour)
    return histograms.reshape(-1), share


def unlikeness(a: Float32, weight_a: Float32, b: Float32, weight_b: Float32) -> float:
    """How different two appearances are: 0 alike .. 1 (mean Hellinger distance of the histograms seen on both).

    Args:
        a, b: (LENGTH,) float32.
        weight_a, weight_b: (REGIONS,) float32.

    Returns:
        0.3 (undecided) where nothing was seen on both.
    """
    weight = np.minimum(weight_a, weight_b)
    if float(weight.sum()) < 0.1:
        return 0.3
    shape = (REGIONS, 3, BINS)
    overlap = np.sqrt(a.reshape(shape) * b.reshape(shape)).sum(axis=2)
    distance = np.sqrt(np.clip(1.0 - overlap, 0.0, 1.0)).mean(axis=1)
    return float((distance * weight).sum() / weight.sum())


def _torso(xy: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    u, v = _TORSO[:, :1], _TORSO[:, 1:]
    top, bottom = xy[12] * (1 - u) + xy[11] * u, xy[24] * (1 - u) + xy[23] * u
    return np.asarray(top * (1 - v) + bottom * v)


def _limbs(xy: np.ndarray, size: float, bones: tuple[tuple[int, int], ...]) -> np.ndarray:  # type: ignore[type-arg]
    out = []
    for a, b in bones:
        along = xy[b] - xy[a]
        across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-3)
        out.append(xy[a] + _LIMB[:, 1:] * along + _LIMB[:, :1] * size * 0.5 * across)
    return np.concatenate(out)


def _head(xy: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    middle = xy[:11].mean(axis=0)
    up = middle - (xy[11] + xy[12]) / 2.0
    return np.asarray(middle + _HEAD[:, 1:] * -up * 0.8 + _HEAD[:, :1] * np.array([-up[1], up[0]]) * 0.8)


def _on_matte(pose: Pose, points: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    c, s = np.cos(pose.region.angle), np.sin(pose.region.angle)
    dx, dy = points[:, 0] - pose.region.x, points[:, 1] - pose.region.y
    n = pose.matte.shape[0]
    u = np.floor(((c * dx + s * dy) / pose.region.size + 0.5) * n).astype(np.int64)
    v = np.floor(((-s * dx + c * dy) / pose.region.size + 0.5) * n).astype(np.int64)
    inside = (u >= 0) & (u < n) & (v >= 0) & (v < n)
    out = np.zeros(len(points), bool)
    out[inside] = pose.matte[v[inside], u[inside]] > 127
    return out
