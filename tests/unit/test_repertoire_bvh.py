"""BVH files: read exactly, whatever joints are called, whatever unit and axis, and refused with the line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from components.core import MEDIAPIPE_33, TroupeError
from components.repertoire import bvh
from components.repertoire.anatomy import by_name, words
from components.repertoire.choreographies import choreography_motion
from components.repertoire.mocap import read_motion

J = {name: i for i, name in enumerate(MEDIAPIPE_33.joints)}
LIMBS = [J[f"{s}_{p}"] for s in ("left", "right") for p in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]

MIXAMO = {
    "hips": "mixamorig:Hips", "spine": "mixamorig:Spine2", "head": "mixamorig:Head",
    "shoulder": "mixamorig:{Side}Arm", "elbow": "mixamorig:{Side}ForeArm", "wrist": "mixamorig:{Side}Hand",
    "hip": "mixamorig:{Side}UpLeg", "knee": "mixamorig:{Side}Leg", "ankle": "mixamorig:{Side}Foot",
    "toe": "mixamorig:{Side}ToeBase",
}  # fmt: skip
POSER = {
    "hips": "hip", "spine": "chest", "head": "head", "shoulder": "{s}Shldr", "elbow": "{s}ForeArm", "wrist": "{s}Hand",
    "hip": "{s}Thigh", "knee": "{s}Shin", "ankle": "{s}Foot", "toe": "{s}Toe",
}  # fmt: skip
BLENDER = {
    "hips": "pelvis", "spine": "spine.003", "head": "head", "shoulder": "upper_arm.{S}", "elbow": "forearm.{S}",
    "wrist": "hand.{S}", "hip": "thigh.{S}", "knee": "shin.{S}", "ankle": "foot.{S}", "toe": "toe.{S}",
}  # fmt: skip
JOINTS = {
    "hips": "Hips", "spine": "Chest", "head": "Head", "shoulder": "{Side}Shoulder", "elbow": "{Side}Elbow",
    "wrist": "{Side}Wrist", "hip": "{Side}Hip", "knee": "{Side}Knee", "ankle": "{Side}Ankle", "toe": "{Side}Toe",
}  # fmt: skip
NUMBERS = {part: f"{{S}}j{i}" for i, part in enumerate(MIXAMO)} | {"hips": "a", "spine": "b", "head": "c"}
NUMBERS = {part: name.replace("{S}", "x{n}") for part, name in NUMBERS.items()}


def as_bvh(joints: npt.NDArray[np.floating], names: dict[str, str], unit: float, fps: int) -> str:
    """A motion as BVH whose joints carry translations only: exact whatever the skeleton.

    Args:
        joints: (T, 33, 3) m.
        names: of the parts.
        unit: m of a file unit.
        fps: frames a second.
    """
    at = joints / unit
    hips, chest = at[:, 23:25].mean(1), at[:, 11:13].mean(1)
    head = chest + 0.5 * (at[:, 7:9].mean(1) - chest)
    nodes: list[tuple[str, int, npt.NDArray[np.floating]]] = [
        (names["hips"], -1, hips), (names["spine"], 0, chest), (names["head"], 1, head)]  # fmt: skip
    for n, side in enumerate(("left", "right")):
        for chain, parent in ((("shoulder", "elbow", "wrist"), 1), (("hip", "knee", "ankle", "toe"), 0)):
            before = parent
            for part in chain:
                joint = J[f"{side}_{'foot_index' if part == 'toe' else part}"]
                name = names[part].format(Side=side.title(), s=side[0], S=side[0].upper(), n=n)
                nodes.append((name, before, at[:, joint]))
                before = len(nodes) - 1
    text, columns = ["HIERARCHY"], []

    def write(i: int, indent: str) -> None:
        name, parent, place = nodes[i]
        children = [k for k, node in enumerate(nodes) if node[1] == i]
        text.append(f"{indent}{'JOINT' if parent >= 0 else 'ROOT'} {name}")
        text.append(f"{indent}{{\n{indent}\tOFFSET 0 0 0\n{indent}\tCHANNELS 6 Xposition Yposition Zposition "
                    "Zrotation Xrotation Yrotation")  # fmt: skip
        columns.append(place - (nodes[parent][2] if parent >= 0 else 0))
        columns.append(np.zeros((len(at), 3)))
        for child in children:
            write(child, indent + "\t")
        if not children:
            text.append(f"{indent}\tEnd Site\n{indent}\t{{\n{indent}\t\tOFFSET 0 0 0\n{indent}\t}}")
        text.append(f"{indent}}}")

    write(0, "")
    values = np.concatenate(columns, 1)
    text += ["MOTION", f"Frames: {len(at)}", f"Frame Time: {1 / fps:.8f}"]
    return "\n".join(text + [" ".join(f"{v:.5f}" for v in row) for row in values]) + "\n"


@pytest.fixture(scope="module")
def dance() -> npt.NDArray[np.floating]:
    return choreography_motion("groove", Fraction(30), 6.0).joints.astype(np.float64)


@pytest.mark.parametrize(
    "names", [MIXAMO, POSER, BLENDER, JOINTS, NUMBERS], ids=["mixamo", "poser", "blender", "joints", "numbers"]
)
@pytest.mark.parametrize(("unit", "axes"), [(1.0, (0, 1, 2)), (0.01, (0, 1, 2)), (0.0254, (0, 2, 1))])
def test_any_naming_unit_and_axis_gives_the_same_dance(
    tmp_path: Path, dance: npt.NDArray[np.floating], names: dict[str, str], unit: float, axes: tuple[int, int, int]
) -> None:
    signs = np.array([1.0, -1.0, 1.0]) if axes != (0, 1, 2) else np.ones(3)
    path = tmp_path / "dance.bvh"
    path.write_text(as_bvh(dance[..., list(axes)] * signs, names, unit, 30))
    motion, notices = read_motion(path, Fraction(30), 0.0, None, 60.0)
    assert not notices
    got, want = motion.joints[:, LIMBS], dance[: motion.frames, LIMBS]
    got = got - got[:, [3, 9]].mean(1, keepdims=True)
    want = want - want[:, [3, 9]].mean(1, keepdims=True)
    # its front is found from the whole clip: allow for that turn about the vertical
    a, b = got[..., [0, 2]].reshape(-1, 2), want[..., [0, 2]].reshape(-1, 2)
    turn = np.arctan2((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum(), (a * b).sum())
    assert abs(np.degrees(turn)) < 20
    c, s = np.cos(turn), np.sin(turn)
    got = got @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    assert np.abs(got - want).max() < 0.01
    assert 0 <= motion.joints[..., 1].min() < 0.05


def test_words_of_names() -> None:
    assert words("mixamorig:LeftUpLeg") == ("left", "upleg")
    assert words("rShldr") == ("right", "shldr")
    assert words("Bip01 L Thigh") == ("left", "thigh")
    assert words("thigh.R") == ("right", "thigh")
    assert words("LeftHandIndex1") == ("left", "handindex1")
    assert words("root") == ("", "root")
    found = by_name(["Hips", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand"])
    assert (
        found["left_hip"] == 1 and found["left_knee"] == 2 and found["left_shoulder"] == 5 and found["left_elbow"] == 6
    )


def test_forward_kinematics_follows_channel_order(tmp_path: Path) -> None:
    path = tmp_path / "two.bvh"
    path.write_text(
        "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n"
        "JOINT b\n{\nOFFSET 0 2 0\nCHANNELS 3 Zrotation Xrotation Yrotation\nEnd Site\n{\nOFFSET 1 0 0\n}\n}\n}\n"
        "MOTION\nFrames: 1\nFrame Time: 0.04\n5 6 7 90 0 0 0 90 90\n"
    )
    read = bvh.read(path)
    positions, _ = bvh.forward(read, np.array([0]))
    np.testing.assert_allclose(positions[0, 0], [5, 6, 7], atol=1e-9)
    np.testing.assert_allclose(positions[0, 1], [3, 6, 7], atol=1e-9)  # (0, 2, 0) turned by 90 degrees about z
    # (1, 0, 0): Y by 90 -> (0, 0, -1), X by 90 -> (0, 1, 0), the parent's Z by 90 -> (-1, 0, 0)
    np.testing.assert_allclose(positions[0, 2] - positions[0, 1], [-1, 0, 0], atol=1e-9)


GOOD = (
    "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xposition Yposition Zposition\nEnd Site\n{\nOFFSET 0 1 0\n}\n}\n"
    "MOTION\nFrames: 2\nFrame Time: 0.04\n1 2 3\n4 5 6\n"
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("this is no motion\n", 1),
        (GOOD.replace("OFFSET 0 0 0", "OFFSET 0 zero 0"), 4),
        (GOOD.replace("Zposition", "Zspin"), 5),
        (GOOD.replace("Frame Time: 0.04", "Frame Time: 0"), 13),
        (GOOD.replace("4 5 6", "4 nan 6"), 15),
        (GOOD.replace("1 2 3", "1 2 3 9"), 14),
        (GOOD[:60], 5),
    ],
)
def test_broken_files_are_refused_with_their_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "broken.bvh"
    path.write_text(text)
    with pytest.raises(TroupeError, match=f"line {line}:") as refused:
        bvh.read(path)
    assert refused.value.code == "unreadable_motion"


def test_a_cut_off_file_is_read_as_far_as_it_goes(tmp_path: Path, dance: npt.NDArray[np.floating]) -> None:
    path = tmp_path / "cut.bvh"
    text = as_bvh(dance, MIXAMO, 1.0, 30)
    path.write_text(text[: int(len(text) * 0.7)])
    motion, notices = read_motion(path, Fraction(30), 0.0, None, 60.0)
    assert 0.4 * len(dance) < motion.frames < len(dance)
    assert [n.code for n in notices] == ["clip_damaged"]


def test_a_skeleton_that_is_no_person_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stick.bvh"
    path.write_text(GOOD)
    with pytest.raises(TroupeError) as refused:
        read_motion(path, Fraction(30), 0.0, None, 60.0)
    assert refused.value.code == "unreadable_motion"
