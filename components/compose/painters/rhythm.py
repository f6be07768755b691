"""Where in the music a moment lies: what painters move by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from components.core import Float32

DEFAULT_TEMPO = 110.0


@dataclass(frozen=True)
class Rhythm:
    """The beats of a shot.

    Attributes:
        beats: (B,) float32 s, rising, at least one.
        period: s between beats before the first and after the last.
        first: index of a beat that begins a bar.
        fps: frames a second.
    """

    beats: Float32
    period: float
    first: int
    fps: float

    def second(self, t_index: int) -> float:
        """Second of a frame."""
        return t_index / self.fps

    def count(self, second: float) -> float:
        """Beats since the first downbeat: its whole part numbers the beat, its fraction says how far it has gone."""
        i = int(np.searchsorted(self.beats, second, side="right")) - 1
        if i < 0:
            along = (second - float(self.beats[0])) / self.period
        elif i >= len(self.beats) - 1:
            along = i + (second - float(self.beats[-1])) / self.period
        else:
            along = i + (second - float(self.beats[i])) / float(self.beats[i + 1] - self.beats[i])
        return along - self.first


def pulse(count: float, decay: float = 3.0) -> float:
    """1 on the beat, fading until the next: exp(-decay * fraction)."""
    return float(np.exp(-decay * (count - np.floor(count))))


def rhythm_of(parameters: Mapping[str, Any], fps: Fraction) -> Rhythm:
    """The rhythm that a layer's parameters give.

    Args:
        parameters: "beats": seconds, or a Uri of a .npy of them; "downbeats": seconds; "tempo": beats a minute. All
            may be missing: then there are DEFAULT_TEMPO beats a minute from second 0.
        fps: frames a second.
    """
    given = parameters.get("beats")
    if isinstance(given, str):
        given = np.load(Path(given), allow_pickle=False) if Path(given).is_file() else None
    beats = np.asarray(given if given is not None else (), dtype=np.float32).ravel()
    beats = beats[np.concatenate([[True], np.diff(beats) > 1e-3])] if len(beats) else beats
    tempo = float(parameters.get("tempo") or 0)
    if tempo <= 0:
        tempo = 60.0 / float(np.median(np.diff(beats))) if len(beats) > 1 else DEFAULT_TEMPO
    if len(beats) == 0:
        beats = np.zeros(1, dtype=np.float32)
    downbeats = np.asarray(parameters.get("downbeats") or (), dtype=np.float32).ravel()
    first = int(np.argmin(np.abs(beats - downbeats[0]))) if len(downbeats) else 0
    return Rhythm(beats, 60.0 / tempo, first, float(fps))
