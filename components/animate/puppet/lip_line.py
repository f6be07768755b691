"""The rim of an open mouth: a soft line of the lips' own colour over the edge where the head's mesh ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from components.animate.puppet.face import face_vertices
from components.animate.puppet.mouth import Mouth
from components.core import FaceMotion, Float32, Int32, MeshPart, Part, Performer, UInt8
from components.models.face_mesh import LIPS_INNER, LIPS_OUTER

LIP_LINE = "lip_line"
"""Name of the part."""
_STEPS = 4
"""Points a landmark: the mesh's edge has corners, the line is a curve through them."""
_OUT, _IN = 0.08, 0.06
"""Width of the line to either side of the edge, in widths of the mouth."""
_CORNER = 0.8
"""At the corners of the mouth the line is so many times as wide as at its middle."""
_ACROSS = 16
"""Texture px across the line."""


@dataclass(frozen=True)
class LipLine:
    """A ribbon along the edge of the lips.

    Attributes:
        part: its mesh, N points along and two across.
        curve: (N, 20) float32 of a closed Catmull-Rom curve through the landmarks.
        width: (N, 2) float32 photo px out of and into the mouth.
        mouth: whose edge it follows.
        weights: (2 N, 15): all of it follows the head's bone.
    """

    part: MeshPart
    curve: Float32
    width: Float32
    mouth: Mouth
    weights: Float32


def lip_line_of(performer: Performer, head: Part, mouth: Mouth) -> LipLine:
    """The line over the edge of a mouth.

    Args:
        performer: with a face, whose lips' colours are taken.
        head: its head.
        mouth: what opens.
    """
    assert performer.face is not None
    curve = _catmull_rom(len(LIPS_INNER), _STEPS)
    inner, outer = (np.asarray(performer.face)[list(ring), :2] for ring in (LIPS_INNER, LIPS_OUTER))
    colours = curve @ _sampled(head, 0.5 * (inner + outer))
    count = len(curve)
    slim = _CORNER + (1 - _CORNER) * np.abs(np.sin(2 * np.pi * np.arange(count) / count)) ** 0.7
    width = mouth.width * slim[:, None] * np.array([_OUT, _IN])
    t = np.arange(_ACROSS) / (_ACROSS - 1)
    edge = _OUT / (_OUT + _IN)
    alpha = np.where(t < edge, t / edge, (1 - t) / (1 - edge))
    alpha = 0.9 * alpha * alpha * (3 - 2 * alpha)
    # Darker and redder where the lip turns into the mouth.
    turn = np.clip((t - 0.4 * edge) / (1 - 0.4 * edge), 0, 1)
    shade = 1 - turn[:, None] * np.array([0.22, 0.48, 0.45])
    rgb = np.clip(colours[:, None] * shade[None], 0, 255) * alpha[None, :, None]
    picture = np.concatenate([rgb, np.broadcast_to(255 * alpha[None, :, None], (count, _ACROSS, 1))], axis=-1)
    texture = np.concatenate([picture, picture[:1]]).round().astype(np.uint8)
    k = np.arange(count + 1)
    uv = np.stack([np.repeat([[0.0, _ACROSS - 1.0]], count + 1, axis=0), np.repeat(k[:, None], 2, axis=1)], axis=-1)
    part = MeshPart(LIP_LINE, np.ascontiguousarray(texture), uv.reshape(-1, 2).astype(np.float32), _strip(count))
    weights = np.repeat(mouth.weights[:1], 2 * (count + 1), axis=0)
    return LipLine(part, curve.astype(np.float32), width.astype(np.float32), mouth, weights)


def lip_line_vertices(line: LipLine, motion: FaceMotion, first: int, count: int) -> Float32:
    """(count, 2 (N + 1), 2) photo px: for every point of the curve one vertex outside of the mouth and one inside."""
    ring = face_vertices(line.mouth.rest, line.mouth.edge, motion, first, count)
    points = np.einsum("nk,tkc->tnc", line.curve, ring)
    along = np.roll(points, -1, axis=1) - np.roll(points, 1, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-6)
    # The ring runs along the lower lip first: what lies a quarter turn further is outside of the mouth.
    outward = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    sides = np.stack([points + line.width[:, :1] * outward, points - line.width[:, 1:] * outward], axis=2)
    closed = np.concatenate([sides, sides[:, :1]], axis=1)
    return np.asarray(closed.reshape(len(closed), -1, 2), np.float32)


def _catmull_rom(points: int, steps: int) -> Float32:
    """(points * steps, points) weights of a closed Catmull-Rom spline through its points (Catmull and Rom, 1974)."""
    t = np.arange(steps) / steps
    basis = 0.5 * np.stack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3], axis=1
    )
    out = np.zeros((points * steps, points), np.float32)
    for k in range(points):
        for j in range(4):
            out[k * steps : (k + 1) * steps, (k + j - 1) % points] += basis[:, j]
    return out


def _sampled(head: Part, points: Float32) -> Float32:
    """(N, 3) colours of the head at points (N, 2) of the photo, each over a few px."""
    texture: UInt8 = np.asarray(head.texture)
    soft = cv2.GaussianBlur(texture.astype(np.float32), (0, 0), 0.8)
    x, y = np.clip(np.round(points - head.origin).astype(int), 0, np.array(texture.shape[1::-1]) - 1).T
    return np.asarray(soft[y, x, :3] * 255 / np.maximum(soft[y, x, 3:], 1), np.float32)


def _strip(count: int) -> Int32:
    a = 2 * np.arange(count)
    return np.concatenate([np.stack([a, a + 1, a + 2], 1), np.stack([a + 1, a + 3, a + 2], 1)]).astype(np.int32)
