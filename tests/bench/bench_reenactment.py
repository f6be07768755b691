"""Reenacts every solo clip of the real media and prints the pose error of ours, a frozen photo and a pelvis-follower.

    python -m tests.bench.bench_reenactment [--data FOLDER] [--seconds 10] [--keep FOLDER] [--clip NAME] [--at 10,50,90]

Clips are all files in FOLDER/dance; nothing here knows their names.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from pathlib import Path

from components.core import TroupeError
from components.judge.pose_error import PoseError
from components.judge.reenact import SHARES, Reenactment, reenact
from tests.reenactment_job import job_with

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v")


def main() -> int:
    """Print the table; exit status 1 when a clip could not be reenacted."""
    arguments = _arguments()
    clips = sorted(p for p in (arguments.data / "dance").glob("*") if p.suffix.lower() in SUFFIXES)
    clips = [p for p in clips if arguments.clip in p.name]
    if not clips:
        print(f"no clips in {arguments.data / 'dance'}; set TROUPE_TEST_DATA")
        return 1
    shares = tuple(float(s) / 100 for s in arguments.at.split(","))
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; first {arguments.seconds:g} s of a clip"
    )
    print("pose error in torso lengths: median / 90th percentile / median of wrists and ankles / path share\n")
    print(
        f"{'clip':34s} {'photo':>5s} {'size':>9s} {'ours':>27s} {'frozen':>27s} {'pelvis only':>27s} {'floor':>6s}  s"
    )
    rows: list[Reenactment] = []
    failed = 0
    with tempfile.TemporaryDirectory(prefix="troupe-bench-") as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        job = job_with(folder / "cache")
        for clip in clips:
            try:
                for row in reenact(clip, job, folder, shares=shares, seconds=arguments.seconds):
                    rows.append(row)
                    print(_line(row), flush=True)
            except (TroupeError, ValueError) as error:
                failed += 1
                print(f"{clip.name:34.34s} failed: {error}", flush=True)
    if rows:
        _verdict(rows)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("TROUPE_TEST_DATA", str(REPOSITORY.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--keep", type=Path, default=None, help="leave photos and videos here")
    parser.add_argument("--clip", default="", help="only clips whose name has this in it")
    parser.add_argument(
        "--at", default=",".join(f"{100 * s:g}" for s in SHARES), help="where photos are taken, percent"
    )
    return parser.parse_args()


def _four(error: PoseError) -> str:
    missing = f" !{error.missing:.0%}" if error.missing else ""
    return f"{error.median:.3f} {error.p90:.3f} {error.ends:.3f} {error.path:.2f}{missing}"


def _line(row: Reenactment) -> str:
    return (
        f"{row.clip:34.34s} {row.share:5.0%} {f'{row.width}x{row.height}':>9s} {_four(row.ours):>27s} "
        f"{_four(row.frozen):>27s} {_four(row.pelvis):>27s} {row.floor.median:6.3f} {row.seconds:4.0f}"
    )


def _verdict(rows: list[Reenactment]) -> None:
    """What is asked for, and on how many rows it holds."""
    good = sum(r.ours.median <= 0.12 for r in rows)
    moving = [r for r in rows if r.frozen.ends > 0.2]
    half = sum(r.ours.ends <= 0.5 * r.frozen.ends for r in moving)
    path = sum(0.7 <= r.ours.path <= 1.2 for r in rows)
    print(f"\nmedian at most 0.12: {good} of {len(rows)}")
    print(f"wrists and ankles at most half the frozen photo's, where that exceeds 0.2: {half} of {len(moving)}")
    print(f"path share 0.7 to 1.2: {path} of {len(rows)}")


if __name__ == "__main__":
    raise SystemExit(main())
