"""How long work tells how far it is, and how it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """How far one stage is.

    Attributes:
        stage: name of the stage, as in the wiring.
        done: units finished (frames, bytes, people: whatever the stage counts).
        total: units in all, 0 while unknown.
        note: a few words on what is being done now.
    """

    stage: str
    done: int
    total: int
    note: str = ""


Report = Callable[[Progress], None]
"""Receives progress. It raises TroupeError("cancelled") to stop the work, so call it at least once a second."""


def silent(_: Progress) -> None:
    """A Report that tells nobody."""


@dataclass(frozen=True)
class StageContext:
    """What a stage is given besides its inputs and settings.

    Attributes:
        workdir: an empty folder that becomes the stage's artifact; files that the output refers to are written here.
        report: where progress goes.
        workers: how many processes the stage may keep busy. Results never depend on it.
    """

    workdir: Path
    report: Report = silent
    workers: int = 1
