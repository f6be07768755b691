"""How alike two poses are, and how believable one is: what keeps one person from being found twice."""

from __future__ import annotations

import numpy as np

from components.core import MEDIAPIPE_33, Float32, UInt8
from components.models.pose import Pose
from components.models.region import Region

BODY = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
"""Shoulders, elbows, wrists, hips, knees, ankles."""
_BONES = np.array([(a, b) for a, b in MEDIAPIPE_33.bones if a > 10])
_STEPS = np.linspace(0.1, 0.9, 5, dtype=np.float32)[:, None, None]


def body_box(xyz: Float32, presence: Float32, width: int, height: int) -> Float32:
    """The box around a whole body, cut at the frame.

    Args:
        xyz: (33, 2+) float32 px.
        presence: (33,) float32 0..1: in the frame.
        width, height: of the frame, px.

    Returns:
        (4,) float32 px x0, y0, x1, y1.
    """
    points = xyz[presence > 0.5, :2] if (presence > 0.5).any() else xyz[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    head = float(np.ptp(xyz[:11, :2], axis=0).max())
    shoulders = float(np.hypot(*(xyz[11, :2] - xyz[12, :2])))
    pad = max(0.6 * head, 0.15 * shoulders)
    box = np.array([low[0] - pad, low[1] - 1.6 * pad, high[0] + pad, high[1] + 0.6 * pad], np.float32)
    limit = np.array([width - 1, height - 1, width - 1, height - 1], np.float32)
    return np.clip(box, 0.0, limit).astype(np.float32)


def keypoint_similarity(a: Float32, b: Float32, scale: float) -> float:
    """Likeness of two poses, 0..1 (object keypoint similarity over BODY with one constant, 0.1 of the scale).

    Args:
        a, b: (33, 2+) float32 px.
        scale: px of a body's size.
    """
    distance = np.hypot(*(a[BODY, :2] - b[BODY, :2]).T)
    return float(np.exp(-0.5 * (distance / max(0.1 * scale, 1e-3)) ** 2).mean())


def coverage(pose: Pose) -> float:
    """Share of the limbs inside the region that lie on the person's own matte, 0..1.

    Where no limb is in the frame, of the head; 0 where that is not either.
    """
    seen = (pose.presence[_BONES] > 0.5).all(axis=1)
    if seen.any():
        ends = pose.xyz[_BONES[seen], :2]
        points = (ends[:, 0] * (1.0 - _STEPS) + ends[:, 1] * _STEPS).reshape(-1, 2)
    else:
        points = pose.xyz[:11][pose.presence[:11] > 0.5, :2]
    n = pose.matte.shape[0]
    cells = np.floor(_into(pose.region, points) * n).astype(np.int64)
    inside = ((cells >= 0) & (cells < n)).all(axis=1)
    if not inside.any():
        return 0.0
    return float((pose.matte[cells[inside, 1], cells[inside, 0]] > 127).mean())


def quality(pose: Pose) -> float:
    """How believable a pose is, 0..1: the network's own score, its joints, and that the limbs lie on the matte."""
    return pose.score * coverage(pose) * float(pose.visibility.mean())


def matte_inside(small: Pose, large: UInt8, scale: float) -> float:
    """Share of one person's matte that lies on a picture-wide matte, 0..1.

    Args:
        small: whose matte.
        large: (H, W) uint8 of the picture at `scale`.
        scale: px of `large` per px of the picture.
    """
    own = small.region.paste(small.matte, large.shape[0], large.shape[1], scale) > 127
    total = int(own.sum())
    return float((own & (large > 127)).sum()) / total if total else 1.0


def _into(region: Region, points: Float32) -> Float32:
    c, s = np.cos(region.angle), np.sin(region.angle)
    dx, dy = points[:, 0] - region.x, points[:, 1] - region.y
    share = np.stack([c * dx + s * dy, -s * dx + c * dy], axis=1) / region.size + 0.5
    return share.astype(np.float32)
