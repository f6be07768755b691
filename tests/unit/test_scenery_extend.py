"""What a picture becomes beyond its edges: skies, walls and floors of known colours and patterns."""

from __future__ import annotations

import numpy as np
import pytest

from components.core import UInt8
from components.scenery.extend import extend


def bricks(height: int, width: int) -> UInt8:
    y, x = np.mgrid[:height, :width]
    joint = (y % 16 < 2) | ((x + 14 * (y // 16 % 2)) % 28 < 2)
    return np.where(joint[..., None], (190, 180, 170), (150, 70, 50)).astype(np.uint8)


@pytest.mark.parametrize("added", [(0, 0, 0, 0), (40, 0, 0, 0), (0, 30, 0, 0), (0, 0, 25, 5), (7, 9, 11, 13)])
def test_the_picture_itself_is_kept(added: tuple[int, int, int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    above, below, left, right = added
    out = extend(picture, *added)
    assert out.shape == (60 + above + below, 80 + left + right, 3)
    assert (out[above : above + 60, left : left + 80] == picture).all()


def test_a_sky_that_darkens_upwards_does_not_brighten_again() -> None:
    ramp = np.linspace(90, 220, 300)[:, None, None] + np.zeros((1, 200, 3))
    out = extend(ramp.astype(np.uint8), 400, 0, 0, 0).astype(int)
    assert (out[:400] < 90 + 5).all()  # the mirrored sky would come to 220
    assert (out[:400] > 60).all()
    assert np.abs(np.diff(out[..., 0].mean(axis=1))).max() < 3, "no edge"


def test_bricks_go_on() -> None:
    wall = bricks(480, 320)
    out = extend(wall, 200, 0, 0, 0)
    assert out[:200].astype(float).std() > 0.85 * wall.astype(float).std()
    assert np.abs(out[:200].astype(float).mean(axis=(0, 1)) - wall.mean(axis=(0, 1))).max() < 12


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_what_lies_farther_in_is_not_seen_twice(turned: int) -> None:
    """A red floor below a blue wall: on the wall's side nothing red comes."""
    picture = np.full((300, 300, 3), (60, 90, 200), np.uint8)
    picture[150:] = (200, 40, 30)
    sides = {0: (500, 0, 0, 0), 1: (0, 0, 500, 0), 2: (0, 500, 0, 0), 3: (0, 0, 0, 500)}[turned]
    out = extend(np.ascontiguousarray(np.rot90(picture, turned)), *sides).astype(int)
    new = np.rot90(out, -turned)[:500]
    assert (new[..., 2] - new[..., 0]).min() > 80


def test_the_same_every_time() -> None:
    picture = bricks(100, 100)
    assert (extend(picture, 150, 20, 30, 40) == extend(picture, 150, 20, 30, 40)).all()
