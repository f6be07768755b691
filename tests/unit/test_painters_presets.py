"""The painted places: pure in time, in motion, on the beat, of any size; and the rhythm they move by."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.compose.painters import painter
from components.compose.painters.rhythm import pulse, rhythm_of

NAMES = ("nightclub", "sunset", "rooftop", "disco", "forest")
FPS = Fraction(30)
SIZE = (180, 320)


@pytest.fixture(scope="module")
def states() -> dict[tuple[str, str], Any]:
    """Every painter, prepared at 120 beats a minute for a small frame."""
    return {
        (name, plane): painter(name).prepare(*SIZE, {"tempo": 120.0, "plane": plane}, 3, FPS, 300)
        for name in NAMES
        for plane in ("back", "front")
    }


def _frame(name: str, state: Any, t_index: int, fill: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    frame = np.full((size[1], size[0], 3), fill, np.uint8)
    painter(name).paint(state, frame, t_index)
    return frame


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_is_the_same_whatever_was_painted_before(name: str, states: dict[tuple[str, str], Any]) -> None:
    state = states[name, "back"]
    wanted = _frame(name, state, 41)
    for t in (250, 0, 42):
        _frame(name, state, t)
    np.testing.assert_array_equal(_frame(name, state, 41, fill=255), wanted)
    fresh = painter(name).prepare(*SIZE, {"tempo": 120.0, "plane": "back"}, 3, FPS, 300)
    np.testing.assert_array_equal(_frame(name, fresh, 41), wanted)


@pytest.mark.parametrize("name", NAMES)
def test_it_moves_and_is_neither_dark_nor_flat(name: str, states: dict[tuple[str, str], Any]) -> None:
    a, b = (_frame(name, states[name, "back"], t).astype(int) for t in (7, 52))
    assert np.abs(a - b).mean() > 0.3
    assert 25 < a.mean() < 200 and a.std() > 25
    assert (a == 255).all(axis=2).mean() < 0.06, "burnt out"


@pytest.mark.parametrize("name", ["nightclub", "disco", "forest", "rooftop"])
def test_it_is_brighter_on_the_beat(name: str, states: dict[tuple[str, str], Any]) -> None:
    beat = np.mean([_frame(name, states[name, "back"], 15 * i + 1).mean() for i in range(1, 9)])
    before = np.mean([_frame(name, states[name, "back"], 15 * i - 2).mean() for i in range(1, 9)])
    assert beat > before


@pytest.mark.parametrize("name", NAMES)
def test_front_adds_to_what_is_there_and_leaves_the_dancers_visible(
    name: str, states: dict[tuple[str, str], Any]
) -> None:
    frame = _frame(name, states[name, "front"], 12, fill=120)
    h, w = frame.shape[:2]
    middle = frame[int(0.2 * h) : int(0.8 * h), int(0.3 * w) : int(0.7 * w)].astype(int)
    assert (np.abs(middle - 120).max(axis=2) > 40).mean() < 0.05


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(250, 122), (130, 130), (288, 512)])
def test_other_sizes(name: str, size: tuple[int, int]) -> None:
    for plane in ("back", "front"):
        state = painter(name).prepare(*size, {"beats": [0.2, 0.9, 1.4], "plane": plane}, 0, Fraction(25), 50)
        frame = _frame(name, state, 30, fill=128, size=size)
        if plane == "back":
            # Every pixel is painted: nothing depends on what lay beneath.
            np.testing.assert_array_equal(frame, _frame(name, state, 30, fill=3, size=size))


def test_seed_changes_the_place() -> None:
    a, b = (_frame("forest", painter("forest").prepare(*SIZE, {}, seed, FPS, 10), 0) for seed in (0, 1))
    assert np.abs(a.astype(int) - b).mean() > 1


def test_rhythm_follows_uneven_beats_and_goes_on_at_the_tempo(tmp_path: Path) -> None:
    beats = np.array([1.0, 1.5, 2.5], np.float32)
    np.save(tmp_path / "beats.npy", beats)
    for given in (beats.tolist(), str(tmp_path / "beats.npy")):
        rhythm = rhythm_of({"beats": given, "downbeats": [1.5], "tempo": 120.0}, FPS)
        seconds = (0.5, 1.0, 1.25, 2.0, 2.5, 3.5)
        assert [rhythm.count(s) for s in seconds] == pytest.approx([-2, -1, -0.5, 0.5, 1, 3])
    assert rhythm_of({}, FPS).count(60 / 110) == pytest.approx(1)
    assert pulse(4.0) == 1 and pulse(4.99) < 0.06
