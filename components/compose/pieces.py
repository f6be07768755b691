"""A timeline cut on a fixed grid: every piece is drawn and encoded by itself, in any process, with the same bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from components.compose.timeline import fingerprint
from components.core import Timeline, TroupeError, load, save
from components.core.processes import worker_pool
from components.media.output import writing

PIECE = 48
"""Frames of a piece, which is one closed group of pictures. Its choice decides on the bytes, so it never varies."""


@dataclass(frozen=True)
class Encoding:
    """How pieces are encoded by libx264.

    Attributes:
        preset: its name.
        crf: 0 lossless .. 51.
    """

    preset: str
    crf: int


def encode_pieces(
    timeline: Timeline, encoding: Encoding, folder: Path, workers: int, report: Callable[[int], None]
) -> list[Path]:
    """Draw and encode all pieces; those that an earlier, killed run finished for the same plan are kept.

    Args:
        timeline: what to draw.
        encoding: how.
        folder: for the pieces, `key.json` that says which plan they belong to, and the plan itself for the workers.
        workers: processes.
        report: told the number of finished frames, at least once a second.

    Returns:
        The pieces' files in order.

    Raises:
        TroupeError: worker_died, disk_full, output_unwritable; what `report` raises.
    """
    key = json.dumps({"timeline": fingerprint(timeline), "encoding": asdict(encoding), "piece": PIECE})
    with writing(folder):
        _keep_or_clear(folder, key)
    paths = [folder / f"{i:05d}.mp4" for i in range(-(-timeline.frames // PIECE))]
    missing = [i for i, path in enumerate(paths) if not path.exists()]
    done = sum(_length(timeline, i) for i in range(len(paths)) if paths[i].exists())
    report(done)
    if min(workers, len(missing)) <= 1:
        prepared = _Prepared(timeline)
        for i in missing:
            for drawn in prepared.encode(paths[i], i, encoding):
                report(done + drawn)
            done += _length(timeline, i)
        return paths
    plan = folder / "plan"
    if not (plan / "meta.json").exists():
        with writing(plan):
            save(timeline, plan)
    _in_processes(plan, paths, missing, timeline, encoding, workers, done, report)
    return paths


def _in_processes(
    plan: Path,
    paths: list[Path],
    missing: list[int],
    timeline: Timeline,
    encoding: Encoding,
    workers: int,
    done: int,
    report: Callable[[int], None],
) -> None:
    waiting = iter(missing)
    running: dict[Future[None], int] = {}
    try:
        with worker_pool(min(workers, len(missing))) as pool:
            while True:
                # One piece more than there are workers keeps them busy without queueing a whole film.
                while len(running) <= workers and (i := next(waiting, None)) is not None:
                    running[pool.submit(_encode, str(plan), str(paths[i]), i, encoding)] = i
                if not running:
                    return
                finished, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                    done += _length(timeline, running.pop(future))
                report(done)
    except BrokenProcessPool as error:
        raise TroupeError(
            "worker_died",
            "A process that draws the video ended unexpectedly, most likely for lack of memory; "
            "run again with fewer workers or a smaller size.",
        ) from error


class _Prepared:
    """A timeline's shots made ready for drawing."""

    def __init__(self, timeline: Timeline) -> None:
        from components.compose.canvas import canvases

        self._timeline = timeline
        self._canvases = canvases(timeline)

    def encode(self, path: Path, index: int, encoding: Encoding) -> Iterator[int]:
        """Write one piece beside its place and then rename it; yields the number of frames so far."""
        from components.compose.canvas import drawn
        from components.compose.colour import planes_of, to_yuv420
        from components.media import VideoWriter

        timeline = self._timeline
        planes = planes_of(timeline.width, timeline.height)
        part = path.with_suffix(".part.mp4")
        writer = VideoWriter(
            part,
            timeline.width,
            timeline.height,
            timeline.fps,
            crf=encoding.crf,
            preset=encoding.preset,
            gop=PIECE,
            threads=1,
        )
        with writer:
            count = _length(timeline, index)
            for i, picture in enumerate(drawn(self._canvases, index * PIECE, count)):
                to_yuv420(picture.frame, *planes, *picture.changed)
                writer.write_yuv(planes)
                yield i + 1
        with writing(path):
            part.replace(path)


def _encode(plan: str, path: str, index: int, encoding: Encoding) -> None:
    for _ in _prepared(plan).encode(Path(path), index, encoding):
        pass


@lru_cache(maxsize=1)
def _prepared(plan: str) -> _Prepared:
    """One per process, so that textures and backgrounds are made ready once and not for every piece."""
    return _Prepared(load(Timeline, Path(plan)))


def _length(timeline: Timeline, index: int) -> int:
    return min(PIECE, timeline.frames - index * PIECE)


def _keep_or_clear(folder: Path, key: str) -> None:
    """Leave finished pieces of the same plan where they are; remove anything else."""
    stamp = folder / "key.json"
    if not (stamp.exists() and stamp.read_text() == key):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        stamp.with_suffix(".part").write_text(key)
        stamp.with_suffix(".part").replace(stamp)
    for left in folder.glob("*.part.mp4"):
        left.unlink()
