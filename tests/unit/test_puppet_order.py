"""Which part lies over which: from depths that are known, steady where they are noisy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from components.animate.puppet.order import BAND, DWELL, FIRST, folding_order, paint_order, part_levels, performer_ranks
from components.animate.puppet.sides import as_seen
from components.core import PARTS, RIG, RIG_BONES, Float32
from tests import puppet_samples as samples

LENGTH = 130.0


def still(frames: int = 40) -> Float32:
    return np.repeat(samples.rest_joints()[None], frames, axis=0)


def level(joints: Float32, part: str) -> Float32:
    return part_levels(samples.dance(joints), [part], LENGTH)[:, 0]


def put(joints: Float32, names: tuple[str, ...], z: float | np.ndarray) -> Float32:
    for name in names:
        joints[:, RIG.index(name), 2] = z
    return joints


def test_a_standing_person_is_painted_legs_torso_head_arms() -> None:
    levels = dict(zip(PARTS, part_levels(samples.dance(still()), PARTS, LENGTH)[0], strict=True))
    assert max(levels["left_leg"], levels["right_leg"]) < levels["torso"] < levels["head"]
    assert levels["head"] < min(levels["left_arm"], levels["right_arm"])


def test_an_arm_goes_behind_only_when_it_clearly_is() -> None:
    names = ("left_elbow", "left_wrist", "left_hand")
    assert (level(put(still(), names, 0.3 * LENGTH), "left_arm") > 6).all()
    assert (level(put(still(), names, 0.8 * LENGTH), "left_arm") < 2).all()


def test_noise_about_the_threshold_does_not_flicker() -> None:
    rng = np.random.default_rng(0)
    noisy = 0.42 * LENGTH + rng.normal(0, 0.05 * LENGTH, 300)
    levels = level(put(still(300), ("left_elbow", "left_wrist", "left_hand"), noisy), "left_arm")
    assert (np.diff(levels) != 0).sum() <= 2


def test_an_order_lasts_some_frames() -> None:
    z = np.zeros(60)
    z[20 : 20 + DWELL - 2] = 0.9 * LENGTH
    names = ("left_elbow", "left_wrist", "left_hand")
    assert (level(put(still(60), names, z), "left_arm") > 6).all()
    z[20:40] = 0.9 * LENGTH
    assert (level(put(still(60), names, z), "left_arm")[22:38] < 2).all()


def test_the_nearer_leg_lies_over_the_other() -> None:
    joints = put(still(), ("left_knee", "left_ankle"), -0.4 * LENGTH)
    assert (level(joints, "left_leg") > level(joints, "right_leg")).all()
    joints = put(still(), ("left_knee", "left_ankle"), 0.4 * LENGTH)
    assert (level(joints, "left_leg") < level(joints, "right_leg")).all()


def test_dancers_are_ordered_by_their_place_on_the_floor_and_change_once_when_they_cross() -> None:
    depth = np.linspace(-100, 100, 80)
    a, b = samples.dance(still(80)), samples.dance(still(80), 1)
    a.root[:, 2] = depth + np.random.default_rng(1).normal(0, 4, 80)
    ranks = performer_ranks([a, b], 20.0)
    assert ranks[0].tolist() == [1, 0] and ranks[-1].tolist() == [0, 1]
    assert (np.diff(ranks[:, 0]) != 0).sum() == 1
    assert (np.sort(ranks, axis=1) == [0, 1]).all()


def test_bands_keep_dancers_apart_but_a_reaching_arm_comes_through() -> None:
    back, front = still(), still()
    put(back, ("left_wrist", "left_hand", "left_elbow"), -1.6 * LENGTH)
    far, near = samples.dance(back, 0, 60.0), samples.dance(front, 1, 0.0)
    z_far, z_near = paint_order([far, near], [PARTS, PARTS], [LENGTH, LENGTH])
    at = {name: i for i, name in enumerate(PARTS)}
    assert (z_far[:, at["left_arm"]] > z_near[:, at["torso"]]).all()
    assert (z_far[:, at["left_arm"]] < z_near[:, at["left_arm"]]).all()
    others = [i for name, i in at.items() if name != "left_arm"]
    assert z_far[:, others].max() < z_near.min()
    assert z_far.min() >= FIRST and z_near.max() < FIRST + 2 * BAND


def test_a_photo_from_behind_dances_as_seen_from_behind() -> None:
    performer = samples.performer()
    behind = performer.joints.copy()
    for left, right in RIG.pairs:
        behind[[left, right]] = behind[[right, left]]
    joints = put(still(), ("left_wrist",), -30.0)
    joints[:, RIG.index("left_wrist"), 0] += 40
    dance = samples.dance(joints)
    assert as_seen(performer, dance) is dance
    seen = as_seen(dataclasses.replace(performer, joints=behind), dance)
    left, right = RIG.index("left_wrist"), RIG.index("right_wrist")
    assert np.array_equal(seen.joints[:, right, :2], joints[:, left, :2]), "the outline is the same"
    assert (seen.joints[:, right, 2] == 30).all(), "what was near is far"


@pytest.mark.parametrize("lean", [-0.15, 0.15])
def test_a_photo_from_the_side_is_neither_from_the_front_nor_from_behind(lean: float) -> None:
    """Its shoulders lie a few px apart, either way round: that is noise, and near limbs must stay near."""
    performer = samples.performer()
    profile = performer.joints.copy()
    profile[:, 0] = profile[0, 0] + lean * (profile[:, 0] - profile[0, 0])
    dance = samples.dance(still())
    assert as_seen(dataclasses.replace(performer, joints=profile), dance) is dance


def test_a_forearm_is_painted_after_its_upper_arm_and_a_shin_before_its_thigh() -> None:
    for part in samples.performer().parts:
        weights = part.weights @ (np.array([b.endswith(("forearm", "hand", "shin", "foot")) for b in RIG_BONES]) * 1.0)
        order = weights[folding_order(part.name, part.triangles, part.weights, False)].mean(axis=1)
        back = weights[folding_order(part.name, part.triangles, part.weights, True)].mean(axis=1)
        if part.name.endswith("arm"):
            assert order[0] < 0.01 and order[-1] > 0.99 and back[0] > 0.99
        elif part.name.endswith("leg"):
            assert order[0] > 0.99 and order[-1] < 0.01 and back[0] < 0.01
        else:
            assert np.array_equal(folding_order(part.name, part.triangles, part.weights, False), part.triangles)
