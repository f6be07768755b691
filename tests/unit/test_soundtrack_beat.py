"""The band plays on the beats that it is given, at the loudness that it promises."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from components.core import BeatGrid, Dance, StageContext, TroupeError
from components.soundtrack.beat import Grid, render
from components.soundtrack.master import loudness
from components.soundtrack.stage import SoundtrackSettings, run
from components.soundtrack.styles import STYLES

RATE = 22050


def _low_energy(sound: np.ndarray) -> np.ndarray:
    """Energy of what lies below 150 Hz in each millisecond: the drum that is felt."""
    low = sosfiltfilt(butter(4, 150, "lowpass", fs=RATE, output="sos"), sound.mean(axis=1))
    step = RATE // 1000
    return np.square(low[: len(low) // step * step]).reshape(-1, step).mean(axis=1)


def test_kick_falls_on_beats_that_are_not_even() -> None:
    beats = np.cumsum([0.4, 0.5, 0.62, 0.48, 0.55, 0.5, 0.7, 0.45, 0.5, 0.5], dtype=np.float32)
    sound = render("house", 120, beats, beats[::4], 6.0, RATE)
    energy = _low_energy(sound)
    rises = np.array([energy[int(1000 * b) + 5 : int(1000 * b) + 45].mean() for b in beats])
    before = np.array([energy[int(1000 * b) - 45 : int(1000 * b) - 5].mean() for b in beats])
    assert (rises > 3 * before).all()


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_is_loud_enough_unclipped_and_ends_in_silence(style: str) -> None:
    beats = np.arange(0, 8, 0.5, dtype=np.float32)
    sound = render(style, 120, beats, beats[::4], 8.0, RATE)
    assert sound.shape == (8 * RATE, 2) and sound.dtype == np.float32
    assert np.abs(sound).max() < 0.98
    assert loudness(sound[: 6 * RATE], RATE) == pytest.approx(-14, abs=1.0)
    assert np.abs(sound[:1]).max() < 1e-3 and np.abs(sound[-10:]).max() < 1e-3
    assert np.abs(sound[:, 0] - sound[:, 1]).max() > 0.01, "stereo"


def test_same_seed_same_sound() -> None:
    a, b, c = (render("funk", 104, (0.0, 0.577), (), 2.0, RATE, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 1e-4


def test_grid_continues_the_beats_and_counts_bars() -> None:
    grid = Grid(120.0, np.array([1.0, 1.5, 2.0, 2.5, 3.0]), np.array([1.5]), 5.0)
    np.testing.assert_allclose(grid.times[:9], [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4])
    assert grid.times[-1] >= 5.0
    np.testing.assert_array_equal(grid.place[:9], [1, 2, 3, 0, 1, 2, 3, 0, 1])
    assert grid.at(3, 2) == pytest.approx(1.75)


def test_loudness_of_known_tones() -> None:
    """ITU-R BS.1770-4: a full-scale 997 Hz sine in one channel reads -3.01 LUFS."""
    t = np.arange(5 * 48000) / 48000
    tone = np.stack([np.sin(2 * np.pi * 997 * t), 0 * t], axis=1).astype(np.float32)
    assert loudness(tone, 48000) == pytest.approx(-3.01, abs=0.05)
    assert loudness(0.1 * tone[:, [0, 0]], 48000) == pytest.approx(-20.0, abs=0.05)
    assert loudness(0 * tone, 48000) == float("-inf")


def _dance(beats: BeatGrid | None) -> Dance:
    return Dance(640, 360, Fraction(25), 50, None, None, (), beats)


def test_stage_writes_sound_of_the_dances_length(tmp_path: Path) -> None:
    beats = np.arange(0, 2, 0.6, dtype=np.float32)
    grid = BeatGrid(beats, beats[:1], 100.0, 1.0)
    out = run(_dance(grid), settings=SoundtrackSettings(rate=RATE), context=StageContext(tmp_path))
    assert out.sound is not None and out.sound.duration == pytest.approx(2.0, abs=1e-3)
    assert Path(out.sound.uri).parent == tmp_path and out.sound.channels == 2
    again = run(out, settings=SoundtrackSettings(), context=StageContext(tmp_path / "never"))
    assert again is out


def test_stage_without_beats_says_so(tmp_path: Path) -> None:
    out = run(_dance(None), settings=SoundtrackSettings(), context=StageContext(tmp_path))
    assert out.sound is None and [n.code for n in out.notices] == ["no_sound"]


def test_unknown_style(tmp_path: Path) -> None:
    with pytest.raises(TroupeError, match="polka"):
        run(_dance(None), settings=SoundtrackSettings(style="polka"), context=StageContext(tmp_path))
    with pytest.raises(TroupeError, match="polka"):
        render("polka", 120, (), (), 1.0)
