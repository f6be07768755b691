"""The polish of bent joints, measured on triangles that should keep their size."""

from __future__ import annotations

import numpy as np
import pytest

from components.animate.puppet.bones import bone_matrices
from components.animate.puppet.puppet import make_puppet, moves_of, pose
from components.animate.puppet.rigidity import polish, polishes
from components.animate.puppet.skinning import skin, split_spine
from components.core import RIG_BONES, Float32, Int32, Part
from tests import puppet_samples as samples

REST = samples.rest_joints()


def areas(vertices: Float32, triangles: Int32) -> Float32:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    u, v = b - a, c - a
    return np.asarray(0.5 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]), np.float32)


def bent(part: Part, degrees: float) -> tuple[Float32, Float32]:
    """Skinned and polished vertices of an arm whose elbow is bent."""
    joints = samples.turn_bone(REST, "left_forearm", degrees)[None, :, :2]
    matrices = bone_matrices(REST[:, :2], joints)
    out = np.empty((1, len(part.vertices), 2), np.float32)
    skin(part.vertices[None], split_spine(part.weights, part.vertices, REST[:, :2]), matrices, out)
    plain = out.copy()
    for joint in polishes(part.name, part.vertices, part.triangles, part.weights):
        if joint.after == RIG_BONES.index("left_forearm"):
            polish(joint, matrices, np.radians([degrees]).astype(np.float32), out)
    return plain[0], out[0]


def arm() -> Part:
    return next(p for p in samples.performer().parts if p.name == "left_arm")


@pytest.mark.parametrize("degrees", [95, 120, 150, -110])
def test_a_bent_elbow_keeps_its_shape_better_than_by_skinning_alone(degrees: float) -> None:
    part = arm()
    edges = np.concatenate([part.triangles[:, [0, 1]], part.triangles[:, [1, 2]], part.triangles[:, [2, 0]]])
    upper, fore = (part.weights[:, RIG_BONES.index(f"left_{b}")] for b in ("upper_arm", "forearm"))
    edges = edges[((upper[edges] > 0.02) & (fore[edges] > 0.02)).any(axis=1)]

    def lengths(vertices: Float32) -> Float32:
        return np.asarray(np.hypot(*(vertices[edges[:, 0]] - vertices[edges[:, 1]]).T), np.float32)

    rest = lengths(part.vertices)
    plain, polished = bent(part, degrees)
    assert np.abs(lengths(polished) / rest - 1).mean() < 0.92 * np.abs(lengths(plain) / rest - 1).mean()
    assert lengths(polished).max() < 0.88 * lengths(plain).max()
    folded = [(areas(v, part.triangles) / areas(part.vertices, part.triangles)).min() for v in (plain, polished)]
    assert folded[0] < -0.1, "skinning alone turns triangles over: else the test would prove nothing"
    assert folded[1] > -0.05


def test_the_polish_fades_in_with_the_bend() -> None:
    part = arm()
    plain, polished = bent(part, 45)
    assert np.array_equal(plain, polished)
    previous: Float32 | None = None
    for degrees in np.arange(46, 150, 1.0):
        _, now = bent(part, float(degrees))
        if previous is not None:
            assert np.hypot(*(now - previous).T).max() < 4.0
        previous = now


def test_what_holds_the_joint_is_not_moved() -> None:
    part = arm()
    plain, polished = bent(part, 110)
    rigid = (part.weights > 0.999).any(axis=1)
    assert np.array_equal(plain[rigid], polished[rigid])


def test_chunks_of_any_length_give_the_same_vertices() -> None:
    performer = samples.performer()
    puppet = make_puppet(performer, None)
    moves = moves_of(performer, samples.dance(samples.waving(20)))
    whole = pose(puppet, moves, None, 0, 20)
    assert np.array_equal(whole[7:12], pose(puppet, moves, None, 7, 5))
