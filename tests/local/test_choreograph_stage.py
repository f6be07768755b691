"""The whole stage: dances of known truth onto performers of known bones."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from components.choreograph.stage import ChoreographSettings, run
from components.core import RIG, Dance, Ensemble, PoseTrack, Progress, StageContext, TroupeError, load, save
from tests.dance_samples import COMPARED, built_in, cast_of, dance_of, torso

SETTINGS = ChoreographSettings()


def _run(dance: Dance, *people: np.ndarray, width: int = 720, settings: ChoreographSettings = SETTINGS) -> Ensemble:
    return run(dance, cast_of(*people, width=width), settings=settings, context=StageContext(Path("/nowhere")))


def _shifted(pose: PoseTrack, x: float) -> PoseTrack:
    xyz = pose.xyz.copy()
    xyz[..., 0] += x
    return replace(pose, xyz=xyz)


@pytest.mark.parametrize("name", ["groove", "disco", "salsa"])
def test_a_frame_of_the_dance_dances_the_dance(name: str) -> None:
    _, exact = built_in(name, 10.0)
    _, noisy = built_in(name, 10.0, noise=0.003)
    for share in (0.1, 0.5, 0.9):
        photo = noisy.xyz[int(share * len(noisy.xyz))]
        c = _run(dance_of(noisy), photo).choreographies[0]
        truth = RIG.convert(exact.xyz)
        apart = np.linalg.norm((c.joints - truth)[:, COMPARED, :2], axis=-1) / torso(exact)
        frozen = np.linalg.norm((RIG.convert(photo) - truth)[:, COMPARED, :2], axis=-1) / torso(exact)
        assert np.median(apart) < 0.06 < np.median(frozen)
        limbs = [5, 6, 11, 12]  # wrists and ankles among COMPARED
        assert np.median(apart[:, limbs]) < 0.35 * np.median(frozen[:, limbs])
        way = [
            np.linalg.norm(np.diff(j[::5][:, COMPARED][:, limbs, :2], axis=0), axis=-1).sum() for j in (c.joints, truth)
        ]
        assert 0.85 < way[0] / way[1] < 1.15


def test_a_stranger_stays_on_the_floor_of_the_photo_and_in_it() -> None:
    _, pose = built_in("disco", 10.0)
    _, other = built_in("salsa", 0.2)
    stranger = other.xyz[0] * 0.5 + np.array([60, 300, 0], np.float32)
    stranger[[13, 14, 15, 16], :2] += (
        stranger[[13, 14, 15, 16], :2] - stranger[[11, 12, 11, 12], :2]
    ) * 0.2  # long arms
    c = _run(dance_of(pose), stranger, width=360).choreographies[0]
    floor = stranger[29:33, 1].max()
    feet = c.joints[:, [RIG.index(f"{s}_{p}") for s in ("left", "right") for p in ("heel", "toe")], 1]
    tall = floor - stranger[0, 1]
    assert abs(np.median(feet.max(1)) - floor) < 0.03 * tall
    assert feet.max() < floor + 0.12 * tall
    assert np.median((c.joints[..., 0] > 0) & (c.joints[..., 0] < 360)) == 1
    assert ((c.joints[..., 0] > -15) & (c.joints[..., 0] < 375)).mean() > 0.97
    standing = c.joints[c.contacts.any(1), 0, 0]
    assert abs(np.median(standing) - stranger[23:25, 0].mean()) < 0.4 * tall


def test_frame_rates(tmp_path: Path) -> None:
    _, pose = built_in("house", 6.0, fps=25)
    for fps, frames in ((Fraction(30), 180), (Fraction(24), 144), (Fraction(30000, 1001), 180)):
        ensemble = _run(dance_of(pose), pose.xyz[10], settings=ChoreographSettings(fps=fps))
        assert ensemble.frames == frames and ensemble.fps == fps
    save(ensemble, tmp_path / "ensemble")
    again = load(Ensemble, tmp_path / "ensemble")
    np.testing.assert_array_equal(again.choreographies[0].joints, ensemble.choreographies[0].joints)


def test_a_pair_that_crosses_crosses_again() -> None:
    _, pose = built_in("groove", 8.0)
    t = np.linspace(0, 1, len(pose.xyz))
    way = 150 * np.cos(np.pi * t)
    left, right = pose.xyz.copy(), pose.xyz.copy()
    left[..., 0] += (400 - 360 - way)[:, None]  # begins left, ends right
    right[..., 0] += (700 - 360 + way)[:, None]
    right[..., 1] += 40
    dance = dance_of(replace(pose, xyz=right), replace(pose, xyz=left), width=1280)
    people = [pose.xyz[0] * 0.5 + np.array([x, 200, 0], np.float32) for x in (40, 40 + 165)]
    ensemble = _run(dance, *people, width=640)
    a, b = ensemble.choreographies
    assert (a.performer, a.dancer, b.performer, b.dancer) == (0, 1, 1, 0)
    gap = b.joints[:, 0, 0] - a.joints[:, 0, 0]
    true = (right[:, 23, 0] - left[:, 23, 0]) * 0.5
    assert np.corrcoef(gap, true)[0, 1] > 0.98
    assert 0.4 < np.ptp(gap) / np.ptp(true) <= 1.2
    assert (b.root[:, 2] <= a.root[:, 2] + 1).mean() > 0.9 or np.ptp(b.root[:, 2]) < 1  # lower in the picture: nearer


def test_five_performers_share_two_dancers_and_keep_their_places() -> None:
    _, pose = built_in("salsa", 4.0)
    dance = dance_of(_shifted(pose, 100), _shifted(pose, 500), width=1280)
    people = [pose.xyz[0] * 0.4 + np.array([x, 300, 0], np.float32) for x in (0, 180, 360, 540, 720)]
    ensemble = _run(dance, *people, width=1000)
    assert [c.dancer for c in ensemble.choreographies] == [0, 1, 0, 1, 0]
    assert [n.code for n in ensemble.notices] == ["fewer_dancers"]
    x = np.stack([c.joints[:, 0, 0] for c in ensemble.choreographies])
    assert (np.diff(x, axis=0) > 60).all()  # order kept, no collapse


def test_gaps_are_told_and_the_performer_may_fade() -> None:
    _, pose = built_in("salsa", 6.0)
    xyz, present = pose.xyz.copy(), pose.present.copy()
    xyz[60:120], present[60:120] = np.nan, False
    c = _run(dance_of(replace(pose, xyz=xyz, present=present)), pose.xyz[0]).choreographies[0]
    assert [(n.code, n.values["seconds"]) for n in c.notices] == [("gap_frozen", 2.0)]
    assert not c.present[60:120].any() and c.present[:60].all()
    assert not c.contacts[60:120].any()


def test_fingers_follow_in_the_performers_size() -> None:
    _, pose = built_in("salsa", 4.0)
    hands = np.full((len(pose.xyz), 2, 21, 3), np.nan, np.float32)
    shape = np.stack([np.cos(np.arange(21)), np.sin(np.arange(21))], 1) * 20
    shape[0] = 0
    hands[:, 0, :, :2] = pose.xyz[:, None, 15, :2] + shape
    hands[40:45, 0] = np.nan  # short: bridged
    hands[70:100, 0] = np.nan  # long: unknown
    c = _run(dance_of(replace(pose, hands=hands)), pose.xyz[0] * 0.5).choreographies[0]
    assert np.isnan(c.hands[:, 1]).all()
    assert (
        np.isfinite(c.hands[:70, 0]).all() and np.isnan(c.hands[72:98, 0]).all() and np.isfinite(c.hands[101:, 0]).all()
    )
    np.testing.assert_allclose(c.hands[50, 0], 0.5 * shape, atol=1.5)


def test_progress_and_cancelling() -> None:
    _, pose = built_in("salsa", 2.0)
    seen: list[Progress] = []
    cast = cast_of(pose.xyz[0])
    run(dance_of(pose), cast, settings=SETTINGS, context=StageContext(Path("/nowhere"), seen.append))
    assert [(p.stage, p.done, p.total) for p in seen] == [("choreograph", 0, 1), ("choreograph", 1, 1)]

    def stop(_: Progress) -> None:
        raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError, match="Stopped"):
        run(dance_of(pose), cast, settings=SETTINGS, context=StageContext(Path("/nowhere"), stop))


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_very_short_dances(frames: int) -> None:
    _, pose = built_in("salsa", 1.0)
    short = PoseTrack(pose.xyz[:frames], None, pose.visibility[:frames], pose.present[:frames], None, pose.fps)
    assert _run(dance_of(short), pose.xyz[0]).frames == frames


def test_the_larger_and_lower_is_nearer() -> None:
    _, pose = built_in("salsa", 3.0)
    small = pose.xyz[0] * 0.4 + np.array([20, 330, 0], np.float32)
    large = pose.xyz[0] * 0.6 + np.array([120, 120, 0], np.float32)
    far, near = _run(dance_of(pose), small, large, width=700).choreographies
    assert small[29:33, 1].max() > large[29:33, 1].max() - 15  # about one floor line: size decides
    assert (near.root[:, 2] < far.root[:, 2]).all()
    lower = small + np.array([200, 80, 0], np.float32)
    back, front = _run(dance_of(pose), small, lower, width=700).choreographies
    assert (front.root[:, 2] < back.root[:, 2]).all()


def test_a_group_photo_from_the_dance_is_danced_by_the_same_people() -> None:
    # they cross: on average the first is left, but in the photo it is right
    motions = [built_in(name, 8.0)[1] for name in ("groove", "disco")]
    t = np.linspace(0, 1, len(motions[0].xyz))
    first, second = motions[0].xyz.copy(), motions[1].xyz.copy()
    first[..., 0] += (400 * np.clip(4 * t - 2.6, 0, 1))[:, None]
    second[..., 0] += (250 - 350 * np.clip(4 * t - 2.6, 0, 1))[:, None]
    dance = dance_of(replace(motions[0], xyz=first), replace(motions[1], xyz=second), width=1280)
    frame = len(t) - 12
    ensemble = _run(dance, second[frame], first[frame], width=1280)
    assert [c.dancer for c in ensemble.choreographies] == [1, 0]
    for c, truth in zip(ensemble.choreographies, (second, first), strict=True):
        apart = np.linalg.norm((c.joints - RIG.convert(truth))[:, COMPARED, :2], axis=-1)
        assert np.median(apart) < 0.05 * torso(motions[0])
