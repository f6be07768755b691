"""Pose error of poses whose distance is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from components.judge.baselines import frozen_poses, pelvis_poses
from components.judge.pose_error import ENDS, HIPS, JOINTS, SHOULDERS, Poses, aligned, pose_error, torso_length

Float = npt.NDArray[np.float64]

MOMENTS = 40
TORSO = 50.0


def dancing() -> Poses:
    """Somebody with a torso of 50 px whose wrists and ankles circle while the pelvis walks to the right."""
    rng = np.random.default_rng(5)
    still = rng.normal(0, 30, (33, 2))
    still[SHOULDERS] = [[12, -TORSO], [-12, -TORSO]]
    still[HIPS] = [[8, 0], [-8, 0]]
    t = np.arange(MOMENTS) / 6
    xy = np.repeat(still[None], MOMENTS, axis=0)
    circle = 25 * np.stack([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)], axis=1)
    xy[:, ENDS] += circle[:, None]
    xy[..., 0] += 200 + 4 * np.arange(MOMENTS)[:, None]
    xy[..., 1] += 150
    return Poses(xy, np.ones((MOMENTS, 33)))


def moved(poses: Poses, shift: Float) -> Poses:
    return Poses(poses.xy + shift, poses.visibility)


def test_torso_is_the_unit() -> None:
    assert torso_length(dancing()) == pytest.approx(TORSO)


def test_the_same_pose_has_no_error() -> None:
    error = pose_error(dancing(), dancing())
    assert error is not None
    assert (error.median, error.p90, error.ends, error.missing) == (0, 0, 0, 0)
    assert error.path == pytest.approx(1)


@pytest.mark.parametrize("share", [0.1, 0.37])
def test_a_shift_is_read_in_torso_lengths(share: float) -> None:
    error = pose_error(moved(dancing(), np.array([share * TORSO, 0.0])), dancing())
    assert error is not None
    assert error.median == pytest.approx(share)
    assert error.p90 == pytest.approx(share)
    assert error.path == pytest.approx(1)


def test_a_missing_person_counts_one() -> None:
    poses = dancing()
    xy = poses.xy.copy()
    xy[: MOMENTS // 4] = np.nan
    error = pose_error(Poses(xy, poses.visibility), poses)
    assert error is not None
    assert error.missing == pytest.approx(0.25)
    assert error.median == 0
    assert error.p90 == 1
    xy[: MOMENTS * 3 // 4] = np.nan
    error = pose_error(Poses(xy, poses.visibility), poses)
    assert error is not None
    assert error.median == 1
    assert pose_error(poses, Poses(np.full_like(xy, np.nan), poses.visibility)) is None


def test_what_the_reference_does_not_show_is_not_asked_for() -> None:
    reference = dancing()
    visibility = reference.visibility.copy()
    visibility[:, ENDS] = 0.1
    xy = reference.xy.copy()
    xy[:, ENDS] += 500
    error = pose_error(Poses(xy, reference.visibility), Poses(reference.xy, visibility))
    assert error is not None
    assert error.p90 == 0
    assert np.isnan(error.ends)


def test_path_share_of_half_the_motion() -> None:
    reference = dancing()
    xy = reference.xy.copy()
    middle = xy[:, ENDS].mean(axis=0)
    xy[:, ENDS] = middle + 0.5 * (xy[:, ENDS] - middle)
    error = pose_error(Poses(xy, reference.visibility), reference)
    assert error is not None
    assert error.path == pytest.approx(0.5)


def test_frozen_and_pelvis_baselines() -> None:
    reference = dancing()
    photo, visibility = reference.xy[0], reference.visibility[0]
    frozen = pose_error(frozen_poses(photo, visibility, reference), reference)
    pelvis = pose_error(pelvis_poses(photo, visibility, reference), reference)
    assert frozen is not None
    assert pelvis is not None
    assert frozen.path == 0
    walked = np.arange(MOMENTS) * 4 / TORSO
    body = np.setdiff1d(JOINTS, ENDS)
    expected = np.concatenate([np.repeat(walked, len(body)), _ends(reference)])
    assert frozen.median == pytest.approx(np.median(expected))
    assert pelvis.median == pytest.approx(0, abs=1e-9)
    assert pelvis.ends > 0.3


def _ends(reference: Poses) -> Float:
    distance = np.linalg.norm(reference.xy[:, ENDS] - reference.xy[0, ENDS], axis=2) / TORSO
    return np.asarray(distance.ravel())


def test_pelvis_holds_where_the_dancer_is_away() -> None:
    reference = dancing()
    xy = reference.xy.copy()
    xy[10:15] = np.nan
    followed = pelvis_poses(xy[0], reference.visibility[0], Poses(xy, reference.visibility))
    assert np.isfinite(followed.xy).all()
    assert np.array_equal(followed.xy[12], followed.xy[9])


def test_alignment_takes_size_and_place_but_not_motion() -> None:
    reference = dancing()
    other = Poses(reference.xy * 1.7 + np.array([300, -20]), reference.visibility)
    error = pose_error(aligned(other, reference), reference)
    assert error is not None
    assert error.p90 == pytest.approx(0, abs=1e-9)
    still = frozen_poses(other.xy[0], other.visibility[0], reference)
    lazy = pose_error(aligned(still, reference), reference)
    assert lazy is not None
    assert lazy.ends > 0.3
