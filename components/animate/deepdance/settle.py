"""What was drawn of neighbouring frames is mixed a little: what shakes from frame to frame fades, what moves stays.

Pictures are squares about the hip, so a person who travels is not smeared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from components.models.contract import Operation, Part

SHARE = 0.25
"""Of either neighbour, for networks that learn over time."""
_NAME = "settle"


def settle(share: float) -> Operation:
    """How a contract says it."""
    return Operation(_NAME, {"neighbours": share})


def share_of(network: Part) -> float:
    """Of either neighbour, 0..0.5, as a contract says it; 0 where it says nothing."""
    try:
        return float(network.operation(_NAME).values["neighbours"])
    except KeyError:
        return 0.0


def with_neighbours(frames: range, count: int) -> Sequence[int]:
    """Frames with the one before them and the one after, of so many there are."""
    return [max(0, frames.start - 1), *frames, min(count - 1, frames.stop)]


def settled(pictures: npt.NDArray[Any], share: float) -> npt.NDArray[np.float32]:
    """(N + 2, ...) pictures as (N, ...), each with a share of the one before it and the one after."""
    mixed = (1 - 2 * share) * pictures[1:-1] + share * (pictures[:-2] + pictures[2:])
    return np.asarray(mixed, np.float32)
