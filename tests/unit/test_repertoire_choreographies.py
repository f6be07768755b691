"""The built-in choreographies: long enough, human, planted, turning, and home again at the end."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from components.core import MEDIAPIPE_33, TroupeError
from components.repertoire.choreographies import catalogue, choreography_motion, score_of
from components.repertoire.score import CHANNELS, mirrored

NAMES = [c.name for c in catalogue()]
J = {name: i for i, name in enumerate(MEDIAPIPE_33.joints)}
BONES = [
    (f"{s}_{a}", f"{s}_{b}", length)
    for s in ("left", "right")
    for a, b, length in (
        ("hip", "knee", 0.42), ("knee", "ankle", 0.41), ("shoulder", "elbow", 0.285), ("elbow", "wrist", 0.25))
]  # fmt: skip


def test_at_least_four_of_different_styles() -> None:
    assert len(NAMES) >= 4
    assert len({c.style for c in catalogue()}) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_is_danced_by_a_body(name: str) -> None:
    motion = choreography_motion(name)
    joints = motion.joints
    assert score_of(name).counts >= 32
    for a, b, length in BONES:
        measured = np.linalg.norm(joints[:, J[a]] - joints[:, J[b]], axis=1)
        np.testing.assert_allclose(measured, length, atol=2e-3)
    assert joints[:, :, 1].min() > -0.01  # nothing below the floor
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * 30
    assert speed.max() < 11  # m/s: nothing jumps
    ahead = np.cross(joints[:, J["left_hip"]] - joints[:, J["right_hip"]], [0, 1, 0])
    for side in ("left", "right"):
        knee = joints[:, J[f"{side}_knee"]] - (joints[:, J[f"{side}_hip"]] + joints[:, J[f"{side}_ankle"]]) / 2
        bent = np.linalg.norm(knee, axis=1) > 0.1
        assert ((knee * ahead).sum(1)[bent] > 0).mean() > 0.97  # knees bend forward


@pytest.mark.parametrize("name", NAMES)
def test_feet_in_contact_do_not_move(name: str) -> None:
    motion = choreography_motion(name)
    for foot, side in enumerate(("left", "right")):
        still = motion.contacts[1:, foot] & motion.contacts[:-1, foot]
        ball = motion.joints[:, J[f"{side}_foot_index"]]
        assert 0.3 < motion.contacts[:, foot].mean() < 0.95
        assert np.linalg.norm(np.diff(ball, axis=0), axis=1)[still].max() * 30 < 0.02
        lowest = motion.joints[:, [J[f"{side}_foot_index"], J[f"{side}_heel"]], 1].min(1)
        assert lowest[motion.contacts[:, foot]].max() < 0.03


@pytest.mark.parametrize("name", NAMES)
def test_turns_travels_and_comes_home(name: str) -> None:
    joints = choreography_motion(name).joints
    across = joints[:, J["left_hip"]] - joints[:, J["right_hip"]]
    yaw = np.degrees(np.unwrap(np.arctan2(-across[:, 2], across[:, 0])))
    assert np.ptp(yaw) >= 350
    assert abs((yaw[-1] - yaw[0] + 180) % 360 - 180) < 25
    hips = joints[:, [J["left_hip"], J["right_hip"]]].mean(1)
    assert np.hypot(*(hips[-1] - hips[0])[[0, 2]]) < 0.25
    assert np.ptp(hips[:, 0]) > 0.15 and np.ptp(hips[:, 1]) > 0.04  # weight shifts, knees give


@pytest.mark.parametrize("name", NAMES)
def test_a_lifted_foot_leaves_the_weight_on_the_other(name: str) -> None:
    motion = choreography_motion(name)
    hips = motion.joints[:, [J["left_hip"], J["right_hip"]]].mean(1)
    for side, other in (("left", "right"), ("right", "left")):
        lifted = motion.joints[:, [J[f"{side}_foot_index"], J[f"{side}_heel"]], 1].min(1) > 0.1
        if lifted.sum() < 5:
            continue
        stand = motion.joints[:, J[f"{other}_ankle"]]
        off = np.hypot(*(hips - stand)[lifted][:, [0, 2]].T)
        assert np.percentile(off, 75) < 0.22


@pytest.mark.parametrize("name", NAMES)
def test_no_joint_is_a_bare_sine(name: str) -> None:
    joints = choreography_motion(name).joints
    for joint in ("left_wrist", "right_wrist", "left_ankle", "right_ankle", "left_hip", "left_shoulder", "nose"):
        for axis in range(3):
            track = joints[:, J[joint], axis] - joints[:, J[joint], axis].mean()
            power = np.abs(np.fft.rfft(track * np.hanning(len(track)))) ** 2
            # a bare sine holds all its power in three bins of a windowed spectrum
            peak = int(np.argmax(power[1:])) + 1
            assert power[max(1, peak - 1) : peak + 2].sum() / power[1:].sum() < 0.9, (joint, axis)


def test_frame_rates_and_length() -> None:
    slow, fast = choreography_motion("disco", Fraction(25), 40.0), choreography_motion("disco", Fraction(50), 40.0)
    assert slow.frames == 1000 and fast.frames == 2000
    inner = slice(10, 990)
    assert np.abs(slow.joints[inner] - fast.joints[::2][inner]).max() < 0.06
    beat = 60 / score_of("disco").tempo
    np.testing.assert_allclose(np.diff(slow.beats), beat, rtol=1e-4)
    assert slow.beats[-1] < 40


def test_mirrored_swaps_sides_and_is_its_own_inverse() -> None:
    for step in score_of("salsa").steps:
        assert mirrored(mirrored(step)) == step
        assert mirrored(step).turn == -step.turn


def test_every_channel_and_pose_is_known() -> None:
    for name in NAMES:
        for step in score_of(name).steps:
            for key in step.body:
                assert set(key.values) <= set(CHANNELS), step.name
                assert 0 <= key.count <= step.counts


def test_unknown_name_says_which_there_are() -> None:
    with pytest.raises(TroupeError, match="groove") as refused:
        choreography_motion("macarena")
    assert refused.value.code == "unknown_choreography"
