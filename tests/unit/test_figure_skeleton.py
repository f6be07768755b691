"""A figure stands where its joints say, and its truth is geometry, not guess."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core import EXPRESSIONS
from components.figure.camera import Camera, frame_figure
from components.figure.look import LOOKS
from components.figure.render import Figure
from components.figure.skeleton import HEAD_POINTS, HEAD_UNIT, JOINT, head_frame, turn
from components.figure.stance import FOREARM, SHIN, STANCES, THIGH, UPPER_ARM, facing, stand
from components.figure.truth import head_angles

angle = st.floats(-60, 60)


@given(angle, angle, angle)
def test_the_angles_of_a_turned_head_are_the_angles_it_was_turned_by(yaw: float, pitch: float, roll: float) -> None:
    m = turn(yaw, 1) @ turn(pitch, 0) @ turn(-roll, 2)
    assert np.allclose(head_angles(m.T), (yaw, pitch, roll), atol=1e-3)


@given(angle, angle, angle)
def test_a_head_is_found_again_from_its_points(yaw: float, pitch: float, roll: float) -> None:
    m = turn(yaw, 1) @ turn(pitch, 0) @ turn(-roll, 2)
    joints = np.zeros((33, 3))
    joints[:11] = np.array([0.3, 1.5, -0.2]) + (HEAD_POINTS * HEAD_UNIT) @ m.T
    origin, rows = head_frame(joints, HEAD_UNIT)
    assert np.allclose(origin, (0.3, 1.5, -0.2), atol=1e-9)
    assert np.allclose(rows, m.T, atol=1e-9)


@pytest.mark.parametrize("name", sorted(STANCES))
def test_stances_keep_the_length_of_their_bones_and_stand_on_the_floor(name: str) -> None:
    j = stand(name)
    for side in ("left", "right"):
        chain = [j[JOINT[f"{side}_{n}"]] for n in ("shoulder", "elbow", "wrist")]
        assert np.isclose(np.linalg.norm(chain[1] - chain[0]), UPPER_ARM)
        assert np.isclose(np.linalg.norm(chain[2] - chain[1]), FOREARM)
        chain = [j[JOINT[f"{side}_{n}"]] for n in ("hip", "knee", "ankle")]
        assert np.isclose(np.linalg.norm(chain[1] - chain[0]), THIGH)
        assert np.isclose(np.linalg.norm(chain[2] - chain[1]), SHIN)
        assert np.isclose(j[JOINT[f"{side}_heel"], 1], 0.02)


def test_yaw_is_positive_when_the_chest_points_to_the_right_of_the_picture() -> None:
    j = stand("turned_45")
    assert np.isclose(facing(j), 45)
    nose = j[0] - (j[7] + j[8]) / 2
    assert nose[0] > 0.05 and nose[2] > 0.05


def test_the_camera_projects_as_a_pinhole_does() -> None:
    camera = Camera((0.5, 1.0, 4.0), 800.0, (100.0, 200.0))
    assert np.allclose(camera.project(np.array([0.5, 1.0, 0.0])), (100, 200, 4))
    assert np.allclose(camera.project(np.array([1.5, 2.0, 2.0])), (100 + 400, 200 - 400, 2))
    tall = frame_figure((360, 640)).project(np.array([[0, 0, 0], [0, 1.75, 0]]))
    assert np.isclose(tall[0, 1] - tall[1, 1], 0.78 * 640)
    assert np.isclose(tall[0, 1], 0.9 * 640)


def test_a_posed_figure_keeps_its_limbs_and_owns_its_hands_and_head() -> None:
    joints = stand("standing")
    posed = Figure("ada").pose(joints, head=(20.0, 0.0, 0.0))
    limbs = [
        JOINT[f"{s}_{n}"] for s in ("left", "right") for n in ("shoulder", "elbow", "wrist", "hip", "knee", "heel")
    ]
    assert np.allclose(posed.joints[limbs], joints[limbs])
    assert np.allclose(head_angles(posed.bones.head_rows), (20, 0, 0), atol=0.01)
    for k, side in enumerate(("left", "right")):
        hand = posed.bones.hands[k]
        assert np.allclose(hand[0], joints[JOINT[f"{side}_wrist"]])
        assert np.allclose(hand[5], posed.joints[JOINT[f"{side}_index"]])
        tips = np.linalg.norm(hand[[8, 12, 16, 20]] - hand[0], axis=1)
        assert (tips > 0.12).all() and (tips < 0.21).all()


@given(st.floats(0.4, 2.0))
def test_a_taller_body_gets_a_larger_head_and_hands(scale: float) -> None:
    small, large = Figure("mei").pose(stand()), Figure("mei").pose(stand() * scale)
    assert np.allclose(large.joints, small.joints * scale, atol=1e-9)
    assert np.allclose(large.bones.hands, small.bones.hands * scale, atol=1e-9)


def test_a_fist_brings_the_finger_tips_to_the_palm() -> None:
    joints = stand("waving")
    flat = Figure("mei").pose(joints, curl=(0.0,) * 5).bones.hands[1]
    fist = Figure("mei").pose(joints, curl=(1.0,) * 5).bones.hands[1]
    for tip in (8, 12, 16, 20):
        assert np.linalg.norm(fist[tip] - fist[0]) < 0.7 * np.linalg.norm(flat[tip] - flat[0])


def test_what_cannot_be_posed_is_refused() -> None:
    joints = stand()
    joints[5, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        Figure("ada").pose(joints)
    with pytest.raises(ValueError, match="grin"):
        Figure("ada").pose(stand(), face={"grin": 1.0})
    assert set(EXPRESSIONS) >= {"jaw_open"}


def test_looks_differ() -> None:
    assert len(LOOKS) >= 6
    assert len({(v.style, v.top_colours[0], v.bottom_colours[0]) for v in LOOKS.values()}) == len(LOOKS)
