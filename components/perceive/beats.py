"""The beat of a sound: onset strength by spectral flux, tempo by autocorrelation, beats by dynamic programming.

Ellis, "Beat Tracking by Dynamic Programming", Journal of New Music Research 36(1), 2007. Written in numpy so that it
starts at once: the usual library compiles for twenty seconds at its first call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from components.core import BeatGrid, Float32

RATE = 22050
"""Samples a second that `beat_grid` expects."""
BASS = 300.0
"""Hz up to which kick drum and bass sound."""
_STRUCK, _THIRDS, _BACKBEAT = 0.8, 0.65, 1.5
"""Strength against that of the beats: of all that is struck halfway between beats that are themselves half the true
tempo, of what is struck at their thirds, and of the bass halfway between beats that are a backbeat."""
_FASTEST = 220.0
_HOP = 256
_WINDOW = 1024
_FRAME = RATE / _HOP
_LEAST_CONFIDENCE = 0.1
_SILENCE = 2e-4
_Array = npt.NDArray[np.float64]


def onset_strength(samples: Float32, highest: float = 8000.0) -> _Array:
    """How much begins in each moment.

    Args:
        samples: (N,) float32 mono at RATE.
        highest: Hz; what lies above is not listened to.

    Returns:
        (F,) rise of the log mel-like spectrum, local mean removed, spread 1; RATE / 256 values a second.
    """
    bands = _bands(highest)
    count = max(0, (len(samples) - _WINDOW) // _HOP + 1)
    spectrum = np.zeros((count, len(bands)))
    window = np.hanning(_WINDOW).astype(np.float32)
    for start in range(0, count, 512):
        stop = min(count, start + 512)
        rows = np.arange(start, stop)[:, None] * _HOP + np.arange(_WINDOW)
        power = np.abs(np.fft.rfft(samples[rows] * window, axis=1)) ** 2
        spectrum[start:stop] = power @ bands.T
    level = np.log10(1.0 + 1e4 * spectrum / max(float(spectrum.max(initial=0.0)), 1e-12))
    rise = np.maximum(level[2:] - level[:-2], 0.0).mean(axis=1)
    flux = np.concatenate([np.zeros(2), rise])[:count]
    wide = int(_FRAME * 0.8)
    flux = flux - np.convolve(flux, np.ones(wide) / wide, mode="same")
    spread = float(flux.std())
    return np.asarray(flux / spread if spread > 1e-9 else flux * 0.0)


def _bands(highest: float, count: int = 40) -> _Array:
    """(count or fewer, bins) triangles with middles up to `highest`, even on the mel scale from 30 Hz to 8 kHz."""
    mel = np.linspace(2595.0 * np.log10(1.0 + 30.0 / 700.0), 2595.0 * np.log10(1.0 + 8000.0 / 700.0), count + 2)
    hertz = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    bins = np.fft.rfftfreq(_WINDOW, 1.0 / RATE)
    rise = (bins - hertz[:-2, None]) / (hertz[1:-1] - hertz[:-2])[:, None]
    fall = (hertz[2:, None] - bins) / (hertz[2:] - hertz[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rise, fall))
    triangles = triangles[hertz[1:-1] <= highest]
    return np.asarray(triangles / np.maximum(triangles.sum(axis=1, keepdims=True), 1e-9))


def tempo_of(onset: _Array) -> tuple[float, float]:
    """Tempo in beats a minute and its clearness 0..1, from the autocorrelation of (F,) onset strength."""
    longest = int(_FRAME * 4.0)
    if len(onset) < longest // 2:
        return 0.0, 0.0
    size = 1 << int(np.ceil(np.log2(2 * len(onset))))
    spectrum = np.fft.rfft(onset, size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: min(longest, len(onset) - 1)]
    correlation = correlation / np.maximum(len(onset) - np.arange(len(correlation)), 1)
    if correlation[0] <= 1e-12:
        return 0.0, 0.0
    correlation = correlation / correlation[0]
    lags = np.arange(len(correlation), dtype=np.float64)
    low, high = int(_FRAME * 60.0 / _FASTEST), int(_FRAME * 60.0 / 50.0)
    candidates = np.arange(low, min(high, len(lags) - 1))
    # Beats also repeat after two, three and four periods; the prior is Ellis's, an octave wide about 120.
    summed = correlation[candidates].copy()
    for multiple, weight in ((2, 0.6), (3, 0.3), (4, 0.4)):
        at = candidates * multiple
        inside = at < len(correlation) - 1
        peak = np.maximum(correlation[at[inside]], np.maximum(correlation[at[inside] - 1], correlation[at[inside] + 1]))
        summed[inside] += weight * peak
    prior = np.exp(-0.5 * (np.log2(60.0 * _FRAME / candidates / 120.0) / 0.9) ** 2)
    best = int(np.argmax(summed * prior))
    lag = float(candidates[best])
    if 0 < best < len(candidates) - 1:
        a, b, c = summed[best - 1 : best + 2]
        if abs(a - 2 * b + c) > 1e-12:
            lag += float(np.clip(0.5 * (a - c) / (a - 2 * b + c), -0.5, 0.5))
    return 60.0 * _FRAME / lag, float(np.clip(correlation[candidates[best]], 0.0, 1.0))


def faster(onset: _Array, bass: _Array, frames: npt.NDArray[np.int64]) -> float:
    """How many times as fast the beat is as the beats that were found: 1, 1.5 or 2.

    The prior prefers the half of a fast tempo, and syncopated music its two thirds. But weaker sounds lie between beats
    than on them: where halves or thirds of the way to the next one are struck as strongly, those are beats as well.
    Where the bass is struck halfway rather than on them, they are the backbeat of a tempo twice as fast.

    Args:
        onset, bass: (F,) onset strength of all that is heard, and of what lies below BASS.
        frames: (B,) of the beats.
    """

    def share(strength: _Array, part: float) -> float:
        between = np.round(frames[:-1] + part * np.diff(frames)).astype(np.int64)
        heard = np.maximum(strength, 0.0)
        return float(_near(heard, between).mean() / max(float(_near(heard, frames).mean()), 1e-9))

    if share(onset, 0.5) > _STRUCK or share(bass, 0.5) > _BACKBEAT:
        return 2.0
    if min(share(s, part) for s in (onset, bass) for part in (1 / 3, 2 / 3)) > _THIRDS > 2 * share(onset, 0.5):
        return 1.5
    return 1.0


def beat_frames(onset: _Array, period: float, tightness: float = 100.0) -> npt.NDArray[np.int64]:
    """Frames of the beats: the chain that hits onsets and keeps its period best (Ellis 2007, equation 3)."""
    width = np.arange(-int(period), int(period) + 1)
    kernel = np.exp(-0.5 * (width * 32.0 / period) ** 2)
    local = np.convolve(onset, kernel, mode="same")
    back = np.arange(-round(2 * period), -round(period / 2) + 1)
    penalty = -tightness * np.log(-back / period) ** 2
    score, link = local.copy(), np.full(len(local), -1)
    floor = 0.01 * float(local.max(initial=0.0))
    started = False
    for i in range(len(local)):
        at = i + back
        inside = at >= 0
        if inside.any():
            gain = penalty[inside] + score[at[inside]]
            best = int(gain.argmax())
            score[i] += gain[best]
            if started or local[i] >= floor:
                link[i] = at[inside][best]
                started = True
    tail = score[-int(period) :]
    if not len(tail):
        return np.zeros(0, np.int64)
    at_last = len(score) - len(tail) + int(tail.argmax())
    beats = [at_last]
    while link[beats[-1]] >= 0:
        beats.append(int(link[beats[-1]]))
    return np.array(beats[::-1], np.int64)


def beat_grid(samples: Float32) -> BeatGrid | None:
    """The beat of a sound, or None where there is none.

    Args:
        samples: (N,) float32 mono at RATE; sample 0 is the clip's frame 0.
    """
    if len(samples) < RATE * 2 or float(np.sqrt(np.mean(samples**2))) < _SILENCE:
        return None
    onset = onset_strength(samples)
    tempo, clear = tempo_of(onset)
    if tempo <= 0.0 or clear < 0.02:
        return None
    frames = beat_frames(onset, 60.0 * _FRAME / tempo)
    frames = _trimmed(frames, onset)
    if len(frames) < 4:
        return None
    quicker = tempo * faster(onset, onset_strength(samples, BASS), frames)
    if tempo < quicker < _FASTEST:
        frames = _trimmed(beat_frames(onset, 60.0 * _FRAME / quicker), onset)
    # A sound that begins is half in view when its window's middle passes it.
    seconds = (frames * _HOP + _WINDOW / 2) / RATE
    steps = np.diff(seconds)
    regular = float(np.clip(1.0 - 4.0 * np.std(steps) / np.mean(steps), 0.0, 1.0))
    hit = float(np.clip(np.mean(_near(onset, frames)) / 2.5, 0.0, 1.0))
    confidence = float(np.clip((0.25 + 0.75 * clear) * regular * hit * 1.6, 0.0, 1.0))
    if confidence < _LEAST_CONFIDENCE:
        return None
    tempo = (
        60.0 / float(np.median(steps))
        if len(steps) < 8
        else 60.0 / float(np.polyfit(np.arange(len(seconds)), seconds, 1)[0])
    )
    first = _downbeat(samples, seconds)
    return BeatGrid(
        beats=seconds.astype(np.float32),
        downbeats=seconds[first::4].astype(np.float32),
        tempo=float(tempo),
        confidence=confidence,
    )


def _near(onset: _Array, frames: npt.NDArray[np.int64], reach: int = 3) -> _Array:
    at = np.clip(frames[:, None] + np.arange(-reach, reach + 1), 0, len(onset) - 1)
    return np.asarray(onset[at].max(axis=1))


def _trimmed(frames: npt.NDArray[np.int64], onset: _Array) -> npt.NDArray[np.int64]:
    """Without the beats before the first and after the last that is heard."""
    heard = _near(onset, frames) > 0.3
    if not heard.any():
        return frames[:0]
    first, last = int(np.argmax(heard)), len(heard) - int(np.argmax(heard[::-1]))
    return frames[first:last]


def _downbeat(samples: Float32, seconds: _Array) -> int:
    """Which of the first four beats begins a bar: where the bass is strongest, and harmony changes."""
    size = 4096
    window = np.hanning(size)
    hertz = np.fft.rfftfreq(size, 1.0 / RATE)
    bass = (hertz > 30.0) & (hertz < 160.0)
    tonal = (hertz > 100.0) & (hertz < 2000.0)
    pitch = np.round(12.0 * np.log2(np.maximum(hertz, 1.0) / 55.0)).astype(np.int64) % 12
    strength, chroma = np.zeros(len(seconds)), np.zeros((len(seconds), 12))
    for i, second in enumerate(seconds):
        start = int(second * RATE)
        part = samples[start : start + size]
        if len(part) < size:
            continue
        power = np.abs(np.fft.rfft(part * window)) ** 2
        strength[i] = np.log1p(power[bass].sum())
        chroma[i] = np.bincount(pitch[tonal], np.sqrt(power[tonal]), 12)
    chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-9)
    change = np.concatenate([[0.0], 1.0 - (chroma[1:] * chroma[:-1]).sum(axis=1)])
    value = (strength - strength.mean()) / max(float(strength.std()), 1e-9)
    value += (change - change.mean()) / max(float(change.std()), 1e-9)
    return int(np.argmax([value[k::4].mean() if len(value[k::4]) else -np.inf for k in range(4)]))
