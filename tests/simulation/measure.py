"""Measure the stages: `python -m tests.simulation.measure FILE`.

Two dances of different length, each a whole job of its own process from an empty cache, on a drawn photo and clip at
720x1280, with one process at a time. What counts is the time of the processor, so that a machine that has other work
measures the same; each stage's is a straight line through the two.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.machine import machine
from tests.figure_samples import dancing_clip, small_photo
from tests.simulation.figures import Figures, write_figures

SHORT, LONG = 3.0, 8.0
SIZE = (720, 1280)


def spent() -> float:
    """Seconds of processor of this process and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def job(photo: str, clip: str, seconds: str, out: str) -> dict[str, float]:
    """Make a video here; the seconds of each stage, and of all the rest as "overhead"."""
    from pipelines.dance.job import dance

    stages: dict[str, float] = {}
    begun = 0.0

    def started(_: str) -> None:
        nonlocal begun
        begun = spent()

    def finished(step: Any, _: object) -> None:
        stages[step.name] = spent() - begun

    size = f"{SIZE[0]}x{SIZE[1]}"
    dance(photo, clip, Path(out), size=size, duration=float(seconds), workers=1, started=started, finished=finished)
    return {**stages, "overhead": spent() - sum(stages.values())}


def measure() -> Figures:
    """Figures of this machine."""
    with tempfile.TemporaryDirectory(prefix="troupe-measure-") as place:
        folder = Path(place)
        photo, clip = small_photo(folder, size=SIZE), dancing_clip(folder, LONG + 1.0)
        told = []
        for seconds in (SHORT, LONG):
            command = [
                sys.executable,
                "-m",
                __spec__.name,
                str(photo),
                str(clip),
                str(seconds),
                f"{folder}/{seconds}.mp4",
            ]
            told.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    short, long = told
    stages = {}
    for name in long.keys() - {"overhead"}:
        each = max(0.0, (long[name] - short[name]) / (LONG - SHORT))
        stages[name] = (max(0.0, long[name] - each * LONG), each)
    overhead = (short["overhead"] + long["overhead"]) / 2
    return Figures(machine(), 1, f"{SIZE[0]}x{SIZE[1]}", dict(sorted(stages.items())), overhead)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(job(*sys.argv[1:])))
    else:
        figures = measure()
        write_figures(figures, Path(sys.argv[1]))
        print(f"10 s of dance take {figures.seconds(10.0):.1f} s of one core here; written to {sys.argv[1]}")
