"""The head as a face that moves: landmarks displaced, and the parallax of a head that turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import FaceMotion, Float32, Int32, Part, Performer

Float64 = npt.NDArray[np.float64]

TURN, NOD = 30.0, 18.0
"""Degrees that a head seen from the front turns or nods at most: a cut-out has no other side."""
_TURNED = 50.0
"""A head that the photo shows turned by so much keeps a fifth of that: half of its face is not there to be shown."""
_NEIGHBOURS = 6
_REACH = 0.16
"""How far past the face its displacement is felt, in face heights."""
_SKULL = 0.50
"""How far past the face the skull goes on that turns with it."""
_EARS = 234, 454


@dataclass(frozen=True)
class FaceBinding:
    """How the vertices of a head follow the landmarks of its face.

    Attributes:
        landmarks: (V, K) int32 landmarks that a vertex follows and
        weights: (V, K) float32 how much; a row sums to 1 on the face and falls to 0 beside it.
        lever: (V,) float32 px towards the viewer from the axis about which the head turns.
        round: (V,) float32 0..1: how much a vertex takes part in the narrowing of what turns away.
        centre: (2,) float32 photo px of that axis.
        rigid: (V,) float32 0..1: how much a vertex belongs to the head, and not to the neck.
        freedom: (2,) float32 degrees by which the head may turn and nod.
    """

    landmarks: Int32
    weights: Float32
    lever: Float32
    round: Float32
    centre: Float32
    rigid: Float32
    freedom: Float32


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
    outside = _outside(part.vertices, points) / height
    # The axis lies behind the ears' landmarks, which are on the cheeks' rim.
    axis = float(np.mean(face[list(_EARS), 2])) + 0.15 * height
    skull = _fade(outside / _SKULL)
    lever = ((axis - depth)[near] * weights).sum(axis=1) * skull
    landmarks = known[near].astype(np.int32)
    weights = weights * _fade(outside / _REACH)[:, None]
    if part.face is not None:
        for landmark, vertex in enumerate(part.face):
            if vertex >= 0 and np.isfinite(face[landmark, :2]).all():
                landmarks[vertex], weights[vertex] = landmark, 0.0
                weights[vertex, 0] = 1.0
    centre = face[list(_EARS), :2].mean(axis=0)
    return FaceBinding(
        landmarks,
        weights.astype(np.float32),
        lever.astype(np.float32),
        skull.astype(np.float32),
        centre,
        head,
        _freedom(face),
    )


def _fade(x: Float64) -> Float64:
    t = np.clip(1 - x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _freedom(face: Float32) -> Float32:
    """(2,) degrees by which this head may turn and nod: the less, the more the photo shows it turned."""
    from components.models.face import head_angles

    yaw, pitch = np.abs(np.nan_to_num(head_angles(face[None])[0, :2]))
    return np.array([TURN * max(0.2, 1 - yaw / _TURNED), NOD * max(0.2, 1 - pitch / _TURNED)], np.float32)


def _outside(vertices: Float32, points: Float32) -> Float64:
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
    turn, nod = (
        np.radians(most * np.tanh(np.nan_to_num(head[:, k]) / most))[:, None] for k, most in enumerate(binding.freedom)
    )
    narrow = binding.round * binding.rigid
    lever = binding.lever * binding.rigid
    x = moved[..., 0] - binding.centre[0]
    y = moved[..., 1] - binding.centre[1]
    out = moved.copy()
    out[..., 0] += lever * np.sin(turn) + narrow * x * (np.cos(turn) - 1)
    out[..., 1] += lever * np.sin(nod) + narrow * y * (np.cos(nod) - 1)
    return out


def depth_sorted(triangles: Int32, binding: FaceBinding) -> Int32:
    """Triangles with the nearest last, so that a nose lies over the cheek it turns across."""
    order = np.argsort(binding.lever[triangles].mean(axis=1), kind="stable")
    return np.ascontiguousarray(triangles[order])


def part_of(binding: FaceBinding, vertices: Int32) -> FaceBinding:
    """The binding of some of its vertices."""
    return FaceBinding(
        binding.landmarks[vertices],
        binding.weights[vertices],
        binding.lever[vertices],
        binding.round[vertices],
        binding.centre,
        binding.rigid[vertices],
        binding.freedom,
    )
