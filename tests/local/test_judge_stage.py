"""Videos of a drawn person who moves along a known path, judged by the real models."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from components.core import Clip, Dance, Dancer, Figures, PoseTrack, StageContext, Still, TroupeError, Uri, load, save
from components.judge.baselines import draw_baselines, frozen_poses, pelvis_poses
from components.judge.observe import frames_at, moments, poses_at
from components.judge.pose_error import HIPS, pose_error, torso_length
from components.judge.stage import JudgeSettings, run
from components.judge.watch import PATIENCE, Watcher
from components.media import VideoWriter, clip_of, decode, write_picture
from components.models.people import PeopleFinder

WIDTH, HEIGHT, FPS, FRAMES = 240, 320, 25, 40
UInt8 = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def drawn() -> UInt8:
    from components.figure.scene import draw_photo

    return draw_photo("ada", "standing", (WIDTH, HEIGHT), room="plain")[0]


def path_x(frame: int) -> float:
    return float(25 * np.sin(2 * np.pi * frame / 30))


def write(path: Path, drawn: UInt8, *, shift: float = 0.0, flash: int = 0, blank: bool = False) -> Clip:
    with VideoWriter(path, WIDTH, HEIGHT, FPS, crf=16) as writer:
        for frame in range(FRAMES):
            matrix = np.array([[1.0, 0.0, path_x(frame) + shift], [0.0, 1.0, 0.0]])
            moved = cv2.warpAffine(drawn, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            if blank and frame >= FRAMES // 2:
                moved = np.full_like(moved, 128)
            lit = np.clip(moved.astype(int) + flash * (frame % 2), 0, 255).astype(np.uint8)
            writer.write(np.ascontiguousarray(lit))
    return clip_of(path)


def judged(video: Clip, reference: Clip, folder: Path) -> Figures:
    return run(video, reference, settings=JudgeSettings(), context=StageContext(folder))


def test_a_video_judged_against_itself(drawn: UInt8, tmp_path: Path) -> None:
    clip = write(tmp_path / "a.mp4", drawn)
    figures = judged(clip, clip, tmp_path)
    assert figures["presence"].value == 1
    assert figures["pose_error_median"].value == 0
    assert figures["pose_error_path"].value == 1
    assert figures["ssim"].value == pytest.approx(1, abs=1e-3)
    floor = figures["pose_error_median"].floor
    assert floor is not None
    assert 0 < floor < 0.05, "scaling and compressing the reference moves its pose a little"
    assert figures["pose_error_median"].baselines["frozen"] > 0.05
    assert figures["sound_offset"].value is None
    save(figures, tmp_path / "figures")
    assert load(Figures, tmp_path / "figures") == figures


def test_a_shift_is_found_and_alignment_forgives_it(drawn: UInt8, tmp_path: Path) -> None:
    reference = write(tmp_path / "a.mp4", drawn)
    finder = PeopleFinder()
    torso = torso_length(poses_at(reference, [0, 10], finder))
    figures = judged(write(tmp_path / "b.mp4", drawn, shift=0.3 * torso), reference, tmp_path)
    value, kept = figures["pose_error_median"].value, figures["pose_error_aligned_median"].value
    assert value is not None
    assert kept is not None
    assert value == pytest.approx(0.3, abs=0.04)
    assert kept < 0.06


def test_light_that_flickers_and_a_person_who_vanishes(drawn: UInt8, tmp_path: Path) -> None:
    reference = write(tmp_path / "a.mp4", drawn)
    flashing = judged(write(tmp_path / "b.mp4", drawn, flash=14), reference, tmp_path)
    background = flashing["flicker_background"]
    assert background.value is not None
    assert background.floor is not None
    assert background.value > background.floor + 8
    gone = judged(write(tmp_path / "c.mp4", drawn, blank=True), reference, tmp_path)
    assert gone["presence"].value == pytest.approx(0.5, abs=0.15)
    assert gone["pose_error_p90"].value == 1


def test_drawn_baselines_are_what_was_computed(drawn: UInt8, tmp_path: Path) -> None:
    reference = write(tmp_path / "a.mp4", drawn)
    finder = PeopleFinder()
    pairs = moments(reference, reference)
    asked = poses_at(reference, [i for _, i in pairs], finder)
    photo = next(decode(reference, first=0, count=1))
    write_picture(tmp_path / "photo.png", photo)
    pose = poses_at(reference, [0], finder)
    track = poses_at(reference, list(range(FRAMES)), finder)
    xyz = np.concatenate([track.xy, np.zeros((FRAMES, 33, 1))], axis=2).astype(np.float32)
    body = PoseTrack(xyz, None, np.ones((FRAMES, 33), np.float32), np.ones(FRAMES, np.bool_), None, Fraction(FPS))
    dancer = Dancer(0, np.zeros((FRAMES, 4), np.float32), None, body, None)
    dance = Dance(WIDTH, HEIGHT, Fraction(FPS), FRAMES, None, None, (dancer,), None)
    still = Still(Uri(str(tmp_path / "photo.png")), WIDTH, HEIGHT, "0")
    videos = draw_baselines(still, pose.xy[0], dance, (WIDTH, HEIGHT), tmp_path)
    computed = {
        "frozen": frozen_poses(pose.xy[0], pose.visibility[0], asked),
        "pelvis": pelvis_poses(pose.xy[0], pose.visibility[0], asked),
    }
    for name, video in videos.items():
        drawn_error = pose_error(poses_at(video, [j for j, _ in pairs], finder), asked)
        own = pose_error(computed[name], asked)
        assert drawn_error is not None
        assert own is not None
        assert drawn_error.median == pytest.approx(own.median, abs=0.06)
        assert drawn_error.ends == pytest.approx(own.ends, abs=0.08)
    # The person only walks, so that following the pelvis is nearly all there is to do.
    frozen, pelvis = (pose_error(computed[n], asked) for n in ("frozen", "pelvis"))
    assert frozen is not None
    assert pelvis is not None
    assert pelvis.median < 0.4 * frozen.median
    known = track.xy[:, HIPS].mean(axis=1)[:, 0]
    assert np.corrcoef(known, [path_x(f) for f in range(FRAMES)])[0, 1] > 0.98


def test_frames_are_those_asked_for(drawn: UInt8, tmp_path: Path) -> None:
    clip = write(tmp_path / "a.mp4", drawn)
    every = list(decode(clip))
    picked = list(frames_at(clip, [0, 3, 3, FRAMES - 1]))
    assert len(picked) == 4
    for index, (frame, following) in zip((0, 3, 3, FRAMES - 1), picked, strict=True):
        assert np.array_equal(frame, every[index])
        if index + 1 < FRAMES:
            assert following is not None
            assert np.array_equal(following, every[index + 1])
        else:
            assert following is None


def test_it_can_be_stopped(drawn: UInt8, tmp_path: Path) -> None:
    clip = write(tmp_path / "a.mp4", drawn)

    def stop(_: object) -> None:
        raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError, match="Stopped"):
        run(clip, clip, settings=JudgeSettings(), context=StageContext(tmp_path, report=stop))


def test_of_two_people_the_same_one_is_watched(drawn: UInt8, tmp_path: Path) -> None:
    """The reference's larger person stands on the left; in the video somebody larger has come in on the right."""

    def beside(left: float, right: float, path: Path) -> Clip:
        with VideoWriter(path, 2 * WIDTH, HEIGHT, FPS, crf=16) as writer:
            for _ in range(FRAMES // 2):
                halves = []
                for size in (left, right):
                    matrix = np.array([[size, 0.0, WIDTH * (1 - size) / 2], [0.0, size, HEIGHT * (1 - size)]])
                    halves.append(cv2.warpAffine(drawn, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE))
                writer.write(np.ascontiguousarray(np.concatenate(halves, axis=1)))
        return clip_of(path)

    reference, video = beside(0.9, 0.7, tmp_path / "a.mp4"), beside(0.9, 1.0, tmp_path / "b.mp4")
    value = judged(video, reference, tmp_path)["pose_error_median"].value
    assert value is not None
    assert value < 0.1


def test_a_person_who_collapses_for_a_moment_is_missing_there_and_one_who_stays_small_is_believed(
    drawn: UInt8, tmp_path: Path
) -> None:
    """Heaps of joints are no pose; a clip that cuts to a wider view is another matter."""
    far = np.ascontiguousarray(np.full_like(drawn, drawn[:40].mean(axis=(0, 1)).astype(np.uint8)))
    side = WIDTH // 4, HEIGHT // 4
    far[HEIGHT // 2 : HEIGHT // 2 + side[1], WIDTH // 3 : WIDTH // 3 + side[0]] = cv2.resize(
        drawn, side, interpolation=cv2.INTER_AREA
    )
    watcher = Watcher(PeopleFinder(), faces=False)
    assert watcher(far) is not None, "alone, the small person is found"
    watcher = Watcher(PeopleFinder(), faces=False)
    assert watcher(drawn) is not None
    assert watcher(far) is None
    back = watcher(drawn)
    assert back is not None
    assert np.ptp(back.xy[:, 1]) > 0.5 * HEIGHT
    seen = [watcher(far) for _ in range(PATIENCE + 1)]
    assert seen[:PATIENCE] == [None] * PATIENCE
    assert seen[PATIENCE] is not None


@pytest.mark.parametrize("opening", [0.0, 0.7])
def test_a_mouth_is_compared_where_it_moves_and_left_out_where_it_only_trembles(opening: float, tmp_path: Path) -> None:
    from components.figure.camera import frame_figure
    from components.figure.scene import draw_photo

    size = 240, 320
    camera = frame_figure(size, fill=1.9, floor=1.75)
    clips = []
    for crf in (16, 30):
        path = tmp_path / f"{crf}.mp4"
        with VideoWriter(path, *size, 10, crf=crf) as writer:
            for frame in range(24):
                face = {"jaw_open": opening * (0.5 - 0.5 * np.cos(frame))}
                writer.write(draw_photo("ada", "standing", size, room="plain", camera=camera, face=face)[0])
        clips.append(clip_of(path))
    figure = judged(clips[1], clips[0], tmp_path)["mouth_correlation"]
    if opening:
        assert figure.floor is not None and figure.floor > 0.9
        assert figure.value is not None and figure.value > 0.8
    else:
        assert figure.value is None
        assert figure.note
