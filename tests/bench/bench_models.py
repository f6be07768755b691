"""`make bench-models`: how good learned people are, and how fast they are drawn.

    python -m tests.bench.bench_models [--rows 64,128,gan,temporal,speed] [--seeds 1] [--minutes 1.0] [--keep FOLDER]

Without options it takes about 50 minutes on two quiet cores; `--seeds 3` gives medians of three. `--minutes` is a
factor of the minutes that a row trains for. Clips are the two of DATA/dance with most frames.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from components.core import StageContext, TroupeError, silent
from components.models.folder import read_contract, read_golden
from components.models.source import open_model
from tests.bench.learning import (
    against,
    answering,
    best,
    best_sharpened,
    longest,
    mean,
    measured,
    pairs_of,
    pose_error,
    trained,
)
from tests.bench.machine import machine, print_table
from tests.conftest import REPOSITORY
from training.deepdance.family import FAMILY
from training.lifecycle import export
from training.lifecycle.records import Prepared, Trained

ROWS = ("64", "128", "gan", "temporal", "speed")
MINUTES = {64: 3.0, 128: 10.0}
_CALLS = 200


class Bench:
    """Everything that the rows share.

    Args:
        arguments: of the command.
        folder: where pairs and trainings are kept.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.seeds, self.factor, self.folder = range(arguments.seeds), arguments.minutes, folder
        self.clips = longest(arguments.data / "dance", 2)
        self.table: list[tuple[object, ...]] = []

    def train(self, clip: Path, size: int, seed: int, **changed: Any) -> tuple[Trained, Prepared]:
        """A training of the minutes that belong to a size."""
        prepared = pairs_of(clip, size, self.folder)
        named = "-".join([clip.stem, str(size), str(seed), *(f"{k}={v}" for k, v in sorted(changed.items()))])
        last = [0.0]

        def tell(text: str) -> None:
            if time.monotonic() - last[0] > 30:
                last[0] = time.monotonic()
                print(f"  {named}: {text}", file=sys.stderr, flush=True)

        minutes = MINUTES[size] * self.factor
        made = trained(
            prepared, self.folder / named, os.cpu_count() or 1, tell, minutes=minutes, seed=seed, patience=0, **changed
        )
        return made, prepared

    def quality(self, size: int) -> None:
        """Foreground L1 and SSIM beside the best baseline, and the pose of who was drawn."""
        for clip in self.clips:
            found = []
            for seed in self.seeds:
                made, prepared = self.train(clip, size, seed)
                found.append((against(made, prepared, FAMILY.baselines(Path(prepared.folder))), made, prepared))
            for figure, lower in (("foreground_l1", True), ("foreground_ssim", False)):
                shown = best(_middle(found, figure)[0], figure, lower)
                gained = shown.high < 0 if lower else shown.low > 0
                self.row(
                    f"{clip.stem} {size} px: {figure}",
                    shown.mean,
                    f"{shown.against} {shown.other:.3g}",
                    f"{shown.low:+.3g} to {shown.high:+.3g} over {shown.blocks} blocks excludes zero",
                    gained,
                )
            _, made, prepared = _middle(found, "foreground_l1")
            joints = pose_error(answering(made, prepared), prepared)
            steps = f"{made.steps} steps in {made.seconds:.0f} s"
            self.row(
                f"{clip.stem} {size} px: pose error (torsos)", joints.drawn, f"floor {joints.floor:.3g}", steps, None
            )

    def gan(self) -> None:
        """GAN against vanilla-map and its best unsharp mask."""
        for clip in self.clips:
            details, joints = [], []
            for seed in self.seeds:
                plain, prepared = self.train(clip, 64, seed)
                taught, _ = self.train(clip, 64, seed, method="gan")
                amount, distance = best_sharpened(plain, prepared)
                own = mean(measured(answering(taught, prepared), prepared), "detail_distance")
                details.append((own / distance, own, distance, amount))
                drawn, plainly = (pose_error(answering(m, prepared), prepared).drawn for m in (taught, plain))
                joints.append((drawn / plainly, drawn, plainly))
            share, own, distance, amount = _median(details)
            beside = f"unsharp {amount:g}: {distance:.3g}"
            self.row(f"{clip.stem} gan: distance of gradient histograms", own, beside, "smaller", share < 1)
            share, own, plainly = _median(joints)
            beside = f"vanilla-map {plainly:.3g}"
            self.row(f"{clip.stem} gan: pose error (torsos)", own, beside, "at most a tenth more", share <= 1.1)

    def temporal(self) -> None:
        """Smoothed poses t, t-1, t-2 and a loss on change against a network that knows what one frame shows.

        A third line tells how much of it the smoothing alone is: the network of one frame, asked about smoothed poses.
        """
        for clip in self.clips:
            flicker, likeness = [], []
            for seed in self.seeds:
                plain, prepared = self.train(clip, 64, seed)
                steady, _ = self.train(clip, 64, seed, history=3, temporal=True)
                subjects = answering(steady, prepared), answering(plain, prepared), answering(plain, prepared, True)
                blocks = [measured(answer, prepared) for answer in subjects]
                one, other, smoothed = (mean(b, "foreground_flicker") for b in blocks)
                flicker.append((one / other, one, other, smoothed))
                one, other, _ = (mean(b, "foreground_ssim") for b in blocks)
                likeness.append((one - other, one, other))
            share, one, other, smoothed = _median(flicker)
            beside = f"per frame {other:.3g} ({share - 1:+.0%})"
            self.row(f"{clip.stem} temporal: flicker", one, beside, "30 % less", share <= 0.7)
            beside = f"per frame {other:.3g} ({smoothed / other - 1:+.0%})"
            self.row(f"{clip.stem} per frame, told smoothed poses: flicker", smoothed, beside, "", None)
            lost, one, other = _median(likeness)
            self.row(f"{clip.stem} temporal: SSIM", one, f"per frame {other:.3g}", "0.005 less", lost >= -0.005)

    def speed(self) -> None:
        """Parity and speed of the exported network with the weights of the quality row."""
        made, prepared = self.train(self.clips[0], 128, 0)
        for int8 in (False, True):
            folder = self.folder / f"export-{int8}"
            folder.mkdir(exist_ok=True)
            context = StageContext(folder, silent, 1)
            told = export.run(made, prepared, settings=export.ExportSettings(int8=int8), context=context)
            rate = frames_a_second(Path(told.folder))
            what = "int8 refused, 32 bits" if int8 and told.precision != "int8" else told.precision
            self.row(f"128 px {what}: frames a second, one at a time", rate, "", "100", rate >= 100)
            if int8:
                full, small = told.figures["fp32"], told.figures["int8"]
                self.row("int8: SSIM", small, f"fp32 {full:.4g}", "within 1 %", small >= 0.99 * full)
            else:
                self.row("ONNX parity", told.parity, "", "1e-4", told.parity <= 1e-4)

    def row(self, what: str, value: float, beside: str, least: str, holds: bool | None) -> None:
        """One line of the table."""
        self.table.append((what, value, beside, least, "" if holds is None else "yes" if holds else "NO"))


def _middle(found: list[Any], figure: str) -> Any:
    """The training whose figure is the median."""
    values = [f[0].figures[figure] for f in found]
    return found[values.index(statistics.median_low(values))]


def _median(found: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return sorted(found)[(len(found) - 1) // 2]


def frames_a_second(folder: Path) -> float:
    """Of an exported network in this process, batch of one, all cores: the median of many calls."""
    model = open_model(str(folder))
    golden = read_golden(read_contract(folder), folder)
    one = {name: array[:1] for name, array in golden.inputs.items()}
    taken = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        model(one)
        taken.append(time.perf_counter() - began)
    model.close()
    return 1 / statistics.median(taken)


def main() -> int:
    """Print the table; exit status 1 where a row could not be made."""
    arguments = _arguments()
    torch.set_num_threads(os.cpu_count() or 1)
    np.seterr(all="ignore")
    unmade = 0
    with tempfile.TemporaryDirectory(prefix="troupe-bench-") as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(arguments, folder)
        if len(bench.clips) < 2:
            print(f"fewer than two clips in {arguments.data / 'dance'}; set TROUPE_TEST_DATA")
            return 1
        began = time.monotonic()
        for name in arguments.rows.split(","):
            try:
                bench.quality(int(name)) if name.isdigit() else getattr(bench, name)()
            except TroupeError as error:
                unmade += 1
                print(f"{name} failed: {error}", flush=True)
        print(f"\n{machine()}; {arguments.seeds} seeds; {(time.monotonic() - began) / 60:.1f} minutes in all")
        print_table(
            "Learned people, on held-out blocks, on the foreground",
            ("what", "value", "beside", "asked", "holds"),
            bench.table,
        )
    return 1 if unmade else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("TROUPE_TEST_DATA", str(REPOSITORY.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--rows", default=",".join(ROWS), help="which, with commas")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1.0, help="factor of the minutes of training")
    parser.add_argument("--keep", type=Path, default=None, help="leave pairs and trainings here")
    arguments = parser.parse_args()
    unknown = set(arguments.rows.split(",")) - set(ROWS)
    if unknown or arguments.seeds < 1 or arguments.minutes <= 0:
        parser.error(f"unknown rows {sorted(unknown)}" if unknown else "seeds and minutes must be more than none")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
