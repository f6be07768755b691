"""`make simulate`: how long videos wait, from a thousand to a million a day, on fixed and on growing fleets.

FIGURES=FILE takes the stages' seconds from another machine, NODE_CORES=16 says how large a node is.
"""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

from tests.simulation.demand import Demand, mean_service, requests_of
from tests.simulation.figures import HERE, Figures, read_figures
from tests.simulation.model import DAY, Fleet, Simulation

VIDEOS = (1_000, 10_000, 100_000, 1_000_000)
SPARE = 0.85
"""Share of a fixed fleet that is busy, in the busiest hour or, where it is lean, in an hour of the mean."""


def row(videos: int, fleet: Fleet, figures: Figures, title: str) -> str:
    """One line of the table."""
    demand = Demand(users=videos // 2)
    began = time.monotonic()
    seen = Simulation(fleet, requests_of(demand, figures)).run()
    used = len(seen.waits) * mean_service(demand, figures) / (seen.node_seconds * fleet.slots)
    waits = " | ".join(f"{seen.wait(p):.1f}" for p in (None, 95, 99))
    hours = seen.node_seconds / 3600
    total = sum(seen.totals) / len(seen.totals)
    return (
        f"| {len(seen.waits)} | {title} | {seen.peak} | {hours:.0f} | {used:.0%} | {waits} | {total:.1f} | "
        f"{time.monotonic() - began:.0f} |"
    )


def main() -> None:
    """Print the table."""
    figures = read_figures(Path(os.environ.get("FIGURES") or HERE))
    slots = max(1, int(os.environ.get("NODE_CORES", "16")) // figures.cores)
    mean = mean_service(Demand(1), figures)
    print(f"stages: {figures.machine}; a run has {figures.cores} cores and makes {figures.size}")
    hourly = slots * 3600 / mean
    print(f"a run takes {mean:.1f} s on average; a node works on {slots} at once: {hourly:.0f} videos an hour")
    titles = (
        "videos a day",
        "nodes",
        "most",
        "node hours",
        "used",
        "mean wait s",
        "p95 s",
        "p99 s",
        "done after s",
        "took s",
    )
    print(f"\n| {' | '.join(titles)} |\n|{' --- |' * len(titles)}")
    for videos in VIDEOS:
        mean_need = videos / DAY * mean / slots
        enough = max(1, math.ceil(mean_need * (1 + Demand(1).swing) / SPARE))
        lean, fewest = max(1, math.ceil(mean_need / SPARE)), max(1, math.ceil(enough * 0.1))
        fleets = {
            f"fixed, {enough}": Fleet(enough, enough, slots),
            f"fixed, {lean}": Fleet(lean, lean, slots),
            f"{fewest} to {2 * enough}": Fleet(fewest, 2 * enough, slots),
        }
        for title, fleet in fleets.items():
            print(row(videos, fleet, figures, title), flush=True)


if __name__ == "__main__":
    main()
