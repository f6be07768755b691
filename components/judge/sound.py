"""How far the sound of a video is from that of its reference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from components.core import Sound

RATE = 8000
LIMIT = 2.0
"""Largest offset in seconds that is looked for."""
SURE = 0.3
"""Correlation below which two sounds are not one and the same."""


def sound_offset(video: Sound, reference: Sound) -> tuple[float, float] | None:
    """By how much the video's sound is late.

    Returns:
        Seconds (positive: the video's sound comes later) and the correlation there, -1..1; None where one is silent.
    """
    from components.media import read_sound

    return offset_of(read_sound(video, rate=RATE), read_sound(reference, rate=RATE), RATE)


def offset_of(late: npt.NDArray[np.float32], sound: npt.NDArray[np.float32], rate: int) -> tuple[float, float] | None:
    """As sound_offset, of samples at one rate; the shift at which they correlate best."""
    n = min(len(late), len(sound))
    a, b = late[:n].astype(np.float64), sound[:n].astype(np.float64)
    power = float(np.sqrt((a @ a) * (b @ b))) if n else 0.0
    if n < rate // 4 or power < 1e-6 * n:
        return None
    size = 1 << int(np.ceil(np.log2(2 * n)))
    correlation = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    limit = min(int(LIMIT * rate), n - 1)
    window = np.concatenate([correlation[-limit:], correlation[: limit + 1]])
    best = int(np.argmax(window))
    return (best - limit) / rate, float(window[best] / power)
