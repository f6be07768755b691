"""Which frames are learned from and which are held out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Frames = npt.NDArray[np.int64]
GAP = 1.0
"""Seconds between a held-out block and any frame that is learned from: neighbours show nearly the same picture."""
_BLOCK, _EVERY = 1.6, 6.0
_SHARE, _FEWEST, _MOST = 0.2, 2, 10


def hold_out(frames: int, fps: float) -> tuple[Frames, ...]:
    """Contiguous blocks, evenly spread; where there are only two, at the ends of the clip, which needs fewer gaps.

    Args:
        frames: of the clip.
        fps: frames a second.

    Returns:
        for each block the numbers of its frames in the clip; one every six seconds or so, at least two.
    """
    seconds = frames / fps
    count = int(np.clip(round(seconds / _EVERY), _FEWEST, _MOST))
    length = max(2, round(min(_BLOCK, _SHARE * seconds / count) * fps))
    if count == 2:
        return np.arange(length), np.arange(frames - length, frames)
    middles = (np.arange(count) + 0.5) * frames / count
    return tuple(np.arange(round(m - length / 2), round(m - length / 2) + length) for m in middles)


def learnable(frames: int, fps: float, blocks: tuple[Frames, ...]) -> npt.NDArray[np.bool_]:
    """(frames,) bool: a second or more away from every block."""
    out = np.ones(frames, bool)
    gap = int(np.ceil(GAP * fps))
    for block in blocks:
        out[max(0, int(block[0]) - gap + 1) : int(block[-1]) + gap] = False
    return out
