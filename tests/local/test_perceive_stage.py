"""Perceiving drawn dancers whose joints, hands, faces and identities are known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from components.core import Clip, Dance, Progress, StageContext, TroupeError, load, save
from components.figure.scene import draw_clip
from components.figure.truth import Truth
from components.media import VideoWriter, clip_of, decode
from components.perceive.stage import PIECE, PerceiveSettings, run
from components.repertoire.choreographies import choreography_motion
from tests.perceive_samples import crossing_group, identity_f1, pose_error

FPS, SECONDS = 16, 2.5


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Truth]:
    """One dancer who blinks and opens the mouth, in more frames than one piece."""
    path = tmp_path_factory.mktemp("solo") / "solo.mp4"
    frames = round(FPS * SECONDS)
    faces = np.zeros((1, frames, 10), np.float32)
    faces[0, 16:19, 4:6] = 1.0
    faces[0, 26:36, 0] = 0.9
    motion = choreography_motion("groove", Fraction(FPS), SECONDS)
    truth = draw_clip(path, "kofi", motion, size=(360, 512), fps=FPS, seconds=SECONDS, faces=faces)
    return clip_of(path), truth


@pytest.fixture(scope="module")
def perceived(solo: tuple[Clip, Truth], tmp_path_factory: pytest.TempPathFactory) -> tuple[Dance, Path]:
    folder = tmp_path_factory.mktemp("perceived")
    dance = run(solo[0], settings=PerceiveSettings(), context=StageContext(folder, workers=2))
    save(dance, folder)
    return load(Dance, folder), folder


def test_joints_are_where_they_were_drawn(solo: tuple[Clip, Truth], perceived: tuple[Dance, Path]) -> None:
    dance, _ = perceived
    assert len(dance.dancers) == 1
    assert solo[0].frames > PIECE
    dancer = dance.dancers[0]
    assert dancer.pose.present.all()
    error = pose_error(solo[1], dance, 0, 0)
    assert float(np.nanmedian(error)) < 0.08
    assert float(np.nanpercentile(error, 90)) < 0.2


def test_left_and_right_are_the_persons_own(solo: tuple[Clip, Truth], perceived: tuple[Dance, Path]) -> None:
    xyz = perceived[0].dancers[0].pose.xyz
    true = solo[1].joints2d[0]
    own = np.linalg.norm(xyz[:, [11, 12], :2] - true[:, [11, 12]], axis=2)
    other = np.linalg.norm(xyz[:, [11, 12], :2] - true[:, [12, 11]], axis=2)
    assert float((own < other).mean()) > 0.95


def test_hands_lie_on_the_drawn_hands(solo: tuple[Clip, Truth], perceived: tuple[Dance, Path]) -> None:
    dance, _ = perceived
    hands = dance.dancers[0].pose.hands
    assert hands is not None
    seen = np.isfinite(hands[:, :, 0, 0])
    assert float(seen.mean()) > 0.3
    shoulders = np.linalg.norm(solo[1].joints2d[0][:, 11] - solo[1].joints2d[0][:, 12], axis=1)
    off = np.linalg.norm(hands[..., :2] - solo[1].hands2d[0], axis=3).mean(axis=2) / np.median(shoulders)
    assert float(np.nanmedian(off)) < 0.2


def test_the_face_blinks_and_opens_when_it_was_told_to(solo: tuple[Clip, Truth], perceived: tuple[Dance, Path]) -> None:
    face = perceived[0].dancers[0].face
    assert face is not None
    assert float(face.present.mean()) > 0.8
    jaw = face.coefficients[:, 0]
    assert float(np.nanmean(jaw[28:35])) > float(np.nanmean(jaw[:24])) + 0.2
    off = np.abs(face.head - solo[1].head[0])
    assert float(np.nanmedian(off)) < 12.0


def test_the_mask_covers_the_dancer_and_little_else(solo: tuple[Clip, Truth], perceived: tuple[Dance, Path]) -> None:
    dancer = perceived[0].dancers[0]
    assert dancer.mask is not None
    masks = list(decode(clip_of(Path(dancer.mask)), pix_fmt="gray"))
    assert len(masks) == solo[0].frames
    for t in (0, 20, 39):
        x0, y0, x1, y1 = solo[1].boxes[0, t] * masks[t].shape[0] / solo[0].height
        rows, columns = np.nonzero(masks[t] > 127)
        assert abs(columns.min() - x0) < 12 and abs(columns.max() - x1) < 12
        assert abs(rows.min() - y0) < 12 and abs(rows.max() - y1) < 12


def test_results_do_not_depend_on_the_workers(
    solo: tuple[Clip, Truth], perceived: tuple[Dance, Path], tmp_path: Path
) -> None:
    again = run(solo[0], settings=PerceiveSettings(), context=StageContext(tmp_path, workers=1))
    a, b = perceived[0].dancers[0], again.dancers[0]
    assert a.pose.hands is not None and b.pose.hands is not None and a.face is not None and b.face is not None
    for one, other in (
        (a.pose.xyz, b.pose.xyz), (a.pose.visibility, b.pose.visibility), (a.pose.hands, b.pose.hands),
        (a.face.landmarks, b.face.landmarks), (a.face.coefficients, b.face.coefficients), (a.box, b.box),
    ):  # fmt: skip
        assert np.array_equal(one, other, equal_nan=True)
    assert a.mask is not None and b.mask is not None
    assert Path(a.mask).read_bytes() == Path(b.mask).read_bytes()
    assert not (tmp_path / "pieces").exists()


def test_five_dancers_keep_their_identities(tmp_path: Path) -> None:
    truth = crossing_group(tmp_path / "five.mp4", seconds=5.0, fps=12, size=(512, 288))
    clip = clip_of(tmp_path / "five.mp4")
    settings = PerceiveSettings(hands=False, faces=False, masks=False)
    dance = run(clip, settings=settings, context=StageContext(tmp_path / "out", workers=2))
    assert len(dance.dancers) == 5
    assert identity_f1(truth, dance) >= 0.95
    absent = [n for n in dance.notices if n.code == "dancer_absent"]
    assert absent and 0.1 < absent[0].values["share"] < 0.6


def test_an_empty_room_is_refused_and_stopping_stops(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    backdrop = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8), (0, 0), 9)
    with VideoWriter(path, 320, 240, 25) as writer:
        for _ in range(12):
            writer.write(backdrop)
    with pytest.raises(TroupeError) as refused:
        run(clip_of(path), settings=PerceiveSettings(), context=StageContext(tmp_path / "out", workers=1))
    assert refused.value.code == "no_dancer_found"

    settings = PerceiveSettings(detector="yolo", weights=str(tmp_path / "none.pt"))
    with pytest.raises(TroupeError) as refused:
        run(clip_of(path), settings=settings, context=StageContext(tmp_path / "yolo", workers=1))
    assert refused.value.code in ("model_missing", "extra_missing"), "a worker's refusal reaches the caller"

    def stop(progress: Progress) -> None:
        raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError) as stopped:
        run(clip_of(path), settings=PerceiveSettings(), context=StageContext(tmp_path / "again", stop, workers=1))
    assert stopped.value.code == "cancelled"


def test_a_dancer_at_the_edge_is_said_to_be_cropped(solo: tuple[Clip, Truth], tmp_path: Path) -> None:
    path = tmp_path / "low.mp4"
    with VideoWriter(path, 360, 320, FPS) as writer:
        for frame in decode(replace(solo[0], frames=20)):
            writer.write(np.ascontiguousarray(frame[:320]))
    settings = PerceiveSettings(hands=False, faces=False, masks=False)
    dance = run(clip_of(path), settings=settings, context=StageContext(tmp_path / "out", workers=1))
    cropped = [n for n in dance.notices if n.code == "dancer_cropped"]
    assert cropped and "left foot" in cropped[0].values["parts"]
