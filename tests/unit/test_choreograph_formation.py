"""How wide a group dances and who is in front."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from components.choreograph.formation import TIGHTEST, WIDEST, depths, spread
from components.choreograph.place import Fit
from components.choreograph.retarget import Driver, driver_of
from components.choreograph.smooth import clean
from tests.dance_samples import built_in


def _at(x: float) -> Driver:
    _, pose = built_in("salsa", 2.0)
    xyz = pose.xyz.copy()
    xyz[..., 0] += x
    return driver_of(clean(replace(pose, xyz=xyz), Fraction(30), len(xyz)))


def _fit(driver: Driver, size: float = 1.0) -> Fit:
    bones = driver.bones * 300 * size
    return Fit(None, False, 0.5, bones, np.ones(len(driver.scale)))


@pytest.mark.parametrize(("between", "factor"), [(200.0, 1.0), (160.0, 0.8), (40.0, TIGHTEST), (400.0, WIDEST)])
def test_paths_shrink_as_the_places_in_the_photo_do(between: float, factor: float) -> None:
    drivers = [_at(0), _at(400)]  # 200 px of the photo apart at a ratio of 0.5
    assert spread(drivers, [_fit(d) for d in drivers], [100, 100 + between]) == pytest.approx(factor, rel=0.02)


def test_one_performer_and_a_shared_dancer_keep_their_paths() -> None:
    driver = _at(0)
    assert spread([driver], [_fit(driver)], [100]) == 1.0
    assert spread([driver, driver], [_fit(driver)] * 2, [100, 500]) == 1.0


def test_lower_and_larger_is_nearer() -> None:
    driver = _at(0)
    level = np.full(len(driver.scale), 900.0)
    same, lower = depths([level, level + 10], [_fit(driver)] * 2)
    assert (lower < same).all()
    small, large = depths([level, level], [_fit(driver, 0.7), _fit(driver, 1.0)])
    assert (large < small).all()
