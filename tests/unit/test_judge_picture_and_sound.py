"""Figures of pixels and sound on pictures and sounds whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from components.judge.picture import flicker, psnr, sharpness, ssim
from components.judge.sound import SURE, offset_of

UInt8 = npt.NDArray[np.uint8]


def texture(seed: int = 1) -> UInt8:
    rng = np.random.default_rng(seed)
    rough = cv2.resize(rng.integers(0, 255, (20, 30, 3)).astype(np.uint8), (240, 160), interpolation=cv2.INTER_CUBIC)
    mixed = np.clip(rough.astype(int) // 2 + rng.integers(50, 110, (160, 240, 1)), 0, 255)
    return np.asarray(mixed, np.uint8)


def test_likeness_of_equal_and_shifted_levels() -> None:
    picture = np.clip(texture(), 0, 245).astype(np.uint8)
    assert ssim(picture, picture) == pytest.approx(1, abs=1e-4)
    assert psnr(picture, picture) == 100
    assert psnr(picture, picture + np.uint8(10)) == pytest.approx(20 * np.log10(255 / 10), abs=0.01)
    assert ssim(picture, texture(2)) < 0.5


def person() -> UInt8:
    matte = np.zeros((160, 240), np.uint8)
    cv2.ellipse(matte, (120, 80), (30, 60), 0, 0, 360, 255, -1)
    return matte


def test_flicker_counts_levels_beside_the_person() -> None:
    picture = np.clip(texture(), 0, 240).astype(np.uint8)
    beside, on = flicker(picture, picture, person())
    assert beside == 0
    assert on < 0.2
    beside, _ = flicker(picture, picture + np.uint8(7), person())
    assert beside == pytest.approx(7, abs=0.05)


def test_motion_of_the_person_is_no_flicker_but_a_change_of_light_is() -> None:
    smooth = cv2.GaussianBlur(texture(), (0, 0), 2.0)
    matrix = np.array([[1.0, 0.0, 3.0], [0.0, 1.0, -2.0]])
    shifted = np.asarray(cv2.warpAffine(smooth, matrix, (240, 160), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    plain = np.abs(smooth.astype(int) - shifted.astype(int)).mean()
    _, moving = flicker(smooth, shifted, person())
    _, blinking = flicker(smooth, np.clip(shifted.astype(int) + 12, 0, 255).astype(np.uint8), person())
    assert moving < 0.3 * plain
    assert blinking > 3 * moving


def test_blur_lowers_sharpness() -> None:
    picture = texture()
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8)
    assert sharpness(soft, person()) < 0.6 * sharpness(picture, person())


@pytest.mark.parametrize("late", [-0.12, 0.0, 0.08, 0.5])
def test_sound_offset_is_found(late: float) -> None:
    rate = 8000
    rng = np.random.default_rng(4)
    sound = rng.normal(0, 0.1, 6 * rate) * (1 + np.sin(np.arange(6 * rate) / 900))
    shift = round(late * rate)
    delayed = np.roll(sound, shift)
    if shift > 0:
        delayed[:shift] = 0
    found = offset_of((0.5 * delayed).astype(np.float32), sound.astype(np.float32), rate)
    assert found is not None
    assert found[0] == pytest.approx(late, abs=0.001)
    assert found[1] > 0.8


def test_other_sounds_and_silence_have_no_offset() -> None:
    rng = np.random.default_rng(9)
    a, b = (rng.normal(0, 0.1, 30000).astype(np.float32) for _ in range(2))
    found = offset_of(a, b, 8000)
    assert found is not None
    assert found[1] < SURE
    assert offset_of(a, np.zeros_like(a), 8000) is None
