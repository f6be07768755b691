"""Meshes: grids, faces whose mouth can open, and limbs that can unfold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import spsolve

from components.core import RIG_BONES, Float32, Int32
from components.models.face_mesh import FACE_OVAL, FACE_TRIANGLES, LEFT_EYE, LIPS_INNER, RIGHT_EYE
from components.portray import mesh


def flat_face(width: float, height: float, middle: tuple[float, float]) -> Float32:
    """(478, 3) a face spread flat, without folds (Tutte, 1963): the oval an ellipse, the rest in balance."""
    triangles = np.asarray(FACE_TRIANGLES)
    edges = np.unique(
        np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1), axis=0
    )
    a = np.concatenate([edges[:, 0], edges[:, 1]])
    b = np.concatenate([edges[:, 1], edges[:, 0]])
    near = csr_matrix((np.ones(len(a)), (a, b)), shape=(468, 468))
    laplace = (diags(np.asarray(near.sum(axis=1)).ravel()) - near).tolil()
    right = np.zeros((468, 2))
    for k, landmark in enumerate(FACE_OVAL):
        angle = 2 * np.pi * k / len(FACE_OVAL)
        laplace[landmark] = 0
        laplace[landmark, landmark] = 1
        right[landmark] = middle[0] + width / 2 * np.sin(angle), middle[1] - height / 2 * np.cos(angle)
    face = np.full((478, 3), np.nan, np.float32)
    face[:468, :2] = spsolve(laplace.tocsr(), right)
    face[:468, 2] = 0
    face[468:] = face[1]
    return face


def edges_of(triangles: Int32) -> set[tuple[int, int]]:
    return {tuple(sorted((int(t[i]), int(t[(i + 1) % 3])))) for t in triangles for i in range(3)}  # type: ignore[misc]


def areas(vertices: Float32, triangles: Int32) -> Float32:
    a, b, c = (vertices[triangles[:, k]].astype(float) for k in range(3))
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])  # type: ignore[no-any-return]


def test_a_grid_covers_a_disc_and_little_more() -> None:
    y, x = np.mgrid[:100, :120]
    alpha = (np.hypot(x - 60, y - 50) < 40).astype(np.float32)
    vertices, triangles = mesh.grid_mesh(alpha, 8.0)
    covered = np.abs(areas(vertices, triangles)).sum() / 2
    assert alpha.sum() < covered < 1.6 * alpha.sum()
    assert triangles.max() == len(vertices) - 1


@pytest.mark.parametrize("size", [60.0, 240.0])
def test_a_face_can_open_its_mouth_and_close_its_eyes(size: float) -> None:
    side = int(size * 1.6)
    face = flat_face(size * 0.75, size, (side / 2, side / 2))
    vertices, triangles, vertex = mesh.face_mesh(np.ones((side, side), np.float32), size / 12, face)
    assert (vertex[:468] >= 0).mean() > 0.85
    assert (vertex[468:] == -1).all()
    seen = np.flatnonzero(vertex >= 0)
    assert np.abs(vertices[vertex[seen]] - face[seen, :2]).max() < 0.7
    joined = edges_of(triangles)
    for ring in (LIPS_INNER, LEFT_EYE, RIGHT_EYE):
        v = [int(vertex[k]) for k in ring]
        assert min(v) >= 0
        assert all(tuple(sorted(pair)) in joined for pair in zip(v, v[1:] + v[:1], strict=True))
    lips = set(vertex[list(LIPS_INNER)].tolist())
    assert not any(set(t) <= lips for t in triangles.tolist())
    assert not ((areas(vertices, triangles) > 0).any() and (areas(vertices, triangles) < 0).any())


def test_an_edge_is_forced_across_many_triangles() -> None:
    from scipy.spatial import Delaunay

    points = np.random.default_rng(2).uniform(0, 10, (60, 2)).astype(np.float32)
    points = np.concatenate([points, np.array([[-1.0, 5.0], [11.0, 5.2]], np.float32)])
    triangles = Delaunay(points).simplices.astype(np.int32)
    assert (60, 61) not in edges_of(triangles)
    before = np.abs(areas(points, triangles)).sum()
    forced = mesh.force_edges(points, triangles, [(60, 61)])
    assert (60, 61) in edges_of(forced)
    assert np.abs(areas(points, forced)).sum() == pytest.approx(before, rel=1e-4)


def test_closed_lips_are_parted_by_a_hair() -> None:
    face = flat_face(100, 130, (80, 80))
    for k in range(1, 10):
        lower, upper = LIPS_INNER[k], LIPS_INNER[20 - k]
        face[[lower, upper], 1] = face[[lower, upper], 1].mean()
    _, triangles, vertex = mesh.face_mesh(np.ones((160, 160), np.float32), 10.0, face)
    joined = edges_of(triangles)
    v = [int(vertex[k]) for k in LIPS_INNER]
    assert all(tuple(sorted(pair)) in joined for pair in zip(v, v[1:] + v[:1], strict=True))


def test_a_folded_limb_unfolds_without_a_web() -> None:
    alpha = np.ones((100, 60), np.float32)
    vertices, triangles = mesh.grid_mesh(alpha, 6.0)
    upper, lower = RIG_BONES.index("left_upper_arm"), RIG_BONES.index("left_forearm")
    weights = np.zeros((len(vertices), len(RIG_BONES)), np.float32)
    weights[:, lower] = vertices[:, 0] > 30
    weights[:, upper] = 1 - weights[:, lower]
    joint = np.array([30.0, 95.0], np.float32)
    v, t, w = mesh.tear(vertices, triangles, weights, upper, lower, joint, 15.0)
    far = np.hypot(*(v[t].mean(axis=1) - joint).T) > 16
    spread = w[t][far].max(axis=1) - w[t][far].min(axis=1)
    assert spread.max() == 0
    assert np.allclose(w.sum(axis=1), 1)
    assert np.abs(areas(v, t)).sum() > np.abs(areas(vertices, triangles)).sum()
