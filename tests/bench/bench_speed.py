"""How fast the main job is: cold from the command line, and drawing and encoding alone, warm."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from components.compose.pieces import encode_pieces
from components.compose.stage import ENCODINGS
from components.compose.timeline import timeline_of
from components.core import Timeline
from components.core.artifact import load, save
from pipelines.dance.wiring import DANCE_WIRING
from pipelines.runners.local import run
from tests.bench.machine import machine, print_table, watch
from tests.bench.media import drawn_group

TROUPE = [sys.executable, "-m", "troupe"]
SECONDS = 10


def cold(photo: Path, reference: Path, folder: Path, *options: str) -> tuple[float, int, dict[str, Any]]:
    """Seconds and largest memory of a process (bytes) of one whole job from nothing, and what it printed."""
    cache = folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    command = [*TROUPE, "dance", str(photo), str(reference), "-o", str(folder / "cold.mp4"), "--overwrite", *options]
    done = watch([*command, "--json", "--no-figures"], os.environ | {"TROUPE_CACHE": str(cache)})
    if done.code:
        raise SystemExit(f"{' '.join(command)} failed")
    return done.seconds, done.peak, json.loads(done.out)


def plan(photo: Path, reference: Path, folder: Path, size: tuple[int, int], background: str) -> Timeline:
    """The timeline of a job, as its last stage gets it."""
    arguments = {
        "photo": str(photo),
        "reference": str(reference),
        "width": size[0],
        "height": size[1],
        "background": background,
        "performer": "all",
    }
    nouns = run(DANCE_WIRING, arguments, folder / "steps").nouns
    return timeline_of(nouns["scenery"], nouns["animate"], nouns["choreograph"], nouns["perceive"])


def warm(timeline: Timeline, folder: Path) -> float:
    """Seconds of video that all cores together draw and encode in a second once everything is loaded.

    A process for each core does all of it twice. They begin the second time together, and that time counts; what each
    does in a second is summed. Nothing else is in it: no process is started and nothing compiled or loaded.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    save(timeline, folder / "timeline")
    context = multiprocessing.get_context("spawn")
    processes = os.cpu_count() or 1
    barrier, times = context.Barrier(processes), context.SimpleQueue()
    workers = [context.Process(target=_twice, args=(folder, k, barrier, times)) for k in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit("a process that draws and encodes failed")
    length = float(timeline.frames / timeline.fps)
    return sum(length / times.get() for _ in workers)


def _twice(folder: Path, number: int, barrier: Barrier, times: Any) -> None:
    timeline = load(Timeline, folder / "timeline")
    for attempt in range(2):
        barrier.wait(timeout=600)
        began = time.monotonic()
        encode_pieces(timeline, ENCODINGS["standard"], folder / f"{number}-{attempt}", 1, lambda _: None)
        seconds = time.monotonic() - began
    times.put(seconds)


def main() -> None:
    """Print the tables of speed."""
    subprocess.run([*TROUPE, "warm"], check=True)
    with tempfile.TemporaryDirectory(prefix="troupe-bench-") as name:
        folder = Path(name)
        one, three = drawn_group(folder, people=1, seconds=SECONDS), drawn_group(folder, people=3, seconds=SECONDS)
        rows = []
        for title, media, limit in (("one dancer", one, 20.0), ("three dancers", three, 45.0)):
            seconds, peak, told = cold(*media, folder, "--size", "720x1280", "--performer", "all")
            stages = ", ".join(f"{k} {v['seconds']:.1f}" for k, v in told["stages"].items())
            rows.append((title, told["frames"], seconds, limit, seconds / limit, peak / 1e9, stages))
        print(f"\n{machine()}")
        print_table(
            f"The whole job, cold: {SECONDS} s of 1280x720 at 25 fps to 720x1280 at 30, kernels compiled at set-up",
            ("case", "frames", "seconds", "at most", "ratio", "GB a process", "stages (s)"),
            rows,
        )
        draws = []
        for title, media, background, size, least in (
            ("one on plate", one, "original", (720, 1280), 4.0),
            ("one on plate", one, "original", (1080, 1920), 2.0),
            ("three on preset", three, "cyberpunk_nightclub", (720, 1280), 2.0),
            ("three on preset", three, "cyberpunk_nightclub", (1080, 1920), 1.0),
        ):
            timeline = plan(*media, folder, size, background)
            factor = warm(timeline, folder / "warm")
            draws.append((title, f"{size[0]}x{size[1]}", timeline.frames, factor, least, factor / least))
        print_table(
            f"Draw and encode, warm: {os.cpu_count()} processes that were started and loaded before",
            ("case", "size", "frames each", "times real time", "at least", "ratio"),
            draws,
        )


if __name__ == "__main__":
    main()
