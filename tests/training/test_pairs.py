"""From a reference to pairs: what is cut out, what is held out, and what a network is told of a pose."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from components.animate.deepdance.skeleton_map import BONES, CHANNELS, NOSE, as_input, draw_map
from components.animate.deepdance.window import Window
from components.core import DEEPDANCE_13, Dance, StageContext, TroupeError, UInt8, Uri, silent
from components.media import VideoWriter, decode
from training.deepdance import dataset
from training.deepdance.background import mattes_of
from training.deepdance.baselines import baselines, nearest_row
from training.deepdance.batches import Loader
from training.deepdance.blocks import GAP, hold_out, learnable
from training.deepdance.figures import figures, foreground
from training.deepdance.pairs import Pairs, read_pairs
from training.lifecycle.records import Prepared


def test_joints_lie_on_the_person_that_was_cut_out(prepared: Prepared) -> None:
    pairs = read_pairs(Path(prepared.folder))
    assert pairs.frames.shape == (144, 32, 32, 3) and prepared.frames == 144
    hips = pairs.steady[:, [DEEPDANCE_13.index("left_hip"), DEEPDANCE_13.index("right_hip")]].mean(axis=1)
    assert np.abs(hips).max() < 1e-4, "coordinates are relative to the hip"
    at = np.round(pairs.window.pixels(pairs.poses, 32)).astype(int)
    rows = np.arange(len(at))[:, None]
    inside = pairs.mattes[rows, at[..., 1].clip(0, 31), at[..., 0].clip(0, 31)] > 60
    assert inside.mean() > 0.93
    widths = np.ptp(pairs.poses[..., 1], axis=1)
    assert 0.6 < np.median(widths) < 1.0, "nose to ankle, in heights"


def test_the_window_does_not_shake_with_the_joints_as_they_are_seen(shaken: Prepared) -> None:
    pairs = read_pairs(Path(shaken.folder))
    assert pairs.plates is not None
    hips = [DEEPDANCE_13.index("left_hip"), DEEPDANCE_13.index("right_hip")]
    assert np.abs(pairs.steady[:, hips].mean(axis=1)).max() < 1e-4, "coordinates are relative to the steady hip"
    off = (pairs.poses - pairs.steady)[:, hips].mean(axis=1) * pairs.height
    assert 0.2 < off.std() < 0.5, "px by which the middle of two hips, each half a px off, is off"
    shake = np.abs(np.diff(pairs.steady, n=2, axis=0)).mean() / np.abs(np.diff(pairs.poses, n=2, axis=0)).mean()
    assert shake < 0.4, "what is seen jumps to and fro; people do not"


def test_the_background_is_known_where_the_camera_stands(prepared: Prepared) -> None:
    pairs = read_pairs(Path(prepared.folder))
    assert pairs.plates is not None
    beside = np.stack([~foreground(pairs, i) for i in range(len(pairs.frames))])
    off = np.abs(pairs.frames.astype(int) - pairs.plates)[beside]
    assert np.median(off) <= 3, "shadows apart, what is behind the person is what is seen beside them"


def test_a_camera_that_moves_has_no_one_background() -> None:
    from training.deepdance.background import plate_of

    noise = np.random.default_rng(0).integers(0, 255, (40, 80, 3), np.uint8)
    pictures = [np.ascontiguousarray(np.roll(noise, 3 * i, axis=1)) for i in range(12)]
    mattes = [np.zeros((40, 80), np.uint8) for _ in pictures]
    assert plate_of(pictures, mattes) is None
    still = plate_of([noise] * 12, mattes)
    assert still is not None and np.array_equal(still, noise)


def test_before_a_moving_camera_what_surrounds_the_person_goes_on_behind_them(dance: Dance, tmp_path: Path) -> None:
    """A wall of slow waves moves past: it is known beside the person, and guessed well behind them."""
    assert dance.clip is not None
    y, x = np.mgrid[: dance.height, : dance.width]
    waves = (np.sin((x + 6 * i) / 25) + np.cos(y / 30 + i / 9) for i in range(dance.frames))
    walls = [np.repeat((120 + 50 * w)[..., None], 3, axis=2).astype(np.uint8) for w in waves]
    people = zip(decode(dance.clip), mattes_of(dance.clip, dance.dancers[0]), strict=True)
    before = [np.where(m[..., None] > 20, p, w) for w, (p, m) in zip(walls, people, strict=True)]
    pairs, alone = (_pairs_of(dance, frames, tmp_path / n) for n, frames in (("person", before), ("wall", walls)))
    assert pairs.plates is not None
    off = np.abs(pairs.frames.astype(int) - pairs.plates).mean(axis=-1)
    assert off[pairs.mattes == 0].mean() < 1, "where the person is not, it is the frame"
    guessed = np.abs(pairs.plates.astype(int) - alone.frames).mean(axis=-1)[pairs.mattes > 250].mean()
    assert guessed < 0.3 * off[pairs.mattes > 250].mean()


def _pairs_of(dance: Dance, frames: list[UInt8], folder: Path) -> Pairs:
    folder.mkdir()
    with VideoWriter(folder / "seen.mkv", dance.width, dance.height, dance.fps, codec="ffv1", pix_fmt="bgr0") as out:
        for frame in frames:
            out.write(frame)
    assert dance.clip is not None
    seen = dataclasses.replace(dance, clip=dataclasses.replace(dance.clip, uri=Uri(str(folder / "seen.mkv"))))
    context = StageContext(folder, silent, 1)
    return read_pairs(Path(dataset.run(seen, settings=dataset.DatasetSettings(size=64), context=context).folder))


@given(seconds=st.floats(8, 300), fps=st.sampled_from([5.0, 12.5, 25.0, 60.0]))
@settings(max_examples=60, deadline=None)
def test_held_out_blocks_are_whole_and_a_second_away(seconds: float, fps: float) -> None:
    frames = round(seconds * fps)
    blocks = hold_out(frames, fps)
    train = np.flatnonzero(learnable(frames, fps, blocks))
    assert len(blocks) >= 2 and len(train) > 0.3 * frames - 2 * fps
    for block in blocks:
        assert (np.diff(block) == 1).all() and block[0] >= 0 and block[-1] < frames
        assert np.abs(train[:, None] - block[None]).min() >= GAP * fps


def test_a_map_shows_each_bone_in_its_own_channel() -> None:
    pose = np.zeros((13, 2), np.float32)
    pose[DEEPDANCE_13.index("left_wrist")] = (0.3, -0.2)
    window = Window(-0.5, -0.5, 1.0)
    drawn = draw_map(pose, window, 64)
    assert drawn.shape == (CHANNELS, 64, 64) and drawn.dtype == np.uint8
    forearm = BONES.index((DEEPDANCE_13.index("left_elbow"), DEEPDANCE_13.index("left_wrist")))
    x, y = np.round(window.pixels(np.array([0.15, -0.1], np.float32), 64)).astype(int)
    assert drawn[forearm, y, x] == 255 and drawn[NOSE, y, x] == 0
    assert drawn[NOSE, 31:33, 31:33].min() > 200


def test_a_pair_is_moved_whole(prepared: Prepared) -> None:
    """Pose, picture, matte and background go the same way by whole px, and what is in a row stays together."""
    pairs = read_pairs(Path(prepared.folder))
    rows, seed = pairs.train[10:18], (3, 1, 0)
    numbers = Loader(pairs, True, 1)
    unit = pairs.window.side / pairs.size
    moved = (numbers.moved(rows, 2, seed).given - numbers(rows).given).numpy().reshape(8, 13, 2) / unit
    by = np.round(moved[:, 0]).astype(int)
    assert np.allclose(moved, by[:, None], atol=1e-3) and np.array_equal(by[::2], by[1::2])
    assert len({tuple(b) for b in by}) > 2 and np.abs(by).max() <= 2
    drawn = Loader(pairs, False, 1)
    batch, still = drawn.moved(rows, 2, seed), drawn(rows)
    assert batch.plate is not None and still.plate is not None
    for row, (x, y), got in zip(rows, by, batch.given, strict=True):
        pose = pairs.poses[row] + np.array([x, y], np.float32) * unit
        far = np.abs(got.numpy() - as_input(draw_map(pose, pairs.window, pairs.size)))
        assert np.percentile(far[:, 2:-2, 2:-2], 99.9) < 0.15
    for name in ("image", "matte", "near", "plate"):
        for (x, y), got, was in zip(by, getattr(batch, name), getattr(still, name), strict=True):
            assert torch.equal(got[:, 2:-2, 2:-2], torch.roll(was, (y, x), (1, 2))[:, 2:-2, 2:-2]), name
    again = drawn.moved(rows, 2, seed)
    assert torch.equal(again.image, batch.image)
    assert not torch.equal(drawn.moved(rows, 2, (3, 2, 0)).image, batch.image)


def test_figures_know_the_truth_from_what_is_not_it(prepared: Prepared) -> None:
    pairs = read_pairs(Path(prepared.folder))
    rows = pairs.blocks[0]
    image = pairs.frames[rows].transpose(0, 3, 1, 2).astype(np.float32) / 255
    whole = np.ones((len(rows), 1, 32, 32), np.float32)
    perfect = figures({"image": image, "matte": whole}, pairs, rows)
    assert np.allclose(perfect["foreground_l1"], 0) and np.allclose(perfect["foreground_ssim"], 1)
    assert np.isnan(perfect["foreground_flicker"][0]) and np.allclose(perfect["foreground_flicker"][1:], 0)
    lighter = figures({"image": image + 0.1, "matte": whole}, pairs, rows)
    assert np.allclose(lighter["foreground_l1"], 0.1, atol=1e-5)
    assert np.allclose(lighter["foreground_flicker"][1:], 0, atol=1e-6), "a steady error does not flicker"
    nobody = figures({"image": image, "matte": 0 * whole}, pairs, rows)
    assert (nobody["foreground_l1"] > 0.03).all(), "without the person only the background is left"


def test_baselines_are_shown_no_picture_of_a_held_out_block(prepared: Prepared) -> None:
    pairs = read_pairs(Path(prepared.folder))
    held = np.concatenate(pairs.blocks)
    found = nearest_row(pairs, held)
    assert set(found) <= set(pairs.train)
    distance = np.linalg.norm(pairs.poses[pairs.train][:, None] - pairs.poses[held][None], axis=(2, 3))
    assert np.allclose(np.linalg.norm(pairs.poses[found] - pairs.poses[held], axis=(1, 2)), distance.min(axis=0))
    before = baselines(pairs)["previous"](pairs.blocks[1])["image"]
    last = pairs.train[pairs.train < pairs.blocks[1][0]][-1]
    assert np.allclose(before, pairs.frames[last].transpose(2, 0, 1) / 255, atol=1e-6)


def test_too_few_frames_are_refused_with_their_number(dance: Dance, tmp_path: Path) -> None:
    dancer = dance.dancers[0]
    seen = np.zeros(dance.frames, bool)
    seen[::9] = True
    pose = dataclasses.replace(dancer.pose, present=seen)
    rare = dataclasses.replace(dance, dancers=(dataclasses.replace(dancer, pose=pose),))
    with pytest.raises(TroupeError, match="16 frames") as refusal:
        dataset.run(rare, settings=dataset.DatasetSettings(size=32), context=StageContext(tmp_path, silent, 1))
    assert refusal.value.code == "too_few_frames"


@pytest.mark.parametrize(
    ("changed", "code"), [({"size": 50}, "invalid_setting"), ({"size": 32, "dancer": 3}, "no_such_dancer")]
)
def test_settings_that_fit_nothing_are_refused(
    changed: dict[str, int], code: str, dance: Dance, tmp_path: Path
) -> None:
    with pytest.raises(TroupeError) as refusal:
        dataset.run(dance, settings=dataset.DatasetSettings(**changed), context=StageContext(tmp_path, silent, 1))
    assert refusal.value.code == code


def test_damaged_pairs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TroupeError) as refusal:
        read_pairs(tmp_path)
    assert refusal.value.code == "artifact_broken"
