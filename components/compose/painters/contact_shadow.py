"""Soft shadows where feet meet the floor: what was drawn beneath is darkened, by nothing outside the ellipses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from components.core import Float32, TroupeError, UInt8
from components.core.kernel import kernel


@dataclass(frozen=True)
class State:
    """The shadows of all frames.

    Attributes:
        feet: (T, K, 6) float32 x, y, radius_x, radius_y px of the frame, strength 0..1, and by how many px the ellipse
            lies lower with every px to the right. Shadows with NaN, without area or without strength are not drawn.
    """

    feet: Float32


def prepare(width: int, height: int, parameters: Mapping[str, Any], seed: int, fps: Fraction, frames: int) -> State:
    """Open the shadows of the shot.

    Args:
        parameters: "feet": Uri of a .npy of (T, K, 6) float32, see State.

    Raises:
        TroupeError: invalid_setting: "feet" names no such array.
    """
    path = str(parameters.get("feet", ""))
    feet = np.load(path, mmap_mode="r", allow_pickle=False) if Path(path).is_file() else None
    if feet is None or feet.ndim != 3 or feet.shape[2] != 6 or feet.dtype != np.float32:
        raise TroupeError("invalid_setting", f"A contact shadow needs feet of (T, K, 6) float32, not {path!r}.")
    return State(feet)


def paint(state: State, frame: UInt8, t_index: int) -> None:
    """Darken the frame beneath the feet; a frame past the last one keeps the last one's shadows."""
    for x, y, rx, ry, strength, slope in np.array(state.feet[min(t_index, len(state.feet) - 1)], dtype=np.float64):
        if np.isfinite(x + y + rx + ry + strength + slope) and rx > 0.5 and ry > 0.5 and strength > 0:
            _darken(frame, x, y, rx, ry, min(strength, 1.0), slope)


def touched(state: State, t_index: int) -> tuple[int, int, int, int]:
    """The rectangle x0, y0, x1, y1 (ends excluded) outside which `paint` changes nothing."""
    x, y, rx, ry, strength, slope = np.array(state.feet[min(t_index, len(state.feet) - 1)], dtype=np.float64).T
    drawn = np.isfinite(x + y + rx + ry + strength + slope) & (strength > 0)
    if not drawn.any():
        return 0, 0, 0, 0
    ry = np.hypot(ry, slope * rx)
    low = np.floor(np.stack([x - rx, y - ry])[:, drawn].min(axis=1))
    high = np.ceil(np.stack([x + rx, y + ry])[:, drawn].max(axis=1)) + 1
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


# Cost: about 2 ns a pixel of the ellipse.
@kernel()
def _darken(frame: UInt8, x: float, y: float, rx: float, ry: float, strength: float, slope: float) -> None:
    h, w = frame.shape[:2]
    deep = np.sqrt(ry * ry + slope * slope * rx * rx)
    for v in range(max(0, int(np.ceil(y - deep))), min(h, int(np.floor(y + deep)) + 1)):
        # Where this row cuts the sheared ellipse: a quadratic in the distance from its middle.
        tall = (v - y) / (deep * deep)
        middle, half = x + slope * rx * rx * tall, rx * ry / deep * np.sqrt(max(0.0, 1.0 - (v - y) * tall))
        for u in range(max(0, int(np.ceil(middle - half))), min(w, int(np.floor(middle + half)) + 1)):
            inside = 1.0 - ((v - y - slope * (u - x)) / ry) ** 2 - ((u - x) / rx) ** 2
            if inside <= 0.0:
                continue
            # A wide penumbra and a core that is darker where sole and floor touch.
            core = max(0.0, (inside - 0.6) / 0.4)
            keep = int(256.5 - 256.0 * strength * (0.62 * inside * inside + 0.38 * core * core * (3.0 - 2.0 * core)))
            frame[v, u, 0] = (frame[v, u, 0] * keep) >> 8
            frame[v, u, 1] = (frame[v, u, 1] * keep) >> 8
            frame[v, u, 2] = (frame[v, u, 2] * keep) >> 8
