"""Contact shadows darken softly beneath the feet and nowhere else."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from components.compose.painters import painter
from components.compose.painters.contact_shadow import touched
from components.core import TroupeError


def _paint(folder: Path, feet: list[list[float]], t_index: int = 0, slope: float = 0.0) -> np.ndarray:
    np.save(folder / "feet.npy", np.array([[(*f, slope) for f in feet]] * 2, np.float32))
    shadow = painter("contact_shadow")
    state = shadow.prepare(160, 120, {"feet": str(folder / "feet.npy")}, 0, Fraction(30), 2)
    frame = np.full((120, 160, 3), 200, np.uint8)
    shadow.paint(state, frame, t_index)
    return frame


def test_shadow_stays_inside_its_ellipse_and_is_darkest_in_the_middle(tmp_path: Path) -> None:
    frame = _paint(tmp_path, [[60.0, 70.0, 30.0, 12.0, 0.6]])
    y, x = np.mgrid[0:120, 0:160]
    distance = ((x - 60) / 30) ** 2 + ((y - 70) / 12) ** 2
    assert (frame[distance > 1] == 200).all()
    assert abs(int(frame[70, 60, 0]) - 200 * 0.4) <= 2
    row = frame[70, 60:91, 0].astype(int)
    assert (np.diff(row) >= 0).all() and np.diff(row).max() <= 12, "soft: no step that the eye reads as an edge"


@pytest.mark.parametrize("slope", [-0.4, 0.3])
def test_shadow_on_a_slope_lies_along_it(tmp_path: Path, slope: float) -> None:
    frame = _paint(tmp_path, [[80.0, 60.0, 30.0, 10.0, 0.6]], slope=slope)
    y, x = np.mgrid[0:120, 0:160]
    distance = ((x - 80) / 30) ** 2 + ((y - 60 - slope * (x - 80)) / 10) ** 2
    assert (frame[distance > 1] == 200).all() and (frame[distance < 0.8] < 200).all()
    shadow = painter("contact_shadow")
    state = shadow.prepare(160, 120, {"feet": str(tmp_path / "feet.npy")}, 0, Fraction(30), 2)
    x0, y0, x1, y1 = touched(state, 0)
    changed = np.argwhere((frame != 200).any(axis=2))
    assert y0 <= changed[:, 0].min() and changed[:, 0].max() < y1
    assert x0 <= changed[:, 1].min() and changed[:, 1].max() < x1


def test_shadow_that_is_off_frame_missing_or_without_strength(tmp_path: Path) -> None:
    nan = float("nan")
    assert (_paint(tmp_path, [[nan, 70, 30, 12, 0.6], [60, 70, 30, 12, 0], [60, 70, 0, 12, 1]]) == 200).all()
    assert (_paint(tmp_path, [[-10, 119, 30, 12, 0.6]], 5)[119, 0] < 200).all()


def test_feet_that_are_no_such_array(tmp_path: Path) -> None:
    np.save(tmp_path / "feet.npy", np.zeros((2, 5), np.float32))
    for path in (tmp_path / "feet.npy", tmp_path / "none.npy"):
        with pytest.raises(TroupeError, match="contact shadow"):
            painter("contact_shadow").prepare(64, 64, {"feet": str(path)}, 0, Fraction(30), 2)
