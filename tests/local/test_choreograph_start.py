"""Where a performer begins to dance whose photo is no frame of the reference."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from components.choreograph.stage import ChoreographSettings, run
from components.core import RIG, Choreography, PoseTrack, StageContext
from tests.dance_samples import built_in, cast_of, dance_of

FEET = [RIG.index(f"{side}_{part}") for side in ("left", "right") for part in ("heel", "toe")]


def _panned(pose: PoseTrack) -> PoseTrack:
    """The same dancer, filmed by a camera that is never still."""
    t = np.arange(len(pose.xyz)) / 30
    pan = np.stack([500 * np.sin(0.9 * t) + 120 * np.sin(2.3 * t + 1), 60 * np.sin(1.7 * t)], 1)
    xyz = pose.xyz.copy()
    xyz[..., :2] += pan[:, None].astype(np.float32)
    return replace(pose, xyz=xyz)


def _alike(landmarks: np.ndarray, times: float, x: float, y: float) -> np.ndarray:
    """Somebody of other proportions in the same pose: no frame of the reference, but a moment of its dance."""
    out = np.array(landmarks, np.float32)
    tall = float(np.ptp(out[:, 1]))
    out[:, :2] += np.random.default_rng(1).normal(0, 0.03 * tall, (33, 2)).astype(np.float32)
    return (out * times + np.array([x, y, 0])).astype(np.float32)


def _dance(pose: PoseTrack, photo: np.ndarray, width: int, height: int) -> Choreography:
    cast = cast_of(photo, width=width, height=height)
    settings = ChoreographSettings(fps=Fraction(30))
    return run(dance_of(pose), cast, settings=settings, context=StageContext(Path("/nowhere"))).choreographies[0]


def test_under_a_moving_camera_one_starts_where_the_photo_shows() -> None:
    _, pose = built_in("house", 8.0, noise=0.002)
    moved = _panned(pose)
    assert np.ptp(moved.xyz[:, 23, 0]) > 600
    photo = _alike(pose.xyz[150], 0.5, 400, 300)
    danced = _dance(moved, photo, 1200, 1000)
    tall = float(np.ptp(photo[:, 1]))
    assert abs(danced.joints[0, 0, 0] - photo[23:25, 0].mean()) < 0.12 * tall
    assert np.ptp(danced.joints[:, 0, 0]) < 0.6 * tall  # the camera's way is not theirs


def test_whoever_comes_nearer_keeps_their_feet_in_the_picture() -> None:
    _, pose = built_in("groove", 6.0)
    nearer = pose.xyz.copy()
    grown = np.linspace(1.0, 1.5, len(nearer))[:, None].astype(np.float32)
    for axis, about in ((0, 360.0), (1, 300.0)):  # the horizon
        nearer[..., axis] = (nearer[..., axis] - about) * grown + about
    photo = _alike(built_in("salsa", 0.2)[1].xyz[0], 0.5, 100, 0)
    height = int(photo[:, 1].max() + 20)
    danced = _dance(replace(pose, xyz=nearer), photo, 720, height)
    assert danced.joints[..., 1][:, FEET].max() < height + 5
