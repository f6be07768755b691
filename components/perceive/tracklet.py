"""A person followed through one piece of a clip."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from components.core import Float32
from components.models.appearance import LENGTH, REGIONS, unlikeness
from components.models.pose import Pose


@dataclass
class Tracklet:
    """One person in consecutive frames of a piece.

    Attributes:
        poses: frame of the piece -> pose; frames in which the person was not seen are absent.
        looks: frame -> appearance vector (LENGTH,) and weights (REGIONS,).
        cuts: frames before which this may have become somebody else.
    """

    poses: dict[int, Pose] = field(default_factory=dict)
    looks: dict[int, tuple[Float32, Float32]] = field(default_factory=dict)
    cuts: set[int] = field(default_factory=set)

    def typical(self, before: int | None = None) -> tuple[Float32, Float32, int]:
        """Mean appearance (LENGTH,), weights (REGIONS,) and number of frames it was taken from."""
        rows = [look for frame, look in self.looks.items() if before is None or frame < before]
        return mean_look([r[0] for r in rows], [r[1] for r in rows])

    def drop(self, frame: int) -> None:
        """Forget one frame."""
        self.poses.pop(frame, None)
        self.looks.pop(frame, None)


def mean_look(values: list[Float32], weights: list[Float32]) -> tuple[Float32, Float32, int]:
    """Weighted mean of appearances: (LENGTH,), the mean weights (REGIONS,), and how many there were."""
    if not values:
        return np.zeros(LENGTH, np.float32), np.zeros(REGIONS, np.float32), 0
    value = np.stack(values).reshape(len(values), REGIONS, -1)
    weight = np.stack(weights)
    total = weight.sum(axis=0)
    mean = (value * weight[:, :, None]).sum(axis=0) / np.maximum(total, 1e-6)[:, None]
    return mean.reshape(-1).astype(np.float32), (total / len(values)).astype(np.float32), len(values)


def strangeness(tracklet: Tracklet, frame: int, memory: int = 4) -> float:
    """How unlike its own past a tracklet looks in a frame, 0..1; 0.3 where it has hardly a past."""
    value, weight, count = tracklet.typical(before=frame - memory)
    if count < 3 or frame not in tracklet.looks:
        return 0.3
    return unlikeness(*tracklet.looks[frame], value, weight)
