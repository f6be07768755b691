"""What is seen when the lips part: a dark mouth, teeth and a tongue, drawn beneath the head."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from components.animate.puppet.bones import CHEST
from components.core import RIG_BONES, FaceMotion, Float32, Int32, MeshPart, Part, Performer, UInt8

LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
"""The edge of the mouth's opening in MediaPipe's face mesh, from the person's right corner along the lower lip."""
_UPPER, _LOWER = 13, 14
_OPEN = 0.10
"""A mouth that is open this share of its width in the photo shows its own teeth: nothing is drawn beneath it."""
_FINE = 3
"""Texture px per photo px: a mouth is small and its teeth are finer than the photo's pixels."""


@dataclass(frozen=True)
class Mouth:
    """A mouth that hides behind the lips.

    Attributes:
        part: three rectangles that lie over each other: the hollow, the lower jaw with its tongue, the upper teeth.
        vertices: (12, 2) photo px at rest.
        weights: (12, 15): all of it follows the head's bone.
    """

    part: MeshPart
    vertices: Float32
    weights: Float32


def mouth_of(performer: Performer, head: Part, motion: FaceMotion | None) -> Mouth | None:
    """The mouth of a performer; None where the lips never part, or already show what is between them.

    Args:
        performer: with a face.
        head: whose mesh must have the edge of the lips as vertices.
        motion: of the face.
    """
    face = performer.face
    if face is None or motion is None or head.face is None or (head.face[list(LIPS_INNER)] < 0).any():
        return None
    ring = np.asarray(face[list(LIPS_INNER), :2], np.float64)
    width = float(np.hypot(*(ring[10] - ring[0])))
    gap = float(np.hypot(*(face[_LOWER, :2] - face[_UPPER, :2])))
    if width < 3 or gap > _OPEN * width or not (np.asarray(motion.mouth_open) > 0.02 * width + gap).any():
        return None
    along = (ring[10] - ring[0]) / width
    down = np.array([-along[1], along[0]])
    middle = 0.5 * (ring[0] + ring[10])
    half, depth = 0.56 * width, 0.95 * width
    top = -0.10 * width

    def rectangle(left: float, upper: float, right: float, lower: float) -> list[np.ndarray]:  # type: ignore[type-arg]
        return [
            middle + x * along + y * down for x, y in ((left, upper), (right, upper), (right, lower), (left, lower))
        ]

    corners = (
        rectangle(-half, top, half, depth)
        + rectangle(-0.46 * width, -0.42 * width, 0.46 * width, 0.10 * width)
        + rectangle(-0.40 * width, top, 0.40 * width, top + 0.30 * width)
    )
    px = max(12, round(_FINE * width))
    texture, boxes = _atlas(px, performer.skin)
    uv = np.concatenate([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes])
    triangles = np.array([(4 * k + a, 4 * k + b, 4 * k + c) for k in range(3) for a, b, c in ((0, 1, 2), (0, 2, 3))])
    vertices = np.array(corners, np.float32)
    weights = np.zeros((len(vertices), CHEST + 1), np.float32)
    weights[:, RIG_BONES.index("head")] = 1
    part = MeshPart("mouth", texture, uv.astype(np.float32), triangles.astype(np.int32))
    return Mouth(part, vertices, weights)


def mouth_vertices(mouth: Mouth, motion: FaceMotion, first: int, count: int) -> Float32:
    """(count, 12, 2) photo px: hollow and upper teeth follow the upper lip's place on the skull, the rest the jaw."""
    displacement = np.asarray(motion.displacement[first : first + count], np.float32)
    corners = 0.5 * (displacement[:, LIPS_INNER[0]] + displacement[:, LIPS_INNER[10]])
    out = np.repeat(mouth.vertices[None], len(displacement), axis=0)
    out[:, 4:8] += displacement[:, _LOWER, None]
    # Teeth do not move with the lip; a raised lip only bares them. Sideways all of it follows the mouth's corners.
    out[:, :4, 0] += corners[:, None, 0]
    out[:, 8:, 0] += 0.5 * corners[:, None, 0]
    return out


def open_lips(triangles: Int32, head: Part) -> Int32:
    """The head's triangles without those that close the mouth."""
    assert head.face is not None
    ring = np.zeros(len(head.vertices), bool)
    ring[head.face[list(LIPS_INNER)]] = True
    closing = ring[triangles].all(axis=1)
    return np.ascontiguousarray(triangles[~closing])


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
    """Dark red, darkest in the depth of the throat."""
    h, w = round(1.05 * px), round(1.12 * px)
    y, x = np.mgrid[0:h, 0:w]
    depth = np.hypot((x / w - 0.5) / 0.5, (y / h - 0.35) / 0.6)
    shade = np.clip(depth, 0, 1)[..., None]
    colour = (np.array([26, 7, 9]) * (1 - shade) + np.array([96, 36, 36]) * shade) * light
    return np.dstack([colour, np.full((h, w), 255)]).round().astype(np.uint8)


def _jaw(px: int, light: float) -> UInt8:
    """A tongue with a lit middle, and a hint of lower teeth before it."""
    h, w = round(0.52 * px), round(0.92 * px)
    y, x = np.mgrid[0:h, 0:w]
    u, v = (x / w - 0.5) / 0.5, y / h
    tongue = np.clip((1 - np.hypot(u / 0.72, (v - 0.75) / 0.62)) * 0.09 * px + 0.5, 0, 1)
    lit = np.clip(1 - np.hypot(u / 0.6, (v - 0.5) / 0.5), 0, 1) * np.clip(np.abs(u) * 8, 0.65, 1)
    colour = (np.array([138, 62, 62]) + lit[..., None] * np.array([52, 34, 32])) * light
    alpha = tongue
    edge = 0.62 + 0.12 * u**2
    lower = np.clip((v - edge) * h / 2 + 0.5, 0, 1) * np.clip((0.8 - np.abs(u)) * w / 6, 0, 1)
    teeth = np.array([206, 196, 182]) * light * (0.72 - 0.3 * u**2)[..., None]
    colour = colour * (1 - lower[..., None]) + teeth * lower[..., None]
    alpha = np.maximum(alpha, lower)
    return np.dstack([colour * alpha[..., None], alpha * 255]).round().astype(np.uint8)


def _teeth(px: int, light: float) -> UInt8:
    """A row of upper teeth, shaded towards the corners, with faint gaps."""
    h, w = round(0.30 * px), round(0.80 * px)
    y, x = np.mgrid[0:h, 0:w]
    u, v = (x / w - 0.5) / 0.5, y / h
    edge = 0.80 - 0.28 * u**2
    row = np.clip((edge - v) * h / 1.5 + 0.5, 0, 1) * np.clip((1 - np.abs(u)) * w / 4, 0, 1)
    gaps = 1 - 0.13 * np.exp(-((((np.abs(u) * 4.6) % 1.0) - 0.0) ** 2) / 0.006)
    shade = (0.98 - 0.45 * u**2) * (0.86 + 0.14 * v) * gaps
    colour = np.array([236, 228, 214]) * light * shade[..., None]
    picture = np.dstack([np.clip(colour, 0, 255) * row[..., None], row * 255]).round().astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.6), np.uint8)
