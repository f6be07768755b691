"""A talking head drives a face and no body; a dancer who is cut off lower dances."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from components.choreograph.stage import ChoreographSettings, run
from components.core import RIG, Choreography, PoseTrack, StageContext
from tests.dance_samples import HEIGHT, WIDTH, built_in, cast_of, dance_of


def _close_up(pose: PoseTrack, joint: int, at: float, times: float) -> PoseTrack:
    """The same dancer filmed closer, with the mean height of a joint at a share of the frame's height."""
    xyz = pose.xyz.copy()
    middle = pose.xyz[:, joint, :2].mean(0)
    xyz[..., :2] = (pose.xyz[..., :2] - middle) * times + np.array([WIDTH / 2, at * HEIGHT], np.float32)
    xyz[..., 2] *= times
    return replace(pose, xyz=xyz.astype(np.float32))


def _dance(pose: PoseTrack, photo: np.ndarray) -> Choreography:
    settings = ChoreographSettings(fps=Fraction(30))
    (choreography,) = run(
        dance_of(pose), cast_of(photo), settings=settings, context=StageContext(Path("/tmp"))
    ).choreographies
    return choreography


def test_a_body_rests_where_only_head_and_shoulders_are_seen() -> None:
    _, pose = built_in("groove", 3.0)
    photo = pose.xyz[40]
    rested = _dance(_close_up(pose, 11, 0.95, 4.0), photo)
    assert [n.code for n in rested.notices] == ["body_rests"]
    assert (rested.joints == RIG.convert(photo)[None]).all()
    assert len(rested.joints) == len(pose.xyz) and rested.contacts.all() and rested.present.all()


def test_a_dancer_who_is_cut_off_below_the_hips_dances() -> None:
    _, pose = built_in("groove", 3.0)
    danced = _dance(_close_up(pose, 23, 0.9, 1.6), pose.xyz[40])
    assert "body_rests" not in [n.code for n in danced.notices]
    wrist = RIG.index("left_wrist")
    assert np.linalg.norm(np.diff(danced.joints[:, wrist, :2], axis=0), axis=1).sum() > 100


def test_a_portrait_follows_a_talking_head() -> None:
    _, pose = built_in("groove", 3.0)
    close = _close_up(pose, 11, 0.95, 4.0)
    assert [n.code for n in _dance(close, close.xyz[40]).notices] == []
