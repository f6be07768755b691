"""A voice made by the test itself: a source of pulses through known formants, under a known loudness."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import lfilter

from components.express.voice import Voice, hear
from components.express.voice_features import RATE, voice_features

Float = npt.NDArray[np.float64]
VOWELS = {"a": (750.0, 1250.0), "i": (300.0, 2250.0), "u": (320.0, 800.0), "e": (500.0, 1800.0)}
FPS = 30


def loudness(seconds: float, rate: float) -> Float:
    """Syllables: four a second, of changing height."""
    t = np.arange(int(seconds * rate)) / rate
    heights = np.array([1.0, 0.5, 0.8, 0.35, 0.9, 0.6, 0.7, 0.45])
    return np.asarray(np.sin(np.pi * ((4 * t) % 1.0)) ** 1.5 * heights[(4 * t).astype(int) % len(heights)])


def speak(vowels: str, seconds: float, envelope: Float) -> npt.NDArray[np.float32]:
    """One vowel a quarter of a second, pitch gliding as a speaker's does."""
    t = np.arange(int(seconds * RATE)) / RATE
    pitch = 130 * 2 ** (0.25 * np.sin(2 * np.pi * 0.9 * t) + 0.12 * np.sin(2 * np.pi * 2.3 * t))
    phase = np.cumsum(pitch) / RATE
    source = np.diff(np.floor(phase), prepend=0.0)
    out = np.zeros(len(t))
    for vowel in set(vowels):
        voiced = lfilter([1.0], [1.0, -0.97], source)
        for formant, bandwidth in zip((*VOWELS[vowel], 2700.0, 3500.0), (80, 100, 140, 200), strict=True):
            r = np.exp(-np.pi * bandwidth / RATE)
            voiced = lfilter([1 - r], [1.0, -2 * r * np.cos(2 * np.pi * formant / RATE), r * r], voiced)
        spoken = np.array([v == vowel for v in vowels])[(4 * t).astype(int) % len(vowels)]
        out += voiced / np.sqrt((voiced**2).mean()) * spoken
    out *= envelope
    noise = np.random.default_rng(7).normal(0, 0.002, len(out))
    return np.asarray(0.2 * out / np.abs(out).max() + 0.02 * noise, np.float32)


def sampled(envelope: Float, rate: float) -> Float:
    at = (np.arange(int(len(envelope) / rate * FPS)) * rate / FPS).astype(int)
    return np.asarray(envelope[at])


def heard(samples: npt.NDArray[np.float32]) -> Voice:
    voice = hear(samples)
    assert voice is not None
    return voice


def test_mouth_follows_loudness_and_closes_in_silence() -> None:
    seconds = 6.0
    envelope = loudness(seconds, RATE)
    quiet = slice(int(2.5 * RATE), int(4.0 * RATE))
    envelope[quiet] = 0
    gap, _ = heard(speak("aeaeaaee", seconds, envelope)).at(int(seconds * FPS), FPS)
    assert np.corrcoef(gap, sampled(envelope, RATE))[0, 1] > 0.8
    assert gap[int(2.75 * FPS) : int(3.85 * FPS)].max() == 0.0
    assert gap.max() > 0.25


def test_formants_are_found() -> None:
    for vowel, (f1, f2) in VOWELS.items():
        features = voice_features(speak(vowel, 2.0, np.ones(2 * RATE)))
        found = np.nanmedian(features.formants[20:-20], axis=0)
        assert abs(found[0] - f1) < 90, vowel
        assert abs(found[1] - f2) < 160, vowel


def test_open_vowels_open_and_spread_vowels_spread() -> None:
    seconds = 8.0
    order = "aaiiuuaaiiuu"
    samples = speak(order, seconds, loudness(seconds, RATE))
    voice, level = heard(samples), voice_features(samples).level
    t = np.arange(len(voice.gap)) / 100
    middle = np.abs((4 * t) % 1.0 - 0.5) < 0.2
    spoken = np.array(list(order))[(4 * t).astype(int) % len(order)]
    gap = {v: voice.gap[middle & (spoken == v)].mean() for v in "aiu"}
    width = {v: voice.width[middle & (spoken == v)].mean() for v in "aiu"}
    loud = {v: level[middle & (spoken == v)].mean() for v in "aiu"}
    assert gap["a"] / loud["a"] > 1.25 * gap["i"] / loud["i"], "an open vowel opens more than its loudness says"
    assert width["i"] > 0.02
    assert width["u"] < -0.02


@pytest.mark.parametrize("kind", ["chords", "drums", "both", "silence", "noise"])
def test_music_noise_and_silence_have_no_voice(kind: str) -> None:
    seconds = 8.0
    t = np.arange(int(seconds * RATE)) / RATE
    rng = np.random.default_rng(3)
    chords, drums = np.zeros(len(t)), np.zeros(len(t))
    for beat, root in enumerate(np.tile([110.0, 146.8, 98.0, 130.8], 4)):
        on = (t >= beat * 0.5) & (t < (beat + 1) * 0.5)
        for ratio in (1.0, 1.26, 1.5, 2.0):
            chords += on * np.sin(2 * np.pi * root * ratio * t) * np.exp(-2 * (t - beat * 0.5))
    for stroke in np.arange(0, seconds, 0.25):
        decay = np.where(t >= stroke, np.exp(-np.maximum(t - stroke, 0) * 30), 0)
        drums += decay * (rng.normal(0, 0.4, len(t)) + np.sin(2 * np.pi * 60 * t))
    sound = {
        "chords": 0.1 * chords,
        "drums": 0.3 * drums,
        "both": 0.1 * chords + 0.3 * drums,
        "silence": np.zeros(len(t)),
        "noise": 0.1 * rng.normal(0, 1, len(t)),
    }[kind]
    assert hear(sound.astype(np.float32)) is None


def test_blocks_do_not_show() -> None:
    samples = speak("aeiu", 23.0, loudness(23.0, RATE))
    whole, part = voice_features(samples), voice_features(samples[: 12 * RATE])
    assert np.allclose(whole.level[:1150], part.level[:1150], rtol=1e-6)
    assert np.allclose(whole.pitch[:1150], part.pitch[:1150], rtol=1e-3)
