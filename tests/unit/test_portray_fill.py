"""Completion of what is hidden: smooth tones, patterns, and colours of soft edges."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from components.portray.complete import Look, patch_fill
from components.portray.foreground import estimate_foreground, guided_filter
from components.portray.smooth import level_fill, smooth_fill


def test_smooth_fill_keeps_what_is_known_and_continues_a_ramp() -> None:
    x = np.mgrid[:60, :80].astype(np.float32)[1]
    ramp = np.repeat((x / 80)[..., None], 3, axis=2)
    known = np.ones((60, 80), bool)
    known[20:40, 30:50] = False
    out = smooth_fill(np.where(known[..., None], ramp, 0), known)
    assert np.array_equal(out[known], ramp[known])
    assert np.abs(out - ramp).max() < 0.08


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 3))
def test_smooth_fill_of_any_shape_stays_within_what_is_known(height: int, width: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    image = generator.uniform(0.2, 0.7, (height, width, 3)).astype(np.float32)
    known = generator.uniform(size=(height, width)) > 0.7
    out = smooth_fill(image * known[..., None], known)
    assert out.shape == image.shape and np.isfinite(out).all()
    if known.any():
        assert out.min() >= image[known].min() - 1e-3 and out.max() <= image[known].max() + 1e-3


def test_level_fill_carries_a_horizon_across() -> None:
    sky = np.full((80, 120, 3), 0.9, np.float32)
    sky[45:] = 0.2
    known = np.ones((80, 120), bool)
    known[10:75, 50:70] = False
    out = level_fill(np.where(known[..., None], sky, 0), known, 0.6)
    assert np.abs(out[15:40, 55:65] - 0.9).max() < 0.1
    assert np.abs(out[50:70, 55:65] - 0.2).max() < 0.1


def test_stripes_go_on_behind_a_hole() -> None:
    y, x = np.mgrid[:120, :160]
    stripes = np.where(((y // 6) % 2 == 0)[..., None], [200, 40, 40], [240, 240, 240]).astype(np.uint8)
    hole = (np.hypot(x - 80, y - 60) < 24) | (x > 150)
    broken = stripes.copy()
    broken[hole] = (10, 200, 10)
    out = patch_fill(broken, hole, ~hole, Look())
    assert np.array_equal(out[~hole], broken[~hole])
    assert (np.abs(out.astype(int) - stripes).max(axis=-1)[hole] < 40).mean() > 0.95
    assert np.array_equal(out, patch_fill(broken, hole, ~hole, Look()))


def test_a_large_picture_keeps_its_grain_in_the_filled_place() -> None:
    generator = np.random.default_rng(5)
    grain = np.clip(128 + generator.normal(0, 14, (500, 700, 3)), 0, 255).astype(np.uint8)
    hole = np.zeros((500, 700), bool)
    hole[180:320, 250:430] = True
    out = patch_fill(grain, hole, ~hole, Look(down=1.0, across=0.2))
    assert 0.6 < out[hole].astype(float).std() / 14 < 1.4
    assert abs(out[hole].astype(float).mean() - 128) < 4


def test_nothing_to_copy_leaves_the_picture_alone() -> None:
    picture = np.full((20, 20, 3), 7, np.uint8)
    everywhere = np.ones((20, 20), bool)
    assert np.array_equal(patch_fill(picture, everywhere, ~everywhere, Look()), picture)
    assert np.array_equal(patch_fill(picture, ~everywhere, everywhere, Look()), picture)


def test_the_guided_filter_follows_the_edge_of_the_guide() -> None:
    guide = np.zeros((60, 60, 3), np.float32)
    guide[:, 33:] = 0.8
    rough = np.zeros((60, 60), np.float32)
    rough[:, 30:] = 1.0
    out = guided_filter(guide, rough, 6, 1e-4)
    assert out[30, 20] < 0.1 and out[30, 39] > 0.9
    assert out[30, 33] - out[30, 32] > 0.4 > 3 * (out[30, 30] - out[30, 29])


def test_half_transparent_pixels_get_back_their_own_colour() -> None:
    x = np.mgrid[:80, :120].astype(np.float32)[1]
    alpha = np.clip((70 - x) / 12 + 0.5, 0, 1)
    front, back = np.array([180.0, 60.0, 40.0]), np.array([20.0, 90.0, 200.0])
    mixed = np.round(front * alpha[..., None] + back * (1 - alpha[..., None])).astype(np.uint8)
    out = estimate_foreground(mixed, alpha.astype(np.float32)).astype(float)
    soft = (alpha > 0.2) & (alpha < 0.98)
    assert np.abs(mixed - front).max(axis=-1)[soft].mean() > 40
    assert np.abs(out - front).max(axis=-1)[soft].mean() < 8


def test_a_picture_that_is_half_transparent_on_average_has_a_foreground() -> None:
    """At the coarsest level, one pixel, front and back are two unknowns of one equation."""
    alpha = np.zeros((16, 16), np.float32)
    alpha[:8] = 1.0
    picture = np.full((16, 16, 3), (180, 60, 40), np.uint8)
    assert np.abs(estimate_foreground(picture, alpha)[:8].astype(float) - picture[:8]).max() <= 1
