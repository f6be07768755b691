"""How long the stages of a dance take, as they were measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "figures.json"
"""Measured on the machine that it names; `python -m tests.simulation.measure FILE` measures another."""


@dataclass(frozen=True)
class Figures:
    """Seconds of a dance on one worker, all of whose cores are busy meanwhile.

    Attributes:
        machine: on which they were measured.
        cores: that one worker had.
        size: of the video, px.
        stages: for each stage the seconds that do not depend on the dance's length, and those a second of it takes.
        overhead: seconds of a run beyond its stages: its process, fetching, signing, storing.
    """

    machine: str
    cores: int
    size: str
    stages: Mapping[str, tuple[float, float]]
    overhead: float

    def seconds(self, dance: float, reused: frozenset[str] = frozenset()) -> float:
        """What a run takes.

        Args:
            dance: its length, s.
            reused: stages that were done before.
        """
        done = (fixed + each * dance for name, (fixed, each) in self.stages.items() if name not in reused)
        return self.overhead + sum(done)


def read_figures(path: Path = HERE) -> Figures:
    """Figures from a file that `tests.simulation.measure` wrote."""
    told: dict[str, Any] = json.loads(path.read_text())
    stages = {name: (float(fixed), float(each)) for name, (fixed, each) in told["stages"].items()}
    return Figures(told["machine"], int(told["cores"]), told["size"], stages, float(told["overhead"]))


def write_figures(figures: Figures, path: Path) -> None:
    """As `read_figures` reads them."""
    stages = {name: [round(v, 4) for v in pair] for name, pair in figures.stages.items()}
    told = {**figures.__dict__, "stages": stages, "overhead": round(figures.overhead, 3)}
    path.write_text(json.dumps(told, indent=1) + "\n")
