"""Arms that the reference does not show hang down; those it shows dance on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from components.choreograph.stage import ChoreographSettings
from components.choreograph.stage import run as choreograph
from components.core import RIG, Ensemble, PoseTrack, StageContext
from tests import dance_samples as samples

LEFT, RIGHT = (13, 15, 17, 19, 21), (14, 16, 18, 20, 22)
FRAMES = 120


def guessed(pose: PoseTrack, joints: tuple[int, ...], frames: slice, edge: float) -> PoseTrack:
    """The pose with joints that the picture, which ends at this x, does not show: the network puts them anywhere."""
    xyz, visibility = pose.xyz.copy(), pose.visibility.copy()
    nose = xyz[frames, :1, :2]
    xyz[frames, joints, :2] = nose + np.array([40.0, 30.0], np.float32)
    xyz[frames, joints[0], 0] = edge + 30
    xyz[frames, joints[1], 0] = edge + 20
    visibility[frames, joints] = 0.05
    return replace(pose, xyz=xyz, visibility=visibility)


def danced(pose: PoseTrack, tmp_path: object, width: int = samples.WIDTH) -> Ensemble:
    photo = samples.built_in("groove", 0.2)[1].xyz[0].astype(np.float64)
    cast = samples.cast_of(photo * np.array([0.8, 0.8, 0.8]) + np.array([60, 90, 0]))
    settings = ChoreographSettings(fps=Fraction(30))
    return choreograph(
        samples.dance_of(pose, width=width),
        cast,
        settings=settings,
        context=StageContext(tmp_path),  # type: ignore[arg-type]
    )


def hang(ensemble: Ensemble, side: str) -> np.ndarray:
    """(T,) degrees between the arm, from shoulder to wrist, and straight down."""
    joints = ensemble.choreographies[0].joints
    arm = joints[:, RIG.index(f"{side}_wrist"), :2] - joints[:, RIG.index(f"{side}_shoulder"), :2]
    return np.degrees(np.arctan2(np.abs(arm[:, 0]), arm[:, 1]))


@pytest.mark.parametrize(("side", "joints"), [("left", LEFT), ("right", RIGHT)])
def test_an_arm_that_is_never_seen_hangs(tmp_path: object, side: str, joints: tuple[int, ...]) -> None:
    pose = samples.built_in("groove", FRAMES / 30)[1]
    found = hang(danced(guessed(pose, joints, slice(None), samples.WIDTH), tmp_path), side)
    assert found.max() < 30
    other = "right" if side == "left" else "left"
    whole = danced(pose, tmp_path)
    assert hang(whole, side).max() > 45, "in truth it dances"
    assert np.abs(hang(whole, other) - hang(danced(guessed(pose, joints, slice(None), 720), tmp_path), other)).max() < 3


def test_it_eases_in_and_out(tmp_path: object) -> None:
    pose = samples.built_in("groove", FRAMES / 30)[1]
    away = danced(guessed(pose, LEFT, slice(40, 80), samples.WIDTH), tmp_path)
    assert hang(away, "left")[50:70].max() < 30
    whole, wrist = danced(pose, tmp_path), RIG.index("left_wrist")
    paths = [e.choreographies[0].joints[:, wrist, :2] - e.choreographies[0].joints[:, 1, :2] for e in (away, whole)]
    apart = np.linalg.norm(paths[0] - paths[1], axis=1)
    assert apart[:25].max() < 3 and apart[95:].max() < 3, "far from that time it dances as it is seen"
    arm = float(np.percentile(np.linalg.norm(paths[1], axis=1), 95))
    assert np.linalg.norm(np.diff(paths[0], axis=0), axis=1).max() < 0.25 * arm


def test_arms_within_the_picture_dance_however_hidden(tmp_path: object) -> None:
    pose = samples.built_in("groove", FRAMES / 30)[1]
    visibility = pose.visibility.copy()
    visibility[:, LEFT] = 0.05
    a, b = danced(replace(pose, visibility=visibility), tmp_path), danced(pose, tmp_path)
    assert np.abs(hang(a, "left") - hang(b, "left")).max() < 12
