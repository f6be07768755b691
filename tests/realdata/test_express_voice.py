"""Voices and instruments of real recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import butter, sosfiltfilt

from components.core import Sound, Uri
from components.express.voice import hear
from components.express.voice_features import RATE
from components.media import probe, read_sound

FPS = 30


def recordings(folder: Path, seconds: float, start: float = 0.0) -> list[npt.NDArray[np.float32]]:
    out = []
    for path in sorted(p for p in folder.iterdir() if p.suffix in {".ogg", ".wav", ".flac", ".mp3"}):
        info = probe(path).sound
        assert info is not None
        if info.duration < start + 2:
            continue
        length = min(seconds, info.duration - start)
        out.append(read_sound(Sound(Uri(str(path)), info.rate, info.channels, start, length), rate=RATE))
    return out


def envelope(samples: npt.NDArray[np.float32], frames: int) -> npt.NDArray[np.float64]:
    """Root mean square of the band of the voice about each frame of the video: not how the code measures it."""
    voice = sosfiltfilt(butter(4, [300, 3400], "bandpass", fs=RATE, output="sos"), samples)
    edges = (np.clip(np.arange(-1, frames + 1) / FPS, 0, None) * RATE).astype(int)
    return np.array([np.sqrt((voice[edges[i] : edges[i + 2]] ** 2).mean() + 1e-12) for i in range(frames)])


def test_mouth_follows_speech(data: Path) -> None:
    speech = recordings(data / "speech", 12)
    if not speech:
        pytest.skip("no speech")
    for samples in speech:
        voice = hear(samples)
        assert voice is not None
        frames = int(len(samples) / RATE * FPS)
        gap, _ = voice.at(frames, FPS)
        assert np.corrcoef(gap, envelope(samples, frames))[0, 1] > 0.8


def test_mouth_is_closed_while_a_speaker_pauses(data: Path) -> None:
    samples = recordings(data / "speech", 4)[0]
    silent = np.zeros(2 * RATE, np.float32)
    voice = hear(np.concatenate([samples, silent, samples]))
    assert voice is not None
    first = int(len(samples) / RATE * 100)
    assert voice.gap[first + 25 : first + 175].max() == 0.0


def test_instruments_are_no_voice(data: Path) -> None:
    music = recordings(data / "music", 12) + recordings(data / "music", 12, start=30)
    assert music
    open_share = []
    for samples in music:
        voice = hear(samples)
        open_share.append(0.0 if voice is None else float((voice.gap > 0.02).mean()))
    assert np.mean(open_share) < 0.05
    assert max(open_share) < 0.25
