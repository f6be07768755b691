"""A dance on other bones: where the truth is known because the dancer is a skeleton in space."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from components.choreograph.place import fit
from components.choreograph.proportions import BONES, apparent_scale, performer_bones
from components.choreograph.retarget import driver_of, facing, pose_on, rig
from components.choreograph.smooth import clean
from components.core import RIG
from tests.dance_samples import COMPARED, built_in, performer_of, torso

NAMES = ("groove", "disco", "salsa", "house", "pop")


def _bone(a: str, b: str) -> int:
    return BONES.index((RIG.index(a), RIG.index(b)))


def _standing(scale: float) -> np.ndarray:
    _, pose = built_in("salsa", 0.2)
    return np.asarray(pose.xyz[0] * scale)


@pytest.mark.parametrize("name", NAMES)
def test_onto_the_dancer_itself_it_is_the_same_dance(name: str) -> None:
    _, exact = built_in(name, 8.0)
    _, noisy = built_in(name, 8.0, noise=0.003)
    driver = driver_of(clean(noisy, Fraction(30), len(exact.xyz)))
    body = pose_on(driver, driver.bones * float(np.median(driver.scale)), driver.scale / np.median(driver.scale))
    truth = rig(exact.xyz.astype(float))
    apart = np.linalg.norm((body - (truth - truth[:, :1]))[:, COMPARED, :2], axis=-1) / torso(exact)
    assert np.median(apart) < 0.03
    assert np.percentile(apart, 99) < 0.15


def test_bones_keep_the_performers_lengths_and_the_dancers_directions() -> None:
    _, pose = built_in("disco", 8.0)
    driver = driver_of(clean(pose, Fraction(30), len(pose.xyz)))
    bones = driver.bones * 300.0
    arm = [_bone("left_shoulder", "left_elbow"), _bone("left_elbow", "left_wrist")]
    bones[arm] *= 1.5
    body = pose_on(driver, bones, np.ones(len(pose.xyz)))
    for bone in (*arm, _bone("right_hip", "right_knee")):
        a, b = BONES[bone]
        here, there = (body[:, b] - body[:, a])[:, :2], (driver.joints[:, b] - driver.joints[:, a])[:, :2]
        length = np.linalg.norm(here, axis=1)
        assert length.max() <= 1.1 * bones[bone] + 1e-6
        assert length.max() > 0.9 * bones[bone]
        long = np.linalg.norm(there, axis=1) > 15
        cross = here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0]
        angle = np.degrees(np.arctan2(cross, (here * there).sum(1)))[long]
        assert np.abs(angle).max() < 1e-3
        # foreshortening: a bone is as short as the dancer's
        seen = np.linalg.norm(there, axis=1) / (driver.bones[bone] * driver.scale)
        free = (seen > 0.12) & (seen < 1.08)
        np.testing.assert_allclose(length[free] / bones[bone], seen[free], rtol=1e-3)


def test_shoulders_narrow_and_swap_in_a_turn() -> None:
    motion, pose = built_in("disco", 16.5)
    driver = driver_of(clean(pose, Fraction(30), len(pose.xyz)))
    body = pose_on(driver, driver.bones * 300.0, np.ones(len(pose.xyz)))
    width = body[:, RIG.index("left_shoulder"), 0] - body[:, RIG.index("right_shoulder"), 0]
    assert width.min() < -0.8 * width.max() < 0
    across = motion.joints[:, 11] - motion.joints[:, 12] + 0.7 * (motion.joints[:, 23] - motion.joints[:, 24])
    true = np.degrees(np.unwrap(np.arctan2(-across[:, 2], across[:, 0])))
    told = facing(clean(pose, Fraction(30), len(pose.xyz)))
    assert np.ptp(true) > 350
    assert np.abs(told - true).max() < 12


def test_full_turns_are_counted() -> None:
    motion, pose = built_in("salsa", 0.0 + 64 * 60 / 180)
    told = facing(clean(pose, Fraction(30), motion.frames))
    assert abs(told[-1] - told[0] + 720) < 40


def test_a_dancer_who_comes_nearer_keeps_its_bones() -> None:
    _, pose = built_in("groove", 8.0)
    growth = np.linspace(0.8, 1.3, len(pose.xyz))
    nearer = replace(pose, xyz=(pose.xyz * growth[:, None, None]).astype(np.float32))
    track = clean(nearer, Fraction(30), len(pose.xyz))
    scale = apparent_scale(track)
    np.testing.assert_allclose(scale / scale.mean(), growth / growth.mean(), rtol=0.06)
    plain = driver_of(clean(pose, Fraction(30), len(pose.xyz)))
    ratio = driver_of(track).bones / plain.bones
    np.testing.assert_allclose(ratio / np.median(ratio), 1.0, rtol=0.08)


def test_without_metric_joints_lengths_still_hold() -> None:
    _, pose = built_in("groove", 8.0)
    flat = replace(pose, world=None)
    track = clean(flat, Fraction(30), len(pose.xyz))
    driver = driver_of(track)
    body = pose_on(driver, driver.bones * driver.scale[0], np.ones(len(pose.xyz)))
    truth = rig(pose.xyz.astype(float))
    apart = np.linalg.norm((body - (truth - truth[:, :1]))[:, COMPARED, :2], axis=-1) / torso(pose)
    assert np.median(apart) < 0.05


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_photo_is_recognised_as_a_frame_of_the_dance(share: float) -> None:
    _, pose = built_in("house", 10.0, noise=0.002)
    frame = int(share * len(pose.xyz))
    driver = driver_of(clean(pose, Fraction(30), len(pose.xyz)))
    performer = performer_of(pose.xyz[frame] * 0.6 + np.array([40, 90, 0], np.float32))
    laid = fit(driver, performer.joints.astype(float), performer_bones(performer))
    assert laid.exact and laid.frame is not None and abs(laid.frame - frame) <= 2
    assert laid.ratio == pytest.approx(0.6, rel=0.03)


def test_another_photo_is_not() -> None:
    _, pose = built_in("house", 10.0)
    driver = driver_of(clean(pose, Fraction(30), len(pose.xyz)))
    _, other = built_in("disco", 1.0)
    stranger = other.xyz[16] * np.array([1.15, 0.9, 1.0], np.float32)
    performer = performer_of(stranger)
    assert not fit(driver, performer.joints.astype(float), performer_bones(performer)).exact


def test_performer_bones_take_the_longer_side() -> None:
    person = _standing(1.0)
    shoulder, elbow = person[12].copy(), person[14].copy()
    person[14] = shoulder + 0.6 * (elbow - shoulder)
    bones = performer_bones(performer_of(person))
    left, right = _bone("left_shoulder", "left_elbow"), _bone("right_shoulder", "right_elbow")
    full = np.linalg.norm((person[13] - person[11])[:2])
    assert bones[left] == bones[right] == pytest.approx(full, rel=0.05)


def test_limbs_that_both_point_at_the_camera_are_not_believed() -> None:
    person = _standing(1.0)
    for hip, knee, ankle, heel, toe in ((23, 25, 27, 29, 31), (24, 26, 28, 30, 32)):
        lost = 0.5 * (person[knee] - person[hip])
        person[[knee, ankle, heel, toe]] -= lost
    bones, whole = performer_bones(performer_of(person)), performer_bones(performer_of(_standing(1.0)))
    thigh = _bone("left_hip", "left_knee")
    assert 0.75 < bones[thigh] / whole[thigh] < 1.05
    assert bones[_bone("pelvis", "chest")] == pytest.approx(whole[_bone("pelvis", "chest")], rel=0.02)
