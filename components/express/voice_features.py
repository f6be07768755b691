"""What is heard in a sound a hundred times a second: energy in the band of the voice, pitch, and formants."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]

RATE = 16000
HOP = 160
"""Samples between frames: 10 ms."""
VOICE_BAND = (300.0, 3400.0)
BANDS = 12
PITCH = (80.0, 420.0)
_WINDOW = 512
_PITCH_WINDOW = 640
_MEDIAN = 7
"""Frames of the running median that takes drum strokes out of the spectrogram (Fitzgerald, 2010)."""
_PADDING = 48
"""Frames computed beyond each block and thrown away, so that blocks do not show."""
_BLOCK = 1000


@dataclass(frozen=True)
class VoiceFeatures:
    """Per frame of 10 ms.

    Attributes:
        level: (N,) amplitude in the band of the voice, strokes of drums taken out.
        bands: (BANDS, N) log energy from 200 to 4000 Hz, evenly spaced in pitch.
        periodicity: (N,) 0..1: height of the autocorrelation's peak.
        pitch: (N,) Hz where periodic.
        formants: (N, 2) Hz F1 and F2, NaN where none were found.
    """

    level: Float
    bands: Float
    periodicity: Float
    pitch: Float
    formants: Float


def voice_features(samples: Float32) -> VoiceFeatures:
    """Analyse a sound block by block, so that memory does not grow with its length.

    Args:
        samples: (N,) mono at RATE.
    """
    frames = len(samples) // HOP
    parts = []
    for first in range(0, frames, _BLOCK):
        last = min(first + _BLOCK, frames)
        low = max(first - _PADDING, 0)
        high = min(last + _PADDING, frames)
        margin = _PITCH_WINDOW // 2
        left, right = low * HOP - margin, high * HOP + margin
        block = np.zeros(right - left)
        inside = slice(max(left, 0), min(right, len(samples)))
        block[inside.start - left : inside.stop - left] = samples[inside]
        part = _block(block, high - low)
        parts.append([a[..., first - low : first - low + last - first] for a in part])
    level, bands, periodicity, pitch, first_formant, second_formant = (
        np.concatenate([p[i] for p in parts], axis=-1) for i in range(6)
    )
    return VoiceFeatures(level, bands, periodicity, pitch, np.stack([first_formant, second_formant], axis=1))


def _frames(samples: Float, count: int, window: int) -> Float:
    """(count, window) views whose middles lie HOP apart; the block carries half a pitch window on either side."""
    start = (_PITCH_WINDOW - window) // 2
    views = np.lib.stride_tricks.sliding_window_view(samples[start:], window)[::HOP]
    return np.asarray(views[:count])


def _block(samples: Float, count: int) -> tuple[Float, Float, Float, Float, Float, Float]:
    from scipy.ndimage import median_filter

    spectrum = np.fft.rfft(_frames(samples, count, _WINDOW) * np.hanning(_WINDOW))
    power = (spectrum.real**2 + spectrum.imag**2).T
    frequency = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    power = median_filter(power, size=(1, _MEDIAN), mode="nearest")
    voice = (frequency >= VOICE_BAND[0]) & (frequency <= VOICE_BAND[1])
    level = np.sqrt(power[voice].sum(axis=0))
    edges = np.geomspace(200, 4000, BANDS + 1)
    bands = np.stack(
        [power[(frequency >= low) & (frequency < high)].mean(axis=0) for low, high in itertools.pairwise(edges)]
    )
    periodicity, pitch = _pitch(samples, count)
    first, second = _formants(_frames(samples, count, _WINDOW), periodicity > 0.45)
    return level, bands, periodicity, pitch, first, second


def _pitch(samples: Float, count: int) -> tuple[Float, Float]:
    """Normalised autocorrelation, its window divided out (Boersma, 1993), of the sound above a bass guitar's range."""
    from scipy.signal import butter, sosfiltfilt

    filtered = sosfiltfilt(butter(4, (110, 1600), "bandpass", fs=RATE, output="sos"), samples)
    window = np.hanning(_PITCH_WINDOW)
    frames = _frames(filtered, count, _PITCH_WINDOW) * window
    low, high = int(RATE / PITCH[1]), int(RATE / PITCH[0])

    def autocorrelation(signal: Float) -> Float:
        spectrum = np.fft.rfft(signal, 2048)
        return np.asarray(np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[..., : high + 2])

    own = autocorrelation(window)
    values = autocorrelation(frames)
    values = values / (values[:, :1] + 1e-9) / (own / own[0])
    search = values[:, low - 1 : high + 1]
    peak = search[:, 1:-1].argmax(axis=1) + 1
    rows = np.arange(len(search))
    before, at, after = search[rows, peak - 1], search[rows, peak], search[rows, peak + 1]
    shift = np.clip(0.5 * (before - after) / (before - 2 * at + after - 1e-12), -0.5, 0.5)
    return np.clip(at, 0.0, 1.0), RATE / (peak + low - 1 + shift)


def _formants(frames: Float, voiced: npt.NDArray[np.bool_]) -> tuple[Float, Float]:
    """F1 and F2 from the poles of linear prediction (Markel & Gray, 1976), at half the rate."""
    first, second = np.full(len(frames), np.nan), np.full(len(frames), np.nan)
    if not voiced.any():
        return first, second
    from scipy.signal import resample_poly

    order, rate = 10, RATE // 2
    signal = resample_poly(frames[voiced], 1, 2, axis=1)
    signal = np.diff(signal, axis=1, prepend=signal[:, :1] * 0.0) + 0.03 * signal
    signal = signal * np.hamming(signal.shape[1])
    spectrum = np.fft.rfft(signal, 1024)
    lags = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:, : order + 1]
    lags[:, 0] = lags[:, 0] * 1.0005 + 1e-12
    index = np.abs(np.arange(order)[:, None] - np.arange(order)[None, :])
    coefficients = np.linalg.solve(lags[:, index], lags[:, 1:, None])[:, :, 0]
    companion = np.zeros((len(signal), order, order))
    companion[:, 0] = coefficients
    companion[:, np.arange(1, order), np.arange(order - 1)] = 1.0
    roots = np.linalg.eigvals(companion)
    frequency = np.angle(roots) * rate / (2 * np.pi)
    bandwidth = -np.log(np.maximum(np.abs(roots), 1e-9)) * rate / np.pi
    frequency = np.where((frequency > 180) & (frequency < 3400) & (bandwidth < 450), frequency, np.inf)
    frequency.sort(axis=1)
    f1 = frequency[:, 0]
    f2 = np.where(frequency[:, 1] > f1 + 200, frequency[:, 1], frequency[:, 2])
    good = np.isfinite(f1) & (f1 < 1100) & np.isfinite(f2) & (f2 < 2900)
    first[voiced] = np.where(good, f1, np.nan)
    second[voiced] = np.where(good, f2, np.nan)
    return first, second
