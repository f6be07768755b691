"""The head as a face that moves: landmarks displaced, and the parallax of a head that turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import FaceMotion, Float32, Int32, Part, Performer

TURN, NOD = 35.0, 20.0
"""Degrees that a head turns or nods at most: a cut-out has no other side."""
_NEIGHBOURS = 6
_REACH = 0.16
"""How far past the face its displacement is felt, in face heights."""
_EARS = 234, 454


@dataclass(frozen=True)
class FaceBinding:
    """How the vertices of a head follow the landmarks of its face.

    Attributes:
        landmarks: (V, K) int32 landmarks that a vertex follows and
        weights: (V, K) float32 how much; a row sums to 1 on the face and falls to 0 beside it.
        lever: (V,) float32 px towards the viewer from the axis about which the head turns.
        centre: (2,) float32 photo px of that axis.
        rigid: (V,) float32 0..1: how much a vertex belongs to the head, and not to the neck.
    """

    landmarks: Int32
    weights: Float32
    lever: Float32
    centre: Float32
    rigid: Float32


def bind_face(part: Part, performer: Performer, head: Float32) -> FaceBinding | None:
    """Bind a head to its face; None where the photo shows no face.

    Args:
        part: the head.
        performer: with its face.
        head: (V,) share of the head's bone in each vertex.
    """
    if performer.face is None:
        return None
    face = np.asarray(performer.face, np.float32)
    known = np.flatnonzero(np.isfinite(face).all(axis=1) & (np.arange(len(face)) < 468))
    points, depth = face[known, :2], face[known, 2]
    height = float(np.ptp(points[:, 1]))
    from scipy.spatial import cKDTree

    distance, near = cKDTree(points).query(part.vertices, k=_NEIGHBOURS)
    weights = 1.0 / np.maximum(distance, 0.004 * height) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    outside = _outside(part.vertices, points)
    fade = np.clip(1 - outside / (_REACH * height), 0, 1)
    fade = fade * fade * (3 - 2 * fade)
    landmarks = known[near].astype(np.int32)
    weights = weights * fade[:, None]
    if part.face is not None:
        for landmark, vertex in enumerate(part.face):
            if vertex >= 0 and np.isfinite(face[landmark, :2]).all():
                landmarks[vertex], weights[vertex] = landmark, 0.0
                weights[vertex, 0] = 1.0
    # The axis lies behind the ears' landmarks, which are on the cheeks' rim.
    axis = float(np.mean(face[list(_EARS), 2])) + 0.15 * height
    lever = ((axis - depth)[near] * weights).sum(axis=1)
    centre = face[list(_EARS), :2].mean(axis=0)
    return FaceBinding(landmarks, weights.astype(np.float32), lever.astype(np.float32), centre, head)


def _outside(vertices: Float32, points: Float32) -> npt.NDArray[np.float64]:
    """(V,) px by which a vertex lies outside the hull of the face."""
    import cv2

    hull = cv2.convexHull(np.ascontiguousarray(points))
    signed = [cv2.pointPolygonTest(hull, (float(x), float(y)), True) for x, y in vertices]
    return np.asarray(np.maximum(0.0, -np.array(signed)))


def face_vertices(vertices: Float32, binding: FaceBinding, motion: FaceMotion, first: int, count: int) -> Float32:
    """The head's vertices before its bone moves it: expression, then the turn of the head.

    Args:
        vertices: (V, 2) photo px at rest.
        binding: of `bind_face`.
        motion: of the same performer.
        first, count: frames.

    Returns:
        (count, V, 2) float32 photo px.
    """
    displacement = np.asarray(motion.displacement[first : first + count], np.float32)
    moved = vertices + np.einsum("tvkc,vk->tvc", displacement[:, binding.landmarks], binding.weights)
    return turned(moved, binding, np.asarray(motion.head[first : first + count]))


def turned(moved: Float32, binding: FaceBinding, head: Float32) -> Float32:
    """Vertices seen from where the head's turn and nod put the viewer: near ones move more.

    Args:
        moved: (T, V, 2) photo px.
        binding: of the same vertices.
        head: (T, 3) degrees yaw, pitch, roll against the photo; roll is the bone's.
    """
    yaw = np.radians(TURN * np.tanh(np.nan_to_num(head[:, 0]) / TURN))[:, None]
    nod = np.radians(NOD * np.tanh(np.nan_to_num(head[:, 1]) / NOD))[:, None]
    on_face = binding.weights.sum(axis=1) * binding.rigid
    lever = binding.lever * binding.rigid
    x = moved[..., 0] - binding.centre[0]
    y = moved[..., 1] - binding.centre[1]
    out = moved.copy()
    out[..., 0] += lever * np.sin(yaw) + on_face * x * (np.cos(yaw) - 1)
    out[..., 1] += lever * np.sin(nod) + on_face * y * (np.cos(nod) - 1)
    return out


def depth_sorted(triangles: Int32, binding: FaceBinding) -> Int32:
    """Triangles with the nearest last, so that a nose lies over the cheek it turns across."""
    order = np.argsort(binding.lever[triangles].mean(axis=1), kind="stable")
    return np.ascontiguousarray(triangles[order])
