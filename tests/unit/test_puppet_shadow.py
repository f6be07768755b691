"""Shadows lie under what is drawn of the feet; feet stand as the photo shows them standing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from components.animate.puppet.feet import foot_pitch
from components.animate.puppet.outline import outline_of
from components.animate.puppet.puppet import make_puppet, moves_of, pose
from components.animate.puppet.shadow import feet_of
from components.compose.raster import draw_mesh, packed
from components.core import RIG, Choreography, Float32, MeshPart
from tests import puppet_samples as samples

REST = samples.rest_joints()
PLACED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
TORSO = 130.0


def shadows(folder: Path, dance: Choreography) -> tuple[Float32, list[Float32]]:
    """Ellipses (T, 5, 6), and of both legs the lowest drawn row and the columns drawn there (T, 3)."""
    performer = samples.performer()
    puppet = make_puppet(performer, None)
    placed = pose(puppet, moves_of(performer, dance), None, 0, len(dance.joints))
    np.save(folder / "positions.npy", placed)
    drawn = []
    for leg in ("left_leg", "right_leg"):
        index = [p.name for p in puppet.parts].index(leg)
        first = sum(len(s.vertices) for s in puppet.strings[:index])
        rows = []
        for positions in placed[:, first : first + len(puppet.strings[index].vertices)]:
            part = puppet.parts[index]
            frame = np.full((samples.HEIGHT + 100, samples.WIDTH, 3), 255, np.uint8)
            texture, uv = packed(part.texture, part.uv)
            box = np.array([9999, 9999, 0, 0], np.int32)
            draw_mesh(frame, texture, uv, np.ascontiguousarray(positions), part.triangles, 256, box)
            ys, xs = np.nonzero((frame < 235).any(axis=2))
            near = xs[ys > ys.max() - 6]
            rows.append((ys.max(), near.min(), near.max()))
        drawn.append(np.array(rows, np.float32))
    return feet_of(performer, dance, puppet, folder / "positions.npy", PLACED), drawn


def moved(**angles: float) -> Float32:
    """(22, 3) of the drawn person with bones turned."""
    joints = REST
    for bone, degrees in angles.items():
        joints = samples.turn_bone(joints, bone, degrees)
    return joints


def steady(joints: Float32, frames: int = 9) -> Choreography:
    return samples.dance(np.repeat(joints[None], frames, axis=0))


@pytest.mark.parametrize(
    "angles",
    [{}, {"left_thigh": -25, "left_shin": 20}, {"right_thigh": 30, "right_shin": -10}, {"left_shin": 25}],
)
def test_a_standing_foot_touches_its_shadow(tmp_path: Path, angles: dict[str, float]) -> None:
    feet, drawn = shadows(tmp_path, steady(moved(**angles)))
    for side in (0, 1):
        low, left, right = drawn[side][4]
        x, y, rx, ry, strength, slope = feet[4, 2 * side]
        at_shoe = y + slope * (0.5 * (left + right) - x)
        assert low - ry < at_shoe < low, "its middle lies under the shoe"
        assert low + 1 < at_shoe + ry < low + 0.1 * TORSO, "it is seen below the sole, not far below"
        assert left - 0.2 * TORSO < x - rx < left + 3 and right - 3 < x + rx < right + 0.2 * TORSO
        assert strength > 0.4


def test_the_shadow_of_a_jump_stays_on_the_floor_and_fades(tmp_path: Path) -> None:
    joints = np.repeat(REST[None], 31, axis=0)
    height = 90 * np.sin(np.linspace(0, np.pi, 21)).astype(np.float32)
    joints[5:26, :, 1] -= height[:, None]
    contacts = np.ones((31, 2), bool)
    contacts[6:25] = False
    feet, drawn = shadows(tmp_path, dataclasses.replace(samples.dance(joints), contacts=contacts))
    sole = drawn[0][0, 0]
    assert np.abs(drawn[0][15, 0] - (sole - 90)) < 2
    under = feet[:, 0, 1] + feet[:, 0, 3]
    assert (under > sole).all() and (under < sole + 0.2 * TORSO).all()
    assert feet[15, 0, 4] < 0.15 * feet[0, 0, 4], "where it touched nothing is dark any more"
    assert 0.02 < feet[15, 1, 4] < 0.5 * feet[0, 1, 4] and feet[15, 1, 2] > 1.2 * feet[0, 1, 2], "fainter, wider"
    assert np.abs(np.diff(feet[:, :4, 1], axis=0)).max() < 4, "nothing jumps"


def test_a_lifted_foot_leaves_its_shadow_between_its_two_stands(tmp_path: Path) -> None:
    joints = np.repeat(REST[None], 31, axis=0)
    foot = [RIG.index(f"left_{j}") for j in ("ankle", "heel", "toe")]
    joints[6:25, foot, 1] -= 50
    joints[6:25, RIG.index("left_knee"), 1] -= 25
    joints[25:, foot, 0] += 40
    contacts = np.ones((31, 2), bool)
    contacts[6:25, 0] = False
    feet, drawn = shadows(tmp_path, dataclasses.replace(samples.dance(joints), contacts=contacts))
    floor = drawn[0][0, 0]
    assert drawn[0][15, 0] < floor - 30
    assert floor - 12 < feet[15, 0, 1] < floor + 2
    assert feet[15, 0, 4] < 0.4 * feet[0, 0, 4] and feet[15, 2, 4] > 0.9 * feet[0, 2, 4]


def test_who_runs_back_and_forth_keeps_the_shadow_at_the_feet(tmp_path: Path) -> None:
    """Between two stands the dancer is farther back than at either: the floor there lies higher in the picture."""
    joints = np.repeat(REST[None], 31, axis=0)
    way = 50 * np.sin(np.linspace(0, np.pi, 31)).astype(np.float32)
    joints[..., 1] -= way[:, None]
    contacts = np.zeros((31, 2), bool)
    contacts[:3] = contacts[-3:] = True
    dance = samples.dance(joints)
    root = dance.root.copy()
    root[:, 1] -= way
    feet, drawn = shadows(tmp_path, dataclasses.replace(dance, contacts=contacts, root=root))
    for side in (0, 1):
        assert np.abs((feet[:, 2 * side, 1] - drawn[side][:, 0]) - (feet[0, 2 * side, 1] - drawn[side][0, 0])).max() < 4
        assert feet[15, 2 * side, 4] > 0.4


def test_no_shadow_of_feet_that_the_photo_does_not_show(tmp_path: Path) -> None:
    dance = steady(REST)
    performer = samples.performer()
    seen = np.ones(22, np.float32)
    seen[[RIG.index("left_ankle"), RIG.index("right_ankle")]] = 0.1
    puppet = make_puppet(performer, None)
    np.save(tmp_path / "positions.npy", pose(puppet, moves_of(performer, dance), None, 0, 9))
    feet = feet_of(dataclasses.replace(performer, visibility=seen), dance, puppet, tmp_path / "positions.npy", PLACED)
    assert (feet[..., 4] == 0).all()


def test_the_outline_of_a_disc_is_its_rim() -> None:
    y, x = np.mgrid[0:80, 0:80]
    alpha = np.where(np.hypot(x - 40, y - 40) < 30, 255, 0).astype(np.uint8)
    texture = np.dstack([alpha] * 4)
    uv = np.array([[0, 0], [79, 0], [79, 79], [0, 79]], np.float32)
    part = MeshPart("disc", texture, uv, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    outline = outline_of(part, 2.0)
    turned = outline.at(np.stack([uv, np.array([[79, 0], [79, 79], [0, 79], [0, 0]], np.float32)]))
    for points in turned:
        away = np.hypot(*(points - np.array([40, 40])).T)
        assert away.min() >= 26 and away.max() <= 32
        angles = np.sort(np.arctan2(*(points - 40).T))
        assert np.diff(angles).max() < 0.25, "all round"


def test_toes_down_are_told_from_toes_turned_out() -> None:
    """A foot 40 px long, first flat at all angles on the floor, then with its heel lifted by 40 degrees."""
    heel, toe = RIG.index("left_heel"), RIG.index("left_toe")
    yaw = np.radians(np.concatenate([np.linspace(-80, 80, 30), np.zeros(10)]))
    pitch = np.radians(np.concatenate([np.zeros(30), np.full(10, 40.0)]))
    joints = np.repeat(REST[None], 40, axis=0)
    foot = np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch)], axis=1)
    joints[:, toe] = joints[:, heel] + 40 * foot
    contacts = np.ones((40, 2), bool)
    contacts[30:] = False
    found = np.degrees(foot_pitch(joints, contacts, 30.0)[:, 0])
    assert np.abs(found[:26]).max() < 3
    assert found[36:].min() > 22 and found.max() < 42


def test_a_shoe_keeps_standing_while_the_dancer_turns_the_toes_out() -> None:
    performer = samples.performer()
    rest = make_puppet(performer, None)
    joints = REST.copy()
    ankle, toe = RIG.index("left_ankle"), RIG.index("left_toe")
    joints[toe] = joints[ankle] + np.array([-12, 22, 0], np.float32)
    placed = pose(rest, moves_of(performer, steady(joints)), None, 4, 1)[0]
    index = [p.name for p in rest.parts].index("left_leg")
    first = sum(len(s.vertices) for s in rest.strings[:index])
    strings = rest.strings[index]
    foot = strings.vertices[:, 1] > 566
    assert np.abs(placed[first : first + len(strings.vertices)][foot] - strings.vertices[foot]).max() < 1.5
