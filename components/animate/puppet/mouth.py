"""What is seen when the lips part: a dark mouth, teeth and a tongue, drawn beneath the head."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from components.animate.puppet.bones import CHEST
from components.animate.puppet.face import FaceBinding, face_vertices, part_of
from components.core import RIG_BONES, FaceMotion, Float32, Int32, MeshPart, Part, Performer, UInt8
from components.models.face_mesh import LIPS_INNER

_UPPER, _LOWER = 13, 14
_OPEN = 0.10
"""A mouth that is open this share of its width in the photo shows its own teeth: nothing is drawn for it."""
_PARTED = 0.03, 0.10
"""Openings, shares of the mouth's width, between which the line where the photo's lips met gives way to the mouth."""
_FINE = 3
"""Texture px per photo px: a mouth is small and its teeth are finer than the photo's pixels."""


_TEETH, _JAW = 0.24, 0.42
"""Heights of the upper teeth and of the lower jaw, shares of the mouth's width."""


@dataclass(frozen=True)
class Mouth:
    """A mouth that hides behind the lips.

    Attributes:
        part: three rectangles that lie over each other: the hollow, the lower jaw with its tongue, the upper teeth.
        axes: (2, 2) float32 unit vectors of the photo along and down the mouth.
        width: photo px.
        weights: (12, 15): all of it follows the head's bone.
        edge: the edge of the lips as it moves.
        rest: (20, 2) float32 photo px of that edge.
    """

    part: MeshPart
    axes: Float32
    width: float
    weights: Float32
    edge: FaceBinding
    rest: Float32


def mouth_of(performer: Performer, head: Part, binding: FaceBinding | None, motion: FaceMotion | None) -> Mouth | None:
    """The mouth of a performer; None where the lips never part, or already show what is between them.

    Args:
        performer: with a face.
        head: whose mesh must have the edge of the lips as vertices.
        binding: of the head.
        motion: of the face.
    """
    face = performer.face
    if face is None or binding is None or motion is None or not has_lips(head) or head.face is None:
        return None
    ring = np.asarray(face[list(LIPS_INNER), :2], np.float64)
    width = float(np.hypot(*(ring[10] - ring[0])))
    gap = float(np.hypot(*(face[_LOWER, :2] - face[_UPPER, :2])))
    if width < 3 or gap > _OPEN * width or not (np.asarray(motion.mouth_open) > 0.02 * width + gap).any():
        return None
    along = (ring[10] - ring[0]) / width
    axes = np.array([along, [-along[1], along[0]]], np.float32)
    texture, boxes = _atlas(max(12, round(_FINE * width)), performer.skin)
    uv = np.concatenate([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes])
    triangles = np.array([(4 * k + a, 4 * k + b, 4 * k + c) for k in range(3) for a, b, c in ((0, 1, 2), (0, 2, 3))])
    weights = np.zeros((12, CHEST + 1), np.float32)
    weights[:, RIG_BONES.index("head")] = 1
    part = MeshPart("mouth", texture, uv.astype(np.float32), triangles.astype(np.int32))
    edge = np.asarray(head.face)[list(LIPS_INNER)]
    return Mouth(part, axes, width, weights, part_of(binding, edge), np.asarray(head.vertices[edge], np.float32))


def mouth_vertices(mouth: Mouth, motion: FaceMotion, first: int, count: int) -> Float32:
    """(count, 12, 2) photo px of the three rectangles.

    None reaches past the edge of the lips' own box: beyond it lies the head, which hides all but the opening. The upper
    teeth hang from the skull, where the upper lip was in the photo, or from the lip where it is lower; the tongue lies
    on the lower lip.
    """
    ring = face_vertices(mouth.rest, mouth.edge, motion, first, count) @ mouth.axes.T
    still = mouth.rest @ mouth.axes.T
    left, right = ring[..., 0].min(axis=1), ring[..., 0].max(axis=1)
    top, bottom = ring[..., 1].min(axis=1), ring[..., 1].max(axis=1)
    gum = np.clip(still[15, 1] - 0.3 * _TEETH * mouth.width, top, bottom)
    middle, half = 0.5 * (left + right), 0.5 * (right - left)

    def rectangle(share: float, upper: Float32, lower: Float32) -> list[Float32]:
        x0, x1 = middle - share * half, middle + share * half
        return [np.stack(p, axis=-1) for p in ((x0, upper), (x1, upper), (x1, lower), (x0, lower))]

    corners = (
        rectangle(1.0, top, bottom)
        + rectangle(0.85, np.maximum(bottom - _JAW * mouth.width, top), bottom)
        + rectangle(0.85, gum, np.minimum(gum + _TEETH * mouth.width, bottom))
    )
    return np.asarray(np.stack(corners, axis=1) @ mouth.axes, np.float32)


def has_lips(head: Part) -> bool:
    """Whether the head's mesh has a mouth that can open: the edge of the lips are vertices, and a hole between them."""
    return head.face is not None and bool((head.face[list(LIPS_INNER)] >= 0).all())


def between_lips(head: Part) -> tuple[Int32, Int32]:
    """What the photo shows between the lips, be it teeth or the line where they meet.

    Returns:
        (20,) int32 vertices of the head along the edge of the lips, and (18, 3) int32 triangles over them.
    """
    assert head.face is not None
    edge = np.asarray(head.face)[list(LIPS_INNER)].astype(np.int32)
    lower, upper = np.arange(11), (20 - np.arange(11)) % 20
    strips = [((lower[k], lower[k + 1], upper[k]), (lower[k + 1], upper[k + 1], upper[k])) for k in range(10)]
    triangles = np.array([t for pair in strips for t in pair if len(set(t)) == 3], np.int32)
    return edge, triangles


def lips_opacity(performer: Performer, motion: FaceMotion | None, mouth: Mouth | None, frames: int) -> Float32:
    """(T,) 0..1 of what the photo shows between the lips: it gives way where a mouth is drawn and opens."""
    if performer.face is None or motion is None or mouth is None:
        return np.ones(frames, np.float32)
    corners = performer.face[[LIPS_INNER[0], LIPS_INNER[10]], :2]
    width = float(np.hypot(*(corners[1] - corners[0])))
    gap = float(np.hypot(*(performer.face[_LOWER, :2] - performer.face[_UPPER, :2])))
    t = np.clip(((np.asarray(motion.mouth_open) - gap) / width - _PARTED[0]) / (_PARTED[1] - _PARTED[0]), 0, 1)
    return np.asarray(1 - t * t * (3 - 2 * t), np.float32)


def _atlas(px: int, skin: UInt8) -> tuple[UInt8, list[tuple[float, float, float, float]]]:
    """The three pictures below each other, and where each lies.

    Args:
        px: width of the mouth in texture px.
        skin: (3,) whose light the mouth's colours share.
    """
    light = float(np.clip(skin.astype(float).mean() / 170, 0.45, 1.1))
    hollow = _hollow(px, light)
    jaw = _jaw(px, light)
    teeth = _teeth(px, light)
    width = max(p.shape[1] for p in (hollow, jaw, teeth))
    rows, boxes, y = [], [], 0
    for picture in (hollow, jaw, teeth):
        h, w = picture.shape[:2]
        rows.append(np.pad(picture, ((0, 2), (0, width - w), (0, 0))))
        boxes.append((0.0, float(y), w - 1.0, y + h - 1.0))
        y += h + 2
    return np.ascontiguousarray(np.concatenate(rows)), boxes


def _hollow(px: int, light: float) -> UInt8:
    """Dark red, darkest in the middle, where the throat is."""
    h, w = round(0.8 * px), px
    y, x = np.mgrid[0:h, 0:w]
    depth = np.hypot((x / w - 0.5) / 0.5, (y / h - 0.45) / 0.6)
    shade = np.clip(depth, 0, 1)[..., None]
    colour = (np.array([24, 7, 9]) * (1 - shade) + np.array([84, 32, 32]) * shade) * light
    return np.dstack([colour, np.full((h, w), 255)]).round().astype(np.uint8)


def _jaw(px: int, light: float) -> UInt8:
    """A tongue with a lit middle, and a hint of lower teeth before it."""
    h, w = round(_JAW * px), round(0.85 * px)
    y, x = np.mgrid[0:h, 0:w]
    u, v = (x / w - 0.5) / 0.5, y / h
    tongue = np.clip((1 - np.hypot(u / 0.82, (v - 0.9) / 0.72)) * 0.08 * px + 0.5, 0, 1)
    lit = np.clip(1 - np.hypot(u / 0.6, (v - 0.6) / 0.5), 0, 1) * np.clip(np.abs(u) * 8, 0.7, 1)
    colour = (np.array([122, 55, 55]) + lit[..., None] * np.array([46, 30, 28])) * light
    lower = np.clip((v - 0.86 - 0.10 * u**2) * h / 2 + 0.5, 0, 1) * np.clip((0.8 - np.abs(u)) * w / 6, 0, 1)
    teeth = np.array([190, 178, 162]) * light * (0.72 - 0.3 * u**2)[..., None]
    colour = colour * (1 - lower[..., None]) + teeth * lower[..., None]
    alpha = np.maximum(tongue, lower)
    return np.dstack([colour * alpha[..., None], alpha * 255]).round().astype(np.uint8)


def _teeth(px: int, light: float) -> UInt8:
    """A row of upper teeth in the shade of the lip, darker towards the corners, with faint gaps."""
    h, w = round(_TEETH * px), round(0.85 * px)
    y, x = np.mgrid[0:h, 0:w]
    u, v = (x / w - 0.5) / 0.5, y / h
    edge = 0.86 - 0.30 * u**2
    row = np.clip((edge - v) * h / 2.5 + 0.5, 0, 1) * np.clip((1 - np.abs(u)) * w / 6, 0, 1)
    gaps = 1 - 0.10 * np.exp(-(((np.abs(u) * 4.6) % 1.0) ** 2) / 0.008)
    shade = (0.92 - 0.5 * u**2) * (0.74 + 0.26 * v) * gaps
    colour = np.array([240, 224, 206]) * light * shade[..., None]
    picture = np.dstack([np.clip(colour, 0, 255) * row[..., None], row * 255]).round().astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.uint8)
