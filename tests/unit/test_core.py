"""The nouns: checked when made, whole after a trip to disk, refused when damaged."""

from __future__ import annotations

import errno
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core import (
    COCO_17,
    COCO_WHOLEBODY_133,
    DEEPDANCE_13,
    ERRORS,
    MEDIAPIPE_33,
    RIG,
    RIG_BONES,
    SKELETONS,
    WARNINGS,
    Clip,
    LayerStack,
    MeshLayer,
    MeshPart,
    Notice,
    PoseTrack,
    ProceduralLayer,
    Sound,
    StillLayer,
    TroupeError,
    Uri,
    load,
    save,
)
from components.core.arrays import save_array
from components.core.stage import adopt_files


def track(frames: int) -> PoseTrack:
    rng = np.random.default_rng(0)
    return PoseTrack(
        rng.normal(size=(frames, 33, 3)).astype(np.float32),
        None,
        np.ones((frames, 33), np.float32),
        np.ones(frames, np.bool_),
        None,
        Fraction(30000, 1001),
    )


def stack(folder: Path) -> LayerStack:
    np.save(folder / "positions.npy", np.zeros((2, 3, 2), np.float32))
    part = MeshPart("a", np.zeros((2, 2, 4), np.uint8), np.zeros((3, 2), np.float32), np.array([[0, 1, 2]], np.int32))
    mesh = MeshLayer(
        (part,), Uri(str(folder / "positions.npy")), np.zeros((2, 1), np.float32), np.ones((2, 1), np.float32)
    )
    painted = ProceduralLayer("shadow", {"feet": Uri(str(folder / "positions.npy")), "strength": 0.5}, 4)
    return LayerStack((mesh, StillLayer(None, (1, 2, 3), -1.0), painted), notices=(Notice("no_sound", "x", {"a": 1}),))


@given(st.integers(1, 20))
def test_a_noun_survives_a_trip_to_disk(tmp_path_factory: pytest.TempPathFactory, frames: int) -> None:
    folder = tmp_path_factory.mktemp("noun")
    before = track(frames)
    save(before, folder)
    after = load(PoseTrack, folder)
    assert after.fps == before.fps and after.world is None
    np.testing.assert_array_equal(after.xyz, before.xyz)
    assert isinstance(after.xyz, np.memmap)


def test_kinds_of_layers_come_back_as_they_were_and_the_folder_may_move(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    save(stack(tmp_path / "here"), tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    after = load(LayerStack, tmp_path / "there")
    assert [type(layer).__name__ for layer in after.layers] == ["MeshLayer", "StillLayer", "ProceduralLayer"]
    assert isinstance(after.layers[0], MeshLayer) and isinstance(after.layers[2], ProceduralLayer)
    assert Path(after.layers[0].positions) == tmp_path / "there" / "positions.npy"
    assert Path(after.layers[2].parameters["feet"]).is_file()
    assert after.notices[0].values == {"a": 1}


def test_files_of_other_artifacts_are_taken_along(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.mp4"
    elsewhere.write_bytes(b"film")
    sound = Sound(Uri(str(elsewhere)), 48000, 2, 0.0, 1.0)
    save(Clip(Uri(str(elsewhere)), 4, 4, Fraction(25), 25, 0.0, sound, "sdr", "00"), tmp_path / "clip")
    adopt_files(tmp_path / "clip")
    elsewhere.unlink()
    (tmp_path / "clip").rename(tmp_path / "moved")
    after = load(Clip, tmp_path / "moved")
    assert Path(after.uri).read_bytes() == b"film" and after.sound is not None and after.sound.uri == after.uri


@pytest.mark.parametrize("damage", ["{", '{"schema": "troupe.clip/1"}', '{"schema": "troupe.pose_track/0"}'])
def test_a_damaged_artifact_is_refused(tmp_path: Path, damage: str) -> None:
    save(track(3), tmp_path)
    (tmp_path / "meta.json").write_text(damage)
    with pytest.raises(TroupeError) as caught:
        load(PoseTrack, tmp_path)
    assert caught.value.code == "artifact_broken"


def test_a_truncated_array_is_refused(tmp_path: Path) -> None:
    save(track(3), tmp_path)
    raw = (tmp_path / "xyz.npy").read_bytes()
    (tmp_path / "xyz.npy").write_bytes(raw[:-8])
    with pytest.raises(TroupeError):
        load(PoseTrack, tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("xyz", np.zeros((3, 32, 3), np.float32)),
        ("xyz", np.zeros((3, 33, 3), np.float64)),
        ("visibility", np.zeros((2, 33), np.float32)),
        ("present", np.zeros(3, np.uint8)),
    ],
)
def test_a_noun_checks_shapes_and_dtypes(field: str, value: object) -> None:
    good = track(3)
    values = {f: getattr(good, f) for f in ("xyz", "world", "visibility", "present", "hands", "fps")}
    with pytest.raises(ValueError, match=field):
        PoseTrack(**(values | {field: value}))  # type: ignore[arg-type]


def test_skeletons_have_the_joints_that_their_names_say() -> None:
    counts = {"mediapipe_33": 33, "coco_17": 17, "coco_wholebody_133": 133, "openpose_18": 18, "deepdance_13": 13}
    assert {s.name: len(s.joints) for s in SKELETONS.values() if s is not RIG} == counts
    assert len(RIG.bones) == len(RIG_BONES) == 14
    for skeleton in SKELETONS.values():
        assert len(set(skeleton.joints)) == len(skeleton.joints)
        for left, right in skeleton.pairs:
            assert skeleton.joints[left].replace("left", "right") == skeleton.joints[right]


def test_conversion_takes_means_and_leaves_nan_where_there_is_no_source() -> None:
    pose = np.arange(33 * 3, dtype=np.float32).reshape(33, 3)
    index = MEDIAPIPE_33.index
    rig = RIG.convert(pose)
    np.testing.assert_allclose(rig[RIG.index("pelvis")], (pose[index("left_hip")] + pose[index("right_hip")]) / 2)
    np.testing.assert_allclose(rig[RIG.index("left_toe")], pose[index("left_foot_index")])
    np.testing.assert_allclose(COCO_17.convert(pose)[9], pose[index("left_wrist")])
    assert np.isnan(COCO_WHOLEBODY_133.convert(pose)[30]).all()
    assert np.isfinite(DEEPDANCE_13.convert(pose[None])).all()


def test_errors_travel_between_processes_and_unlisted_codes_are_refused() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(TroupeError("no_such_dancer", "there are 2", given=7)))
    assert (error.code, error.message, error.values) == ("no_such_dancer", "there are 2", {"given": 7})
    with pytest.raises(ValueError):
        TroupeError("made_up", "x")
    with pytest.raises(ValueError):
        Notice("made_up", "x")


def test_every_code_is_explained_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text()
    missing = [code for code in (*ERRORS, *WARNINGS) if f"`{code}`" not in page]
    assert not missing


def test_meta_is_plain_json(tmp_path: Path) -> None:
    save(track(2), tmp_path)
    assert json.loads((tmp_path / "meta.json").read_text())["schema"] == "troupe.pose_track/1"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_disk_that_fills_up_while_an_array_is_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "full.npy").symlink_to("/dev/full")
    with pytest.raises(OSError) as refusal:
        save_array(tmp_path / "full.npy", np.zeros(100_000, np.float32))
    assert refusal.value.errno == errno.ENOSPC
