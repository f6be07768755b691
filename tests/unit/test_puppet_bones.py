"""Bones and skin against joints whose places are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.animate.puppet.bones import CHEST, NARROWEST, SHORTEST, bone_matrices, turned_away, turns
from components.animate.puppet.puppet import make_puppet, moves_of, pose
from components.animate.puppet.skinning import split_spine
from components.core import RIG, RIG_BONES, Float32
from tests import puppet_samples as samples

REST = samples.rest_joints()
LIMBS = [b for b in RIG_BONES if b not in ("spine", "head")]


def moved(matrices: Float32, bone: int, point: Float32) -> Float32:
    return np.asarray(matrices[0, bone, :, :2] @ point[:2] + matrices[0, bone, :, 2], np.float32)


def test_at_rest_nothing_moves() -> None:
    matrices = bone_matrices(REST[:, :2], REST[None, :, :2])
    assert np.abs(matrices - np.array([[1, 0, 0], [0, 1, 0]])).max() < 0.03
    puppet = make_puppet(samples.performer(), None)
    choreography = samples.dance(np.repeat(REST[None], 3, axis=0))
    placed = pose(puppet, moves_of(samples.performer(), choreography), None, 0, 3)
    rest = np.concatenate([s.vertices for s in puppet.strings])
    assert np.abs(placed - rest).max() < 0.03


@pytest.mark.parametrize("bone", ["left_upper_arm", "right_upper_arm", "left_forearm", "right_thigh", "left_shin"])
@pytest.mark.parametrize("degrees", [-170, -80, 35, 120])
def test_a_bone_goes_from_joint_to_joint_and_keeps_its_width(bone: str, degrees: float) -> None:
    joints = samples.turn_bone(REST, bone, degrees)
    matrices = bone_matrices(REST[:, :2], joints[None, :, :2])
    index = RIG_BONES.index(bone)
    a, b = RIG.bones[index]
    for joint in (a, b):
        assert np.abs(moved(matrices, index, REST[joint]) - joints[joint, :2]).max() < 0.05
    linear = matrices[0, index, :, :2]
    assert abs(np.linalg.det(linear) - 1) < 1e-3
    off = float(np.degrees(turns(REST[:, :2], joints[None, :, :2], index)[0])) - degrees
    assert abs((off + 180) % 360 - 180) < 1e-2


def test_foreshortening_shortens_along_and_never_across() -> None:
    a, b = RIG.index("left_knee"), RIG.index("left_ankle")
    joints = np.repeat(REST[None], 5, axis=0)
    shares = np.array([1.0, 0.6, 0.3, 0.12, 0.02], np.float32)
    joints[:, b, :2] = REST[a, :2] + shares[:, None] * (REST[b] - REST[a])[:2]
    for t in range(5):
        linear = bone_matrices(REST[:, :2], joints[t : t + 1, :, :2])[0, RIG_BONES.index("left_shin"), :, :2]
        along = (REST[b] - REST[a])[:2] / np.hypot(*(REST[b] - REST[a])[:2])
        across = np.array([-along[1], along[0]])
        assert np.hypot(*(linear @ along)) == pytest.approx(max(shares[t], SHORTEST), abs=1e-3)
        assert np.hypot(*(linear @ across)) == pytest.approx(1, abs=1e-3)


def test_a_turning_body_narrows_but_never_to_a_line_and_never_jumps() -> None:
    yaw = np.linspace(0, 2 * np.pi, 121)
    joints = np.repeat(REST[None], len(yaw), axis=0)
    joints[..., 0] = 180 + (REST[:, 0] - 180) * np.cos(yaw)[:, None]
    widths = np.hypot(*(bone_matrices(REST[:, :2], joints[..., :2])[:, CHEST, :, 0]).T)
    assert widths[0] == pytest.approx(1, abs=2e-3)
    assert NARROWEST["shoulder"] * 0.98 < widths.min() < NARROWEST["shoulder"] * 1.05
    assert np.abs(np.diff(widths)).max() < 0.06
    assert widths[60] == pytest.approx(1, abs=2e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.0, 400.0))
def test_any_joints_give_finite_bones_and_an_unfolded_torso(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    joints = (REST[None, :, :2] + rng.normal(0, spread, (4, 22, 2))).astype(np.float32)
    matrices = bone_matrices(REST[:, :2], joints)
    assert np.isfinite(matrices).all()
    for bone in (0, CHEST):
        assert (np.linalg.det(matrices[:, bone, :, :2]) > 0.1).all()
    head = matrices[:, RIG_BONES.index("head"), :, :2]
    assert np.abs(head @ head.transpose(0, 2, 1) - np.eye(2)).max() < 1e-4


def test_every_joint_at_one_point_is_survived() -> None:
    assert np.isfinite(bone_matrices(REST[:, :2], np.zeros((3, 22, 2), np.float32))).all()
    assert np.isfinite(bone_matrices(np.zeros((22, 2), np.float32), REST[None, :, :2])).all()


def test_the_spine_is_shared_between_pelvis_and_chest() -> None:
    weights = np.zeros((3, len(RIG_BONES)), np.float32)
    weights[:, 0] = 1
    points = np.array([[180, 330], [180, 265], [180, 200]], np.float32)
    shared = split_spine(weights, points, REST[:, :2])
    assert np.allclose(shared.sum(axis=1), 1)
    assert shared[0, 0] == 1 and shared[2, CHEST] == 1
    assert shared[1, 0] == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("bone", ["left_upper_arm", "right_upper_arm", "left_thigh", "left_forearm", "right_shin"])
def test_turning_a_limb_slowly_never_makes_skin_jump(bone: str) -> None:
    low, high = {"thigh": (-60, 100), "upper_arm": (-100, 170), "forearm": (-165, 165), "shin": (-165, 165)}[
        bone.split("_", 1)[1]
    ]
    if bone == "left_upper_arm" or bone == "left_thigh":
        low, high = -high, -low
    angles = np.arange(low, high, 2.0)
    joints = np.stack([samples.turn_bone(REST, bone, a) for a in angles])
    performer = samples.performer()
    placed = pose(make_puppet(performer, None), moves_of(performer, samples.dance(joints)), None, 0, len(angles))
    steps = np.hypot(*np.moveaxis(np.diff(placed, axis=0), -1, 0))
    reach = np.hypot(*np.moveaxis(np.diff(joints, axis=0)[..., :2], -1, 0)).max()
    assert steps.max() < 2.2 * reach + 0.5


@pytest.mark.parametrize("lean", [-0.15, 0.15])
def test_limbs_photographed_from_the_side_are_not_mirrored_by_its_few_px_of_width(lean: float) -> None:
    profile, joints = REST.astype(np.float64), np.repeat(REST[None], 12, axis=0).astype(np.float64)
    profile[:, 0] = profile[0, 0] + lean * (profile[:, 0] - profile[0, 0])
    assert not turned_away(profile[:, :2], joints[..., :2]).any()


def test_limbs_of_a_body_turned_away_are_mirrored() -> None:
    performer = samples.performer()
    joints = np.repeat(REST[None], 12, axis=0)
    joints[..., 0] = 360 - joints[..., 0]
    # Rigidly the stage would exchange the sides of such a dance; the bones alone are asked here.
    placed = pose(make_puppet(performer, None), moves_of(performer, samples.dance(joints)), None, 6, 1)[0]
    first = 0
    for part in performer.parts:
        mine = placed[first : first + len(part.vertices)]
        first += len(part.vertices)
        if part.name.endswith(("arm", "leg")):
            mirrored = part.vertices * np.array([-1, 1], np.float32) + np.array([360, 0], np.float32)
            assert np.abs(mine - mirrored).max() < 0.5, part.name


def test_a_thigh_that_the_photo_shows_from_its_end_is_slimmer_when_it_is_seen_whole() -> None:
    joints = np.repeat(REST[None, :, :2], 3, axis=0)
    hip, below = RIG.index("left_hip"), [RIG.index(f"left_{j}") for j in ("knee", "ankle", "heel", "toe")]
    thigh = REST[below[0], :2] - REST[hip, :2]
    joints[1, below] += thigh
    joints[2, below] -= 0.4 * thigh
    linear = bone_matrices(REST[:, :2], joints)[:, RIG_BONES.index("left_thigh"), :, :2]
    across = np.array([-thigh[1], thigh[0]]) / np.hypot(*thigh)
    widths = np.hypot(*(linear @ across).T)
    assert widths[[0, 2]] == pytest.approx(1, abs=1e-3), "as in the photo, and foreshortened"
    assert 0.75 < widths[1] < 0.9, "twice as long"
