"""The end of the chain: room, loudness, limiter, fades."""

from __future__ import annotations

import numpy as np
from scipy.signal import oaconvolve, sosfilt

from components.core import Float32

TARGET_LUFS = -14.0
CEILING = 0.97


def _k_weighting(rate: int) -> Float32:
    """The two biquads of ITU-R BS.1770-4 as second-order sections, for any sample rate (bilinear transform)."""
    sections = []
    for hertz, gain_db, q in ((1681.9744510, 3.99984385397, 0.7071752369), (38.1354708681, None, 0.5003270373)):
        k = np.tan(np.pi * hertz / rate)
        a0 = 1 + k / q + k * k
        if gain_db is None:
            b = (1.0, -2.0, 1.0)
        else:
            vh = 10 ** (gain_db / 20)
            vb = vh**0.4996667741545416
            b = ((vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0)
        sections.append([*b, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0])
    return np.array(sections)


def loudness(sound: Float32, rate: int) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770-4: K-weighting, 400 ms blocks, absolute and relative gate).

    Args:
        sound: (N, C) in -1..1.

    Returns:
        -inf for silence.
    """
    weighted = sosfilt(_k_weighting(rate), sound, axis=0)
    step = max(1, rate // 10)
    blocks = len(weighted) // step
    if blocks < 4:
        power = np.array([float(np.square(weighted).sum(axis=1).mean())]) if len(weighted) else np.zeros(1)
    else:
        tenth = np.square(weighted[: blocks * step]).sum(axis=1).reshape(blocks, step).mean(axis=1)
        power = np.convolve(tenth, np.full(4, 0.25), "valid")
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if len(power) == 0:
        return float("-inf")
    power = power[power > 0.1 * power.mean()]
    return float(-0.691 + 10 * np.log10(power.mean()))


def room(sound: Float32, rate: int, seconds: float, seed: int) -> Float32:
    """The reverberation of a small hall.

    Args:
        sound: (N, 2).
        seconds: until it has faded by 60 dB.

    Returns:
        (N, 2): the room alone, without the sound itself.
    """
    n = int(seconds * rate)
    t = np.arange(n, dtype=np.float32)[:, None] / rate
    tail = np.random.default_rng(seed).standard_normal((n, 2), dtype=np.float32) * np.exp(-6.9 * t / seconds)
    tail[: int(0.012 * rate)] = 0
    tail -= np.roll(tail, 1, axis=0) * 0.35
    tail /= np.sqrt(np.square(tail).sum(axis=0))
    return np.asarray(oaconvolve(sound, tail, axes=0)[: len(sound)], dtype=np.float32)


def master(sound: Float32, rate: int, *, fade_out: float = 1.2) -> Float32:
    """Bring a mix to -14 LUFS without clipping, and fade its ends.

    Args:
        sound: (N, 2) float32 of any level.
        fade_out: s.

    Returns:
        (N, 2) float32 within the ceiling.
    """
    out = sound
    for _ in range(2):
        level = loudness(out, rate)
        if np.isfinite(level):
            out = _limit(out * np.float32(10 ** ((TARGET_LUFS - level) / 20)))
    n = len(out)
    a, r = min(n, int(0.004 * rate)), min(n, int(min(fade_out, 0.2 * n / rate) * rate))
    out[:a] *= np.linspace(0, 1, a, dtype=np.float32)[:, None]
    if r:
        out[n - r :] *= (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, r, dtype=np.float32)))[:, None]
    return out


def _limit(sound: Float32) -> Float32:
    """A soft knee: linear below 0.6, then bending towards the ceiling."""
    knee = np.float32(0.6)
    size = np.abs(sound)
    over = np.maximum(size - knee, 0) / np.float32(CEILING - 0.6)
    return np.asarray(np.sign(sound) * (np.minimum(size, knee) + np.float32(CEILING - 0.6) * np.tanh(over)), np.float32)
