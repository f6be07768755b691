"""Mending what no body does, and leaving alone what bodies do."""

from __future__ import annotations

import numpy as np
import pytest

from components.perceive.repair import Body, mend, torso_length

TORSO = 100.0


def _walker(frames: int = 60) -> Body:
    """A body that steps: its legs swing and pass each other slowly, its arms swing against them."""
    t = np.arange(frames) / 30.0
    xyz = np.zeros((frames, 33, 3), np.float32)
    swing = np.sin(2 * np.pi * t * 0.7)
    for side, sign in ((0, 1.0), (1, -1.0)):
        xyz[:, 11 + side] = np.stack([sign * 40 + 0 * t, 0 * t - 100, 0 * t], 1)
        xyz[:, 23 + side] = np.stack([sign * 25 + 0 * t, 0 * t, 0 * t], 1)
        for k, joint in enumerate((25, 27, 29, 31)):
            xyz[:, joint + side] = np.stack(
                [sign * 25 + sign * 30 * swing * (k + 1) / 4, 0 * t + 60 * (k + 1), 0 * t], 1
            )
        for k, joint in enumerate((13, 15, 17, 19, 21)):
            xyz[:, joint + side] = np.stack([sign * 50 - sign * 20 * swing, 0 * t - 80 + 15 * k, 0 * t], 1)
    hands = np.zeros((frames, 2, 21, 3), np.float32)
    hands[:, 0], hands[:, 1] = xyz[:, 15, None], xyz[:, 16, None]
    return Body(xyz, xyz / 200.0, np.ones((frames, 33), np.float32), hands)


def _copy(body: Body) -> Body:
    return Body(body.xyz.copy(), body.world.copy(), body.visibility.copy(), body.hands.copy())


def test_torso_length() -> None:
    assert torso_length(_walker().xyz) == pytest.approx(TORSO)


def test_a_believable_body_is_left_alone() -> None:
    body = _walker()
    seen = _copy(body)
    assert mend(body, TORSO) == 0
    assert np.array_equal(body.xyz, seen.xyz) and np.array_equal(body.visibility, seen.visibility)


@pytest.mark.parametrize("length", [1, 3])
def test_legs_that_swap_sides_for_a_moment_are_swapped_back(length: int) -> None:
    truth, body = _walker(), _walker()
    rows = np.arange(20, 20 + length)
    legs = [23, 25, 27, 29, 31]
    pair = legs + [i + 1 for i in legs]
    other = [i + 1 for i in legs] + legs
    body.xyz[rows[:, None], pair] = body.xyz[rows[:, None], other]
    assert mend(body, TORSO) == length
    assert np.allclose(body.xyz, truth.xyz)


def test_arms_that_swap_take_their_hands_with_them() -> None:
    truth, body = _walker(), _walker()
    arms = [11, 13, 15, 17, 19, 21]
    rows = np.arange(30, 33)
    pair = arms + [i + 1 for i in arms]
    other = [i + 1 for i in arms] + arms
    body.xyz[rows[:, None], pair] = body.xyz[rows[:, None], other]
    body.hands[rows] = body.hands[rows][:, ::-1]
    mend(body, TORSO)
    assert np.allclose(body.xyz, truth.xyz)
    assert np.allclose(body.hands, truth.hands)


def test_a_turn_of_the_body_stays_a_turn() -> None:
    body = _walker()
    half = slice(30, 60)
    body.xyz[half, :, 0] *= -1
    turned = body.xyz.copy()
    mend(body, TORSO)
    assert np.allclose(body.xyz[34:], turned[34:])


def test_a_single_jump_is_put_between_its_neighbours_and_marked() -> None:
    truth, body = _walker(), _walker()
    body.xyz[25, 16] += [90.0, -120.0, 0.0]
    mend(body, TORSO)
    assert float(np.abs(body.xyz[25, 16] - truth.xyz[25, 16]).max()) < 3.0
    assert body.visibility[25, 16] == pytest.approx(0.5)
    assert body.visibility[24, 16] == 1.0


def test_a_real_fast_move_is_kept() -> None:
    body = _walker()
    body.xyz[30:, 16] += [90.0, -120.0, 0.0]
    kept = body.xyz.copy()
    mend(body, TORSO)
    assert np.allclose(body.xyz[:, 16], kept[:, 16])


def test_frames_in_which_nobody_is_seen_stay_empty() -> None:
    body = _walker()
    body.xyz[10:20] = np.nan
    mend(body, TORSO)
    assert np.isnan(body.xyz[10:20]).all() and np.isfinite(body.xyz[20:]).all()


def test_few_frames_a_second_let_joints_go_far() -> None:
    body = _walker()
    body.xyz[25, 16] += [60.0, -60.0, 0.0]
    kept = body.xyz.copy()
    mend(body, TORSO, fps=6.0)
    assert np.array_equal(body.xyz, kept)
