"""The beat, on sounds whose beats are known."""

from __future__ import annotations

import numpy as np
import pytest

from components.core import Float32
from components.perceive.beats import RATE, beat_grid
from components.soundtrack.beat import render


def _band(tempo: float, first: float, seconds: float = 14.0, noise: float = 0.01) -> tuple[Float32, Float32]:
    random = np.random.default_rng(3)
    samples = random.normal(0, noise, int(seconds * RATE))
    times = np.arange(first, seconds - 0.2, 60.0 / tempo)
    n = np.arange(RATE // 8)
    for k, second in enumerate(times):
        at = int(second * RATE)
        low = k % 4 == 0
        hit = np.exp(-n / (RATE * 0.02)) * np.sin(2 * np.pi * (55 if low else 180) * n / RATE) * (1.0 if low else 0.5)
        hat = np.exp(-n / (RATE * 0.005)) * random.normal(0, 0.2, len(n))
        for start, sound in ((at, hit + hat), (at + int(30.0 / tempo * RATE), hat * 0.4)):
            part = samples[start : start + len(n)]
            part += sound[: len(part)]
    return samples.astype(np.float32), times.astype(np.float32)


@pytest.mark.parametrize("tempo", [70.0, 84.0, 87.0, 100.0, 120.0, 128.0, 150.0, 174.0, 200.0])
def test_beats_lie_where_they_were_struck(tempo: float) -> None:
    samples, times = _band(tempo, first=0.41)
    grid = beat_grid(samples)
    assert grid is not None
    assert grid.tempo == pytest.approx(tempo, rel=0.01)
    off = np.abs(grid.beats[:, None] - times[None]).min(axis=1)
    assert float(np.median(off)) < 0.012
    assert float((off < 0.04).mean()) > 0.9
    assert len(grid.beats) > 0.85 * len(times)
    assert grid.confidence > 0.6
    which = np.abs(grid.downbeats[:, None] - times[None]).argmin(axis=1)
    assert float((which % 4 == 0).mean()) > 0.9


def test_a_stronger_noise_lowers_the_confidence() -> None:
    clear, noisy = beat_grid(_band(110.0, 0.2)[0]), beat_grid(_band(110.0, 0.2, noise=0.4)[0])
    assert clear is not None
    assert noisy is None or noisy.confidence < 0.8 * clear.confidence


def test_silence_and_hum_have_no_beat() -> None:
    assert beat_grid(np.zeros(RATE * 8, np.float32)) is None
    assert beat_grid((1e-5 * np.sin(np.arange(RATE * 8) * 0.05)).astype(np.float32)) is None
    assert beat_grid(np.zeros(RATE // 2, np.float32)) is None


@pytest.mark.parametrize(
    ("style", "tempo"), [("salsa", 174.0), ("synthwave", 150.0), ("hiphop", 85.0), ("house", 124.0)]
)
def test_syncopation_and_backbeats_do_not_change_the_tempo(style: str, tempo: float) -> None:
    samples = render(style, tempo, [0.2], [], 14.0, rate=RATE).mean(axis=1).astype(np.float32)
    grid = beat_grid(samples)
    assert grid is not None
    assert grid.tempo == pytest.approx(tempo, rel=0.02)
