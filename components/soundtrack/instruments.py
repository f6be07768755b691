"""Synthesised one-shots: every sound of the band, as a function of its pitch and length."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from components.core import Float32


def _time(seconds: float, rate: int) -> Float32:
    return np.arange(max(1, int(seconds * rate)), dtype=np.float32) / np.float32(rate)


def _declick(sound: Float32, rate: int, attack: float = 0.001, release: float = 0.005) -> Float32:
    """Ramps at both ends, so that no one-shot starts or ends with a click."""
    a, r = max(1, int(attack * rate)), max(1, int(release * rate))
    out = sound.astype(np.float32)
    out[:a] *= np.linspace(0, 1, len(out[:a]), dtype=np.float32)
    out[-r:] *= np.linspace(1, 0, len(out[-r:]), dtype=np.float32)
    return out


def _filter(sound: Float32, kind: str, hertz: float | tuple[float, float], rate: int, order: int = 2) -> Float32:
    return np.asarray(sosfilt(butter(order, hertz, kind, fs=rate, output="sos"), sound), dtype=np.float32)


def _noise(seconds: float, rate: int, seed: int) -> Float32:
    return np.random.default_rng(seed).standard_normal(max(1, int(seconds * rate)), dtype=np.float32)


def hertz(note: float) -> float:
    """Frequency of a MIDI note number."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def kick(rate: int, *, low: float = 47.0, punch: float = 150.0, decay: float = 0.24) -> Float32:
    """A drum whose pitch falls from `punch` + `low` to `low` hertz."""
    t = _time(0.5, rate)
    phase = 2 * np.pi * (low * t + punch * 0.035 * (1 - np.exp(-t / 0.035)))
    body = np.tanh(1.6 * np.sin(phase) * np.exp(-t / decay))
    click = _filter(_noise(0.5, rate, 1), "bandpass", (1500, 5000), rate) * np.exp(-t / 0.004) * 0.25
    return _declick(0.95 * body + click, rate, 0.0005, 0.03)


def snare(rate: int, *, tone: float = 188.0, decay: float = 0.11) -> Float32:
    """Two drum-head tones under wires of noise."""
    t = _time(0.4, rate)
    head = (np.sin(2 * np.pi * tone * t) + 0.6 * np.sin(2 * np.pi * tone * 1.51 * t)) * np.exp(-t / 0.06)
    wires = _filter(_noise(0.4, rate, 2), "bandpass", (1400, 9500), rate) * np.exp(-t / decay)
    return _declick(0.42 * head + 0.85 * wires, rate, 0.0005, 0.03)


def clap(rate: int) -> Float32:
    """Four hands a few milliseconds apart, and their room."""
    t = _time(0.42, rate)
    envelope = sum(np.exp(-np.maximum(t - d, 0) / 0.006) * (t >= d) for d in (0.0, 0.011, 0.021))
    envelope = 0.8 * envelope + np.exp(-np.maximum(t - 0.030, 0) / 0.085) * (t >= 0.030)
    return _declick(_filter(_noise(0.42, rate, 3), "bandpass", (850, 3800), rate) * envelope * 0.8, rate, 0.001, 0.03)


def hat(rate: int, *, decay: float) -> Float32:
    """Inharmonic squares and noise through a high-pass; short for a closed hat, long for an open one."""
    seconds = min(0.5, 6 * decay)
    t = _time(seconds, rate)
    metal = sum(np.sign(np.sin(2 * np.pi * f * t + f)) for f in (3170.0, 4261.0, 5433.0, 6311.0, 7219.0))
    raw = np.asarray(0.16 * metal, dtype=np.float32) + 0.7 * _noise(seconds, rate, 4)
    return _declick(_filter(raw, "highpass", 7200, rate, 4) * np.exp(-t / decay) * 0.6, rate, 0.0005, 0.01)


def shaker(rate: int) -> Float32:
    """Seeds that swell and stop."""
    t = _time(0.11, rate)
    return _declick(
        _filter(_noise(0.11, rate, 5), "bandpass", (5200, 11000), rate) * np.exp(-(((t - 0.03) / 0.026) ** 2)), rate
    )


def conga(rate: int, *, note: float, slap: bool = False) -> Float32:
    """A hand drum: an open tone, or a slap."""
    t = _time(0.3, rate)
    f = hertz(note)
    tone = np.sin(2 * np.pi * (f * t + 0.02 * f * 0.2 * (1 - np.exp(-t / 0.02)))) * np.exp(
        -t / (0.05 if slap else 0.12)
    )
    skin = _filter(_noise(0.3, rate, 6), "bandpass", (900, 4200), rate) * np.exp(-t / (0.018 if slap else 0.006))
    return _declick((0.45 if slap else 0.9) * tone + (0.9 if slap else 0.3) * skin, rate, 0.0005, 0.03)


def cowbell(rate: int) -> Float32:
    """Two detuned squares through a band-pass."""
    t = _time(0.3, rate)
    raw = np.sign(np.sin(2 * np.pi * 562 * t)) + np.sign(np.sin(2 * np.pi * 845 * t))
    envelope = 0.6 * np.exp(-t / 0.02) + 0.4 * np.exp(-t / 0.09)
    return _declick(_filter(raw.astype(np.float32), "bandpass", (500, 3200), rate) * envelope * 0.5, rate, 0.001, 0.03)


def clave(rate: int) -> Float32:
    """Two sticks."""
    t = _time(0.12, rate)
    return _declick((np.sin(2 * np.pi * 2480 * t) * np.exp(-t / 0.018) * 0.8).astype(np.float32), rate, 0.0005, 0.01)


def _partials(t: Float32, f: float, rate: int, falloff: float, limit: int = 28) -> Float32:
    """A saw-like tone of sine partials (band-limited: it never folds over)."""
    out = np.zeros_like(t)
    for k in range(1, min(limit, int(0.45 * rate / f)) + 1):
        out += np.sin(2 * np.pi * f * k * t + 0.3 * k).astype(np.float32) / np.float32(k**falloff)
    return out


def bass(rate: int, note: float, seconds: float, *, bright: float = 1.4) -> Float32:
    """A plucked synthetic bass; `bright` is how fast its partials fall off (2 is round, 1 is a saw)."""
    t = _time(seconds + 0.06, rate)
    f = hertz(note)
    edge = _partials(t, f, rate, bright, 12) * np.exp(-t / 0.16)
    round_ = np.sin(2 * np.pi * f * t) + 0.25 * np.sin(4 * np.pi * f * t)
    envelope = np.exp(-t / max(0.25, 1.2 * seconds))
    return _declick(np.tanh((0.5 * edge + 0.8 * round_) * envelope).astype(np.float32) * 0.8, rate, 0.003, 0.05)


def sub(rate: int, note: float, seconds: float) -> Float32:
    """A long sine with a little drive: the bass of hip hop."""
    t = _time(seconds + 0.12, rate)
    f = hertz(note)
    glide = 2 * np.pi * f * (t + 0.012 * (1 - np.exp(-t / 0.03)))
    return _declick(
        (np.tanh(1.7 * np.sin(glide)) * np.exp(-t / (1.4 * seconds + 0.1)) * 0.75).astype(np.float32), rate, 0.004, 0.1
    )


def keys(rate: int, note: float, seconds: float) -> Float32:
    """An electric piano: a bell-like attack over a warm tone (two-operator FM)."""
    t = _time(seconds + 0.25, rate)
    f = hertz(note)
    bell = 0.9 * np.exp(-t / 0.06) * np.sin(2 * np.pi * 14 * f * t) if 14 * f < 0.45 * rate else 0.0
    tone = np.sin(2 * np.pi * f * t + 1.3 * np.exp(-t / 0.35) * np.sin(2 * np.pi * f * t))
    out = (tone + 0.06 * bell) * np.exp(-t / (0.5 + 0.8 * seconds))
    return _declick(out.astype(np.float32) * 0.5, rate, 0.002, min(0.2, 0.5 * seconds + 0.05))


def stab(rate: int, note: float, seconds: float) -> Float32:
    """A short detuned synth chord tone."""
    t = _time(seconds + 0.12, rate)
    f = hertz(note)
    saws = _partials(t, f * 1.004, rate, 1.15) + _partials(t, f * 0.996, rate, 1.15)
    soft = _filter(saws, "lowpass", min(5200.0, 9 * f), rate)
    return _declick((soft * np.exp(-t / (0.10 + 0.5 * seconds)) * 0.32).astype(np.float32), rate, 0.003, 0.1)


def pad(rate: int, note: float, seconds: float) -> Float32:
    """Slow strings: three detuned voices that swell and overlap."""
    t = _time(seconds + 0.5, rate)
    f = hertz(note)
    voices = sum(_partials(t + 0.01 * i, f * d, rate, 1.5, 10) for i, d in enumerate((0.9965, 1.0, 1.0038)))
    envelope = np.minimum(1, t / min(0.35, 0.4 * seconds)) * np.minimum(1, np.maximum(0, (seconds + 0.5 - t) / 0.5))
    return _declick(np.asarray(voices * envelope * 0.16, dtype=np.float32), rate)


def pluck(rate: int, note: float, seconds: float) -> Float32:
    """A short glassy tone for arpeggios and melodies."""
    t = _time(max(seconds, 0.2) + 0.2, rate)
    f = hertz(note)
    out = _partials(t, f, rate, 1.6, 8) * np.exp(-t / 0.11) + 0.5 * np.sin(2 * np.pi * f * t) * np.exp(-t / 0.22)
    return _declick(out.astype(np.float32) * 0.4, rate, 0.002, 0.08)


def piano(rate: int, note: float, seconds: float) -> Float32:
    """A bright struck string."""
    t = _time(max(seconds, 0.15) + 0.25, rate)
    f = hertz(note)
    out = np.zeros_like(t)
    for k in range(1, min(12, int(0.45 * rate / f)) + 1):
        stretched = f * k * np.sqrt(1 + 0.0004 * k * k)
        out += np.sin(2 * np.pi * stretched * t).astype(np.float32) * np.exp(-t * (1.6 + 0.9 * k)) / np.float32(k**1.1)
    return _declick(out * 0.55, rate, 0.002, 0.12)


def guitar(rate: int, note: float, seconds: float) -> Float32:
    """A muted, bright string for rhythm chords."""
    t = _time(0.16, rate)
    f = hertz(note)
    out = _partials(t, f, rate, 0.9, 16) * np.exp(-t / 0.035)
    return _declick(_filter(out.astype(np.float32), "highpass", 500, rate) * 0.35, rate, 0.002, 0.03)
