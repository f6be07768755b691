"""What every painting of a place begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from components.compose.painters.rhythm import Rhythm, rhythm_of
from components.core import UInt8

BLANK: UInt8 = np.zeros((1, 1, 3), dtype=np.uint8)
"""Stands in a state for a picture that its plane has no use for."""


@dataclass(frozen=True)
class Plane:
    """One of the two planes of a place: what lies behind the dancers, or what floats before them.

    Attributes:
        rhythm: of the music.
        unit: px that a detail of 1 measures: 1 at 720x1280.
        front: what floats before the dancers.
    """

    rhythm: Rhythm
    unit: float
    front: bool

    def moment(self, t_index: int) -> tuple[float, float]:
        """Second of a frame, and beats since the first downbeat (`Rhythm.count`)."""
        second = self.rhythm.second(t_index)
        return second, self.rhythm.count(second)


def plane_of(width: int, height: int, parameters: Mapping[str, Any], fps: Fraction) -> Plane:
    """The plane that a layer's parameters ask for.

    Args:
        width, height: px of the frame.
        parameters: of the rhythm, see `rhythm_of`; "plane": "front" for what floats before the dancers.
        fps: frames a second.
    """
    unit = float(np.sqrt(width * height)) / 960
    return Plane(rhythm_of(parameters, fps), unit, parameters.get("plane") == "front")
