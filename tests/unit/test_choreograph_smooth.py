"""Smoothing that keeps time, keeps hits, and fills gaps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.choreograph.smooth import BRIDGE, CUTOFF, clean, runs_of, spikes, whittaker
from components.core import PoseTrack
from tests.dance_samples import built_in


def test_whittaker_halves_at_its_cutoff_and_keeps_time() -> None:
    fps, t = 30.0, np.arange(300) / 30.0
    for hz, low, high in ((1.0, 0.97, 1.01), (CUTOFF, 0.45, 0.55), (12.0, 0.0, 0.1)):
        wave = np.sin(2 * np.pi * hz * t)[:, None]
        out = whittaker(wave, np.ones(300), CUTOFF / fps)[30:-30, 0]
        inner = wave[30:-30, 0]
        gain = (out @ inner) / (inner @ inner)
        assert low <= gain <= high
        late = np.sin(2 * np.pi * hz * t - np.pi / 2)[30:-30]
        assert abs(out @ late) / (inner @ inner) < 0.02  # no lag


def test_noise_goes_and_hits_stay() -> None:
    motion, exact = built_in("house", 10.0)
    _, noisy = built_in("house", 10.0, noise=0.004)
    frames = motion.frames
    out = clean(noisy, Fraction(30), frames).xyz[..., :2]
    truth = exact.xyz[..., :2]
    before = np.abs(noisy.xyz[..., :2] - truth).mean()
    assert np.abs(out - truth).mean() < 0.75 * before
    for joint in (15, 16, 27, 28):  # wrists and ankles
        way = np.linalg.norm(np.diff(out[::5, joint], axis=0), axis=1).sum()
        assert 0.9 < way / np.linalg.norm(np.diff(truth[::5, joint], axis=0), axis=1).sum() < 1.1


def test_a_joint_that_jumps_away_for_a_frame_is_brought_back() -> None:
    _, pose = built_in("groove", 4.0)
    xyz = pose.xyz.copy()
    xyz[50, 15, :2] += 400
    xyz[80:82, 28, 0] -= 300
    out = clean(replace(pose, xyz=xyz), Fraction(30), len(xyz)).xyz
    assert np.linalg.norm(out[50, 15, :2] - pose.xyz[50, 15, :2]) < 12
    assert np.linalg.norm(out[80, 28, :2] - pose.xyz[80, 28, :2]) < 12
    assert not spikes(pose.xyz[..., :2].astype(float), np.full(len(xyz), 90.0)).any()


def _without(pose: PoseTrack, a: int, b: int) -> PoseTrack:
    xyz, present = pose.xyz.copy(), pose.present.copy()
    xyz[a:b], present[a:b] = np.nan, False
    return replace(pose, xyz=xyz, present=present)


def test_a_short_gap_is_bridged() -> None:
    _, pose = built_in("salsa", 5.0)
    a, b = 60, 60 + int(BRIDGE * 30) - 1
    track = clean(_without(pose, a, b), Fraction(30), len(pose.xyz))
    assert track.present.all() and not track.gaps
    steps = np.linalg.norm(np.diff(track.xyz[a - 2 : b + 2, :, :2], axis=0), axis=-1)
    assert steps.max() < 60  # px a frame: it goes over smoothly
    inside = track.xyz[a:b, 23, 0]
    ends = track.xyz[[a - 1, b], 23, 0]
    assert ends.min() - 3 <= inside.min() and inside.max() <= ends.max() + 3  # no overshoot


def test_a_long_gap_is_held_and_told() -> None:
    _, pose = built_in("salsa", 6.0)
    track = clean(_without(pose, 60, 120), Fraction(30), len(pose.xyz))
    assert track.gaps == ((2.0, 4.0),)
    assert not track.present[60:120].any() and track.present[:60].all() and track.present[120:].all()
    assert (track.confidence[60:120] == 0).all()
    held = track.xyz[66:100]
    assert np.abs(held - held[0]).max() < 12  # still, but for the smoothing at its ends
    assert np.linalg.norm(np.diff(track.xyz[..., :2], axis=0), axis=-1).max() < 90


def test_five_frames_a_second_become_thirty_without_overshoot() -> None:
    _, pose = built_in("disco", 6.0, fps=5)
    track = clean(pose, Fraction(30), 180)
    np.testing.assert_allclose(track.xyz[::6], pose.xyz, atol=1e-3)
    between = track.xyz[:174].reshape(29, 6, 33, 3)
    ends = np.stack([pose.xyz[:-1], pose.xyz[1:]]).astype(float)
    assert (between >= ends.min(0)[:, None] - 1e-3).all() and (between <= ends.max(0)[:, None] + 1e-3).all()


@settings(max_examples=25, deadline=None)
@given(
    frames=st.integers(1, 40),
    source=st.sampled_from([5, 12, 24, 30, 60]),
    target=st.sampled_from([15, 24, 30, 60]),
    world=st.booleans(),
    data=st.data(),
)
def test_any_length_and_presence_gives_finite_frames(
    frames: int, source: int, target: int, world: bool, data: st.DataObject
) -> None:
    present = np.array(data.draw(st.lists(st.booleans(), min_size=frames, max_size=frames)), np.bool_)
    present[data.draw(st.integers(0, frames - 1))] = True
    draw = np.random.default_rng(frames)
    xyz = draw.normal(300, 100, (frames, 33, 3)).astype(np.float32)
    xyz[~present] = np.nan
    pose = PoseTrack(
        xyz,
        (xyz / 300).astype(np.float32) if world else None,
        draw.random((frames, 33)).astype(np.float32),
        present,
        None,
        Fraction(source),
    )
    wanted = max(1, round(frames / source * target))
    track = clean(pose, Fraction(target), wanted)
    assert track.xyz.shape == (wanted, 33, 3) and np.isfinite(track.xyz).all()
    assert (track.world is not None) == world
    assert track.present.shape == track.confidence.shape == (wanted,)


def test_nobody_is_refused() -> None:
    _, pose = built_in("salsa", 1.0)
    with pytest.raises(ValueError, match="never present"):
        clean(_without(pose, 0, 30), Fraction(30), 30)


@given(st.lists(st.booleans(), max_size=30))
def test_runs_cover_exactly_what_is_true(values: list[bool]) -> None:
    mask = np.array(values, np.bool_)
    again = np.zeros(len(mask), np.bool_)
    for a, b in runs_of(mask):
        assert a < b
        again[a:b] = True
    assert (again == mask).all()
