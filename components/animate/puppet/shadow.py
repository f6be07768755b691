"""Where the performers' feet darken the floor: under what is drawn of them, not under the joints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from components.animate.puppet.bones import turned_away
from components.animate.puppet.outline import Outline, outline_of
from components.animate.puppet.puppet import Puppet
from components.core import RIG, Affine, Bool, Choreography, Float32, Performer, release

Float64 = npt.NDArray[np.float64]

ELLIPSES = 5
"""A performer's shadows: under each foot where it touches and round about that, and under the body."""
_TOUCHES, _ROUND, _BODY = 0.55, 0.40, 0.24
"""Strength of these shadows on the floor."""
_SOLE, _SHOE = 0.045, 0.16
"""Torso lengths above a foot's lowest point up to which the outline counts as what touches, and as the shoe."""
_HEIGHT = 0.30
"""Torso lengths above the floor at which a foot's shadow is gone by e."""
_LOOK = 0.30
"""A shadow on the floor is seen at a low angle: its height over its width."""
_LONGEST = 1.2
"""s: a foot that stays away from the floor for longer than this has no floor of its own any more; from half of that on
it is less and less its own."""
_FOOT = 0.22
"""Torso lengths above the lowest point in which the sole of the photo is looked for."""
_STEEP = 0.4
_SPACING = 0.012
_CHUNK = 256


def feet_of(
    performer: Performer, choreography: Choreography, puppet: Puppet, positions: Path, placement: Affine
) -> Float32:
    """Ellipses of one performer.

    A foot that stands lies on the floor with the lowest point that is drawn of it. Between two stands its floor is as
    far from that of the dance as what lies between the two; the farther it is above that, the wider and fainter are
    its shadows.

    Args:
        performer: its visibility tells whether the photo shows feet at all; without any there is no shadow.
        choreography: which feet stand, and the floor.
        puppet: what is drawn.
        positions: .npy of its vertices in all frames.
        placement: photo px to frame px.

    Returns:
        (T, 5, 6) float32 x, y, radius_x, radius_y px of the frame, strength, slope, as the painter wants them.
    """
    frames, fps = len(choreography.joints), float(choreography.fps)
    out = np.zeros((frames, ELLIPSES, 6))
    growth = np.ones(frames) if choreography.scale is None else choreography.scale.astype(np.float64)
    length = puppet.length * growth
    shown = _soft(choreography.present.astype(np.float64), 0.1 * fps)
    floor = choreography.root[:, 1].astype(np.float64)
    rest = performer.joints[:, :2].astype(np.float64)
    away = turned_away(rest, choreography.joints[..., :2] / growth[:, None, None])
    nears, lefts, rights, grounds = [], [], [], []
    for i, side in enumerate(("left", "right")):
        ankle = RIG.index(f"{side}_ankle")
        shoe = _shoe(puppet, f"{side}_leg") if performer.visibility[ankle] >= 0.3 else None
        if shoe is None:
            continue
        slope = _soft(np.where(away, -shoe.slope, shoe.slope), 0.05 * fps)
        x0 = choreography.joints[:, ankle, 0].astype(np.float64)
        spans = _spans(shoe, positions, length, slope, x0)
        touching, wide = (_soft(spans[:, k : k + 2], 0.04 * fps) for k in (1, 3))
        ground = _ground(spans[:, 0], floor, choreography.contacts[:, i], fps)
        near = np.exp(-np.maximum(0.0, ground - spans[:, 0] - 0.02 * length) / (_HEIGHT * length))
        for k, (span, strength, room) in enumerate(((touching, _TOUCHES, 0.05), (wide, _ROUND, 0.12))):
            ellipse = out[:, 2 * i + k]
            ellipse[:, 0] = 0.5 * (span[:, 0] + span[:, 1])
            ellipse[:, 2] = (0.5 * (span[:, 1] - span[:, 0]) + room * length) * (1.0 + 0.5 * (1 - near))
            ellipse[:, 3] = _LOOK * ellipse[:, 2]
            # Of a sole that stands, the nearer edge is what is lowest: the middle of its shadow lies farther away.
            ellipse[:, 1] = ground + slope * (ellipse[:, 0] - x0) - (0.25, 0.4)[k] * ellipse[:, 3]
            ellipse[:, 4] = strength * near ** (2 - k) * shown
            ellipse[:, 5] = slope
        nears.append(near)
        lefts.append(wide[:, 0])
        rights.append(wide[:, 1])
        grounds.append(ground)
    if nears:
        pelvis = choreography.joints[:, 0, 0].astype(np.float64)
        near = np.max(nears, axis=0)
        left, right = np.minimum(pelvis, np.min(lefts, axis=0)), np.maximum(pelvis, np.max(rights, axis=0))
        top, bottom = np.min(grounds, axis=0), np.max(grounds, axis=0)
        body = out[:, 4]
        body[:, 0] = 0.5 * (left + right)
        body[:, 2] = 0.5 * (right - left) + 0.35 * length
        body[:, 3] = _LOOK * 0.6 * length + 0.5 * (bottom - top)
        body[:, 1] = 0.5 * (top + bottom) - 0.04 * length
        body[:, 4] = _BODY * np.sqrt(near) * shown
    return _placed(out, placement)


@dataclass(frozen=True)
class _Shoe:
    """What is drawn of one leg.

    Attributes:
        outline: of its picture.
        first, vertices: where its vertices lie among those of the puppet.
        slope: px by which the sole lies lower with every px to the right, in the photo.
    """

    outline: Outline
    first: int
    vertices: int
    slope: float


def _shoe(puppet: Puppet, name: str) -> _Shoe | None:
    index = next((k for k, part in enumerate(puppet.parts) if part.name == name), None)
    if index is None:
        return None
    outline = outline_of(puppet.parts[index], max(1.0, _SPACING * puppet.length))
    if not len(outline.corners):
        return None
    first, vertices = sum(len(s.vertices) for s in puppet.strings[:index]), puppet.strings[index].vertices
    points = outline.at(vertices[None])[0]
    points = points[points[:, 1] > points[:, 1].max() - _FOOT * puppet.length]
    return _Shoe(outline, first, len(vertices), _slope(points))


def _slope(points: Float32) -> float:
    """Of the line on which these points stand: the longest edge of their hull that looks down."""
    hull = cv2.convexHull(points)[:, 0].astype(np.float64)
    edges = np.roll(hull, -1, axis=0) - hull
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    middles = 0.5 * (np.roll(hull, -1, axis=0) + hull)
    below = (np.abs(edges[:, 1]) < np.abs(edges[:, 0])) & (middles[:, 1] > hull[:, 1].mean())
    if not below.any():
        return 0.0
    edge = edges[np.argmax(np.where(below, lengths, 0.0))]
    return float(np.clip(edge[1] / edge[0], -_STEEP, _STEEP))


def _spans(shoe: _Shoe, positions: Path, length: Float64, slope: Float64, x0: Float64) -> Float64:
    """(T, 5) px: the lowest that is drawn of a leg, carried to x0 along the slope of its sole; left and right end of
    what touches there, and of the shoe."""
    placed = np.load(positions, mmap_mode="r")[:, shoe.first : shoe.first + shoe.vertices]
    out = np.empty((len(placed), 5))
    for start in range(0, len(placed), _CHUNK):
        now = slice(start, start + _CHUNK)
        points = shoe.outline.at(np.array(placed[now]))
        x = points[..., 0]
        y = points[..., 1] - slope[now, None] * (x - x0[now, None])
        rows = out[now]
        rows[:, 0] = y.max(axis=1)
        for k, share in ((1, _SOLE), (3, _SHOE)):
            within = y > (rows[:, 0] - share * length[now])[:, None]
            rows[:, k] = np.where(within, x, np.inf).min(axis=1)
            rows[:, k + 1] = np.where(within, x, -np.inf).max(axis=1)
        release(placed)
    return out


def _ground(low: Float64, floor: Float64, planted: Bool, fps: float) -> Float64:
    """(T,) y of the floor under a foot whose lowest drawn point is `low`.

    Args:
        low: (T,) px.
        floor: (T,) px: the floor as the dance knows it, for times in which the foot never stands.
        planted: (T,) frames in which it stands.
        fps: frames a second.
    """
    at = np.flatnonzero(planted)
    if not len(at):
        ground = floor + max(0.0, float(np.percentile(low - floor, 90)))
    else:
        reach = float(np.median((low - floor)[at]))
        t = np.arange(len(low))
        # A dancer may come nearer between two stands: what lies between them goes with the dance's floor.
        below = np.interp(t, at, (low - floor)[at])
        before = at[np.clip(np.searchsorted(at, t, side="right") - 1, 0, None)]
        after = at[np.clip(np.searchsorted(at, t), None, len(at) - 1)]
        # Off the floor for long: towards the middle of that time the floor is the dance's own.
        away = np.minimum(np.abs(t - before), np.abs(after - t)) / fps
        share = np.clip((away - 0.25 * _LONGEST) / (0.25 * _LONGEST), 0, 1)
        ground = floor + below + share * (reach - below)
    return np.maximum(_soft(ground, 0.05 * fps), low)


def _soft(values: Float64, sigma: float) -> Float64:
    return np.asarray(gaussian_filter1d(values, sigma, axis=0, mode="nearest")) if len(values) > 1 else values


def _placed(ellipses: Float64, placement: Affine) -> Float32:
    (a, b, x), (c, d, y) = placement
    scale = float(np.sqrt(abs(a * d - b * c)))
    out = ellipses.copy()
    out[..., 0] = a * ellipses[..., 0] + b * ellipses[..., 1] + x
    out[..., 1] = c * ellipses[..., 0] + d * ellipses[..., 1] + y
    out[..., 2:4] *= scale
    return out.astype(np.float32)
