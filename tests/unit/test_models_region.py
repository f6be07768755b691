"""The way into a region and back must be the same way, or every landmark is off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.models.region import Region, region_between


@settings(max_examples=30, deadline=None)
@given(
    x=st.floats(60, 140), y=st.floats(50, 110), size=st.floats(40, 160), angle=st.floats(-3.1, 3.1),
    u=st.floats(0.3, 0.7), v=st.floats(0.3, 0.7),
)  # fmt: skip
def test_a_blob_seen_in_the_crop_projects_back_to_where_it_is(
    x: float, y: float, size: float, angle: float, u: float, v: float
) -> None:
    region = Region(x, y, size, angle)
    px, py = (float(c) for c in region.project(np.array([[u, v, 0.0]], np.float32))[0, :2])
    grid_y, grid_x = np.mgrid[0:160, 0:200]
    blob = np.exp(-((grid_x - px) ** 2 + (grid_y - py) ** 2) / (2 * 4.0**2)) * 255
    crop = region.crop(blob.astype(np.uint8)[:, :, None].repeat(3, 2), 256)[:, :, 0].astype(np.float64)
    weight = np.where(crop > 60, crop, 0)
    rows, columns = np.mgrid[0:256, 0:256]
    found_u = ((columns + 0.5) * weight).sum() / weight.sum() / 256
    found_v = ((rows + 0.5) * weight).sum() / weight.sum() / 256
    assert abs(found_u - u) * size < 0.35
    assert abs(found_v - v) * size < 0.35


def test_a_large_region_is_reduced_before_it_is_cropped() -> None:
    stripes = np.zeros((2000, 2000, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = Region(1000.0, 1000.0, 1536.0, 0.0).crop(stripes, 256)
    assert abs(float(crop[60:200, 60:200].mean()) - 127.5) < 3.0
    assert float(crop[60:200, 60:200].std()) < 12.0


def test_pasting_undoes_cropping() -> None:
    picture = np.zeros((120, 160), np.uint8)
    picture[40:80, 60:100] = 255
    region = Region(80.0, 60.0, 90.0, 0.4)
    pasted = region.paste(region.crop(picture[:, :, None].repeat(3, 2), 256)[:, :, 0], 120, 160)
    assert float(np.abs(pasted.astype(int) - picture).mean()) < 4.0
    half = region.paste(region.crop(picture[:, :, None].repeat(3, 2), 256)[:, :, 0], 60, 80, 0.5)
    assert half[30, 40] == 255 and half[10, 10] == 0


@pytest.mark.parametrize(("dx", "dy", "angle"), [(0, -50, 0.0), (50, 0, math.pi / 2), (0, 50, math.pi)])
def test_a_region_points_where_its_reach_lies(dx: int, dy: int, angle: float) -> None:
    region = region_between(np.array([10.0, 20.0]), np.array([10.0 + dx, 20.0 + dy]), 1.25)
    assert region.size == pytest.approx(125.0)
    assert abs(math.remainder(region.angle - angle, 2 * math.pi)) < 1e-6
    top = region.project(np.array([[0.5, 0.1, 0.0]], np.float32))[0, :2]
    assert np.allclose(top, [10.0 + dx, 20.0 + dy], atol=1e-3)
