"""A voice in a sound, as a mouth would make it: how far open, how broad, closed in silence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import Sound
from components.express.timing import resample, smooth, smoothstep
from components.express.voice_features import HOP, RATE, VoiceFeatures, voice_features

Float = npt.NDArray[np.float64]

FRAME_RATE = RATE / HOP
_SPAN = 150
"""Frames (1.5 s) over which a voice is told from an instrument."""
_STEP = 25
_LEAST = 50
"""Frames of voice below which a sound has none."""
WIDEST = 0.5
"""Opening over the width of the mouth that the loudest open vowel asks for."""


@dataclass(frozen=True)
class Voice:
    """The mouth of a voice.

    Attributes:
        gap: (N,) opening over the width of the mouth at rest; exactly 0 in silence.
        width: (N,) change of width over the width at rest: above 0 spread as in "ee", below 0 rounded as in "oo".
    """

    gap: Float
    width: Float

    def at(self, frames: int, fps: float) -> tuple[Float, Float]:
        """Gap and width at the frames of a video."""
        sigma = max(0.35 * FRAME_RATE / fps, 0.0)
        return (
            resample(smooth(self.gap, sigma), FRAME_RATE, frames, fps),
            resample(smooth(self.width, sigma), FRAME_RATE, frames, fps),
        )


def read_voice(sound: Sound) -> Voice | None:
    """Listen for a voice in a sound; None where there is none.

    Raises:
        TroupeError: unreadable_media.
    """
    from components.media import read_sound

    return hear(read_sound(sound, rate=RATE, mono=True))


def hear(samples: npt.NDArray[np.float32]) -> Voice | None:
    """As read_voice, of (N,) mono samples at RATE."""
    if len(samples) < RATE // 4 or float(np.abs(samples).max()) < 1e-4:
        return None
    features = voice_features(samples)
    presence = _presence(features)
    loud = features.level[(presence > 0.5) & (features.level > 0.1 * features.level.max())]
    if len(loud) < _LEAST:
        return None
    reference = float(np.quantile(loud, 0.9))
    harmonic = smoothstep(smooth(features.periodicity, 2.0), 0.3, 0.55)
    # Fricatives are noise made with teeth nearly closed: they open the mouth a little.
    envelope = features.level / reference * presence * (0.35 + 0.65 * harmonic)
    envelope = np.maximum(envelope - 0.04, 0.0)
    envelope = smooth(np.minimum(envelope, 1.4) ** 0.85, 3.0)
    f1, f2 = _tracked(features, envelope)
    open_vowel = np.clip((f1 - 300) / 500, 0.0, 1.0)
    gap = WIDEST * envelope * (0.6 + 0.5 * open_vowel)
    spread = np.clip((f2 - 1450) / 800, -1.0, 1.0)
    width = np.where(spread > 0, 0.1, 0.16) * spread * np.clip(envelope / 0.3, 0.0, 1.0)
    # A Gaussian never quite reaches 0; a mouth does.
    gap = np.maximum(gap - 0.004, 0.0)
    return Voice(gap, np.where(gap > 0, smooth(width, 4.0), 0.0))


def _presence(features: VoiceFeatures) -> Float:
    """(N,) 0..1: a voice is there, told by what instruments do not do.

    The pitch of a voice glides all the time where an instrument's stays on its note, and the shape of its spectrum
    changes with every sound. Both are measured over 1.5 s.
    """
    count = len(features.level)
    semitones = 12 * np.log2(features.pitch)
    step = np.abs(np.diff(semitones, prepend=semitones[:1]))
    periodic = features.periodicity > 0.55
    steady = periodic & np.concatenate([[False], periodic[:-1]])
    active = features.level > max(0.12 * float(np.quantile(features.level, 0.98)), 1e-6)
    log_bands = smooth(np.log(features.bands.T + 1e-9 * float(features.bands.max()) + 1e-12), 2.0)
    change = np.zeros(count)
    if count > 6:
        change[3:-3] = np.abs(log_bands[6:] - log_bands[:-6]).mean(axis=1)
    glides = steady & active & (step > 0.06) & (step < 1.2)
    score = np.full(max((count - _SPAN) // _STEP + 1, 1), -4.0)
    for i in range(len(score)):
        part = slice(i * _STEP, i * _STEP + _SPAN)
        voiced = (steady & active)[part].sum()
        if active[part].sum() < 20 or voiced < 0.1 * active[part].sum() or voiced < 8:
            continue
        glide = glides[part].sum() / voiced
        dynamics = float(change[part][active[part]].mean())
        score[i] = np.clip((glide - 0.5) / 0.1, -2.0, 2.0) + np.clip((dynamics - 1.0) / 0.3, -2.0, 4.0)
    middle = np.arange(len(score)) * _STEP + min(_SPAN, count) / 2
    smooth_score = smooth(score, 1.0)
    return smoothstep(np.interp(np.arange(count), middle, smooth_score), -0.5, 0.5)


def _tracked(features: VoiceFeatures, envelope: Float) -> tuple[Float, Float]:
    """(N,), (N,) Hz F1 and F2 carried through frames where none was found, weighted by loudness and smoothed."""
    values = np.log(features.formants)
    known = np.isfinite(values).all(axis=1) & (envelope > 0.05)
    weight = np.where(known, envelope, 0.0)
    rest = np.log([480.0, 1450.0])
    total = smooth(weight, 3.0) + 0.01
    blurred = smooth(np.where(known[:, None], values, 0.0) * weight[:, None], 3.0) + 0.01 * rest
    tracked = np.exp(blurred / total[:, None])
    return tracked[:, 0], tracked[:, 1]
