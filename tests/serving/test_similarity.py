"""A dance is found again by its movements: larger, mirrored, and by a few seconds of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from components.core import Dance, Dancer, PoseTrack, StageContext, TroupeError
from components.repertoire.choreographies import catalogue
from components.repertoire.stage import RepertoireSettings, run
from serving.orchestrator.analysis.embedding import WIDTH, embedding, from_bytes, likeness, to_bytes

_LEFT_AND_RIGHT = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, 33))]


def danced(source: str, folder: Path) -> PoseTrack:
    return run(source, settings=RepertoireSettings(), context=StageContext(folder)).dancers[0].pose


def vectors(pose: PoseTrack) -> np.ndarray:  # type: ignore[type-arg]
    frames = len(pose.present)
    dancer = Dancer(0, np.zeros((frames, 4), np.float32), None, pose, None)
    found = embedding(Dance(720, 1280, pose.fps, frames, None, None, (dancer,), None))
    assert found is not None
    return found


def part(pose: PoseTrack, share: float, seconds: float) -> PoseTrack:
    """Some seconds of a dance, beginning at a share of what there is before its last such part."""
    length = round(seconds * float(pose.fps))
    a = int(share * (len(pose.present) - length))
    b = a + length
    return PoseTrack(pose.xyz[a:b], None, pose.visibility[a:b], pose.present[a:b], None, pose.fps)


def seen_otherwise(pose: PoseTrack, seed: int) -> PoseTrack:
    """Mirrored, at 0.4 of the size, elsewhere in the frame, and with a landmark network's noise."""
    xyz = pose.xyz[:, _LEFT_AND_RIGHT] * np.float32(0.4)
    xyz[..., 0] = 400.0 - xyz[..., 0]
    tall = float(np.median(np.ptp(xyz[..., 1], axis=1)))
    noise = np.random.default_rng(seed).normal(0, 0.008 * tall, xyz.shape)
    return replace(pose, xyz=(xyz + noise).astype(np.float32))


def nearest(found: np.ndarray, known: Mapping[str, np.ndarray]) -> str:  # type: ignore[type-arg]
    return max(known, key=lambda name: likeness(found, known[name]))


@pytest.fixture(scope="module")
def poses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PoseTrack]:
    folder = tmp_path_factory.mktemp("poses")
    return {listing.name: danced(listing.name, folder) for listing in catalogue()}


@pytest.fixture(scope="module")
def known(poses: dict[str, PoseTrack]) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    return {name: vectors(pose) for name, pose in poses.items()}


def test_vectors_are_of_length_one_and_are_stored_whole(known: dict[str, np.ndarray]) -> None:  # type: ignore[type-arg]
    for found in known.values():
        assert found.dtype == np.float32 and found.shape[1] == WIDTH and len(found) > 20
        assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
        assert np.array_equal(from_bytes(to_bytes(found)), found)
    assert from_bytes(b"\0" * 4 * (WIDTH + 1)).shape == (0, WIDTH), "of another version"


def test_a_dance_is_like_itself_however_it_is_seen(
    poses: dict[str, PoseTrack],
    known: dict[str, np.ndarray],  # type: ignore[type-arg]
) -> None:
    for seed, (name, pose) in enumerate(poses.items()):
        assert likeness(known[name], known[name]) == pytest.approx(1.0, abs=1e-5)
        assert nearest(vectors(seen_otherwise(pose, seed)), known) == name


@pytest.mark.parametrize("seconds", [3.0, 5.0])
def test_a_few_seconds_find_their_dance(
    poses: dict[str, PoseTrack],
    known: dict[str, np.ndarray],  # type: ignore[type-arg]
    seconds: float,
) -> None:
    for seed, (name, pose) in enumerate(poses.items()):
        for share in (0.0, 0.13, 0.37, 0.61, 0.83, 1.0):
            assert nearest(vectors(part(pose, share, seconds)), known) == name
            assert nearest(vectors(seen_otherwise(part(pose, share, seconds), seed)), known) == name


def test_a_part_is_like_the_whole_and_the_whole_like_the_part(
    poses: dict[str, PoseTrack],
    known: dict[str, np.ndarray],  # type: ignore[type-arg]
) -> None:
    some = vectors(part(poses["salsa"], 0.4, 5.0))
    assert likeness(some, known["salsa"]) == pytest.approx(likeness(known["salsa"], some))
    assert likeness(some, known["salsa"]) > likeness(some, known["disco"]) + 0.1


def test_who_stands_still_for_a_moment_has_no_dance(poses: dict[str, PoseTrack]) -> None:
    short = part(poses["disco"], 0.0, 0.3)
    dancer = Dancer(0, np.zeros((9, 4), np.float32), None, short, None)
    assert embedding(Dance(720, 1280, short.fps, 9, None, None, (dancer,), None)) is None
    assert embedding(Dance(720, 1280, short.fps, 9, None, None, (), None)) is None


def test_motion_captured_dances_are_told_apart_by_five_seconds(
    data: Path,
    known: dict[str, np.ndarray],  # type: ignore[type-arg]
    tmp_path: Path,
) -> None:
    """Also salsas among salsas, danced by the same two people."""
    captured = {}
    for file in sorted((data / "mocap").glob("*.bvh")):
        try:
            captured[file.stem] = danced(str(file), tmp_path)
        except TroupeError:
            continue
    assert len(captured) >= 15
    among = known | {name: vectors(pose) for name, pose in captured.items()}
    wrong = [
        (name, share)
        for name, pose in captured.items()
        if len(pose.present) / float(pose.fps) > 6.5
        for share in (0.0, 0.37, 0.83)
        if nearest(vectors(seen_otherwise(part(pose, share, 5.0), 1)), among) != name
    ]
    assert not wrong
