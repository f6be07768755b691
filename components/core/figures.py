"""What was measured of a finished video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.core.errors import Notice

AIMS: tuple[str, ...] = ("low", "high", "zero", "one")
"""Where a good value of a figure lies."""


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: stable, for programs, as `pose_error_median`.
        value: in `unit`, or None where it could not be measured.
        unit: "torso", "px", "ms", "levels", "share", "correlation", "ratio", "dB".
        aim: one of AIMS.
        floor: what the measurement itself reads on this reference when nothing is wrong (its own noise), or None.
        baselines: the same figure of simpler videos by name, as `frozen` and `pelvis`.
        note: a few words for people on how it was measured or why it could not be.
    """

    name: str
    value: float | None
    unit: str
    aim: str
    floor: float | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        if self.aim not in AIMS:
            raise ValueError(f"aim {self.aim!r} is none of {AIMS}")


@dataclass(frozen=True)
class Figures:
    """What `judge` measured.

    Attributes:
        frames: how many frames of the video were looked at.
        figures: in the order in which they are shown; names are unique.
        notices: warnings.
    """

    frames: int
    figures: tuple[Figure, ...]
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        if len({f.name for f in self.figures}) != len(self.figures):
            raise ValueError("two figures of one name")

    def __getitem__(self, name: str) -> Figure:
        """The figure of that name; KeyError where there is none."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)
