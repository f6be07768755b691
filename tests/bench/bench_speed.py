"""How fast the main job is: cold from the command line, and drawing and encoding alone."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from components.core import StageContext
from components.core.artifact import load
from components.core.stage import stage_of
from pipelines.dance.demonstration import draw
from pipelines.dance.wiring import DANCE_WIRING
from pipelines.runners.local import run
from tests.bench.machine import machine, print_table, watch
from tests.bench.media import drawn_group

TROUPE = [sys.executable, "-m", "troupe"]


def cold(photo: Path, reference: Path, folder: Path, *options: str) -> tuple[float, int, dict[str, Any]]:
    """Seconds and largest memory of a process (bytes) of one whole job from nothing, and what it printed."""
    cache = folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    command = [*TROUPE, "dance", str(photo), str(reference), "-o", str(folder / "cold.mp4"), "--overwrite", *options]
    done = watch([*command, "--json", "--no-figures"], os.environ | {"TROUPE_CACHE": str(cache)})
    if done.code:
        raise SystemExit(f"{' '.join(command)} failed")
    return done.seconds, done.peak, json.loads(done.out)


def warm(photo: Path, reference: Path, folder: Path, size: tuple[int, int], background: str) -> float:
    """How many times real time drawing and encoding run once everything is loaded: the second of two runs counts."""
    arguments = {
        "photo": str(photo),
        "reference": str(reference),
        "width": size[0],
        "height": size[1],
        "background": background,
        "performer": "all",
    }
    result = run(DANCE_WIRING, arguments, folder / "steps")
    folders = {s.name: s.folder for s in result.steps}
    compose = stage_of("components.compose.stage")
    sources = {"scene": "scenery", "stack": "animate", "ensemble": "choreograph", "dance": "perceive"}
    nouns: dict[str, Any] = {name: load(compose.nouns[name], folders[step]) for name, step in sources.items()}
    import components.compose.stage as stage

    best = float("inf")
    for i in range(2):
        out = folder / f"warm-{i}"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        began = time.monotonic()
        stage.run(**nouns, settings=compose.settings(), context=StageContext(out, workers=os.cpu_count() or 1))
        best = min(best, time.monotonic() - began)
    return float(result.output.frames / Fraction(result.output.fps)) / best


def main() -> None:
    """Print the tables of speed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo, reference = draw(folder, lambda _: None, None)
        group_photo, group_reference = drawn_group(folder, people=3)
        rows = []
        for title, picture, clip, limit, options in (
            ("one dancer", photo, reference, 20.0, ("--duration", "10")),
            ("three dancers", group_photo, group_reference, 45.0, ("--duration", "10", "--performer", "all")),
        ):
            seconds, peak, told = cold(picture, clip, folder, "--size", "720x1280", *options)
            stages = ", ".join(f"{k} {v['seconds']:.1f}" for k, v in told["stages"].items())
            rows.append((title, told["frames"], seconds, limit, seconds / limit, peak / 1e9, stages))
        print(f"\n{machine()}")
        print_table(
            "The whole job, cold: 10 s of 720p to 720x1280 at 30 fps",
            ("case", "frames", "seconds", "at most", "ratio", "GB a process", "stages (s)"),
            rows,
        )
        draws = []
        for title, picture, clip, background, size, least in (
            ("one on plate", photo, reference, "original", (720, 1280), 4.0),
            ("one on plate", photo, reference, "original", (1080, 1920), 2.0),
            ("three on preset", group_photo, group_reference, "cyberpunk_nightclub", (720, 1280), 2.0),
            ("three on preset", group_photo, group_reference, "cyberpunk_nightclub", (1080, 1920), 1.0),
        ):
            factor = warm(picture, clip, folder, size, background)
            draws.append((title, f"{size[0]}x{size[1]}", factor, least, factor / least))
        print_table("Draw and encode, warm", ("case", "size", "times real time", "at least", "ratio"), draws)


if __name__ == "__main__":
    main()
