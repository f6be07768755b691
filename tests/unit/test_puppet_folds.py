"""A sheet of skin over a folded arm, whose edges must not be stretched into a web when the arm is straightened."""

from __future__ import annotations

import dataclasses

import numpy as np

from components.animate.puppet.bones import bone_matrices
from components.animate.puppet.folds import unfolded
from components.animate.puppet.skinning import skin, split_spine
from components.core import RIG, RIG_BONES, Float32, Part
from tests import puppet_samples as samples

NAMES = ("shoulder", "elbow", "wrist", "hand")


def folded() -> tuple[Part, Float32]:
    """An arm that goes down 80 px and comes back up 12 px beside itself, as one sheet; and its joints."""
    rest = samples.rest_joints()[:, :2].copy()
    for name, at in zip(NAMES, ((225, 200), (228, 280), (240, 202), (241, 185)), strict=True):
        rest[RIG.index(f"left_{name}")] = at
    base = next(p for p in samples.performer().parts if p.name == "left_arm")
    xs, ys = np.arange(212, 262, 6, dtype=np.float32), np.arange(176, 300, 6, dtype=np.float32)
    vertices = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    i, j = (a.ravel() for a in np.mgrid[0 : len(ys) - 1, 0 : len(xs) - 1])
    a = i * len(xs) + j
    triangles = np.concatenate(
        [np.stack([a, a + 1, a + len(xs)], 1), np.stack([a + 1, a + len(xs) + 1, a + len(xs)], 1)]
    )
    weights = np.zeros((len(vertices), len(RIG_BONES)), np.float32)
    past = np.clip((vertices[:, 0] - 220) / 28, 0, 1)
    weights[:, RIG_BONES.index("left_upper_arm")] = 1 - past
    weights[:, RIG_BONES.index("left_forearm")] = past
    return dataclasses.replace(base, vertices=vertices, triangles=triangles.astype(np.int32), weights=weights), rest


def longest_edge(part: Part, rest: Float32) -> float:
    """Px of the longest edge when the arm is stretched out to the side; 8.5 at rest."""
    joints = rest[None].copy()
    for name, x in zip(NAMES, (225, 305, 384, 401), strict=True):
        joints[0, RIG.index(f"left_{name}")] = (x, 200)
    out = np.empty((1, len(part.vertices), 2), np.float32)
    skin(part.vertices[None], split_spine(part.weights, part.vertices, rest), bone_matrices(rest, joints), out)
    edges = np.concatenate([part.triangles[:, [0, 1]], part.triangles[:, [1, 2]], part.triangles[:, [2, 0]]])
    return float(np.hypot(*(out[0, edges[:, 0]] - out[0, edges[:, 1]]).T).max())


def test_a_folded_arm_comes_apart_instead_of_spanning_a_web() -> None:
    part, rest = folded()
    apart = unfolded(part, rest)
    assert longest_edge(apart, rest) < 0.7 * longest_edge(part, rest)
    assert longest_edge(apart, rest) < 4 * 8.5
    assert np.allclose(apart.weights.sum(axis=1), 1, atol=1e-5)
    tip = np.hypot(*(part.vertices - rest[RIG.index("left_hand")]).T).argmin()
    assert apart.weights[tip, RIG_BONES.index("left_upper_arm")] < 0.05


def test_no_cell_is_lost_and_at_rest_every_copy_lies_where_it_was() -> None:
    part, rest = folded()
    apart = unfolded(part, rest)
    before = {tuple(map(tuple, part.vertices[t])) for t in part.triangles}
    after = {tuple(map(tuple, apart.vertices[t])) for t in apart.triangles}
    assert before == after


def test_an_arm_that_is_not_folded_stays_as_it_is() -> None:
    rest = samples.rest_joints()[:, :2]
    for part in samples.performer().parts:
        assert unfolded(part, rest) is part
