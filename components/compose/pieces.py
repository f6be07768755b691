"""A timeline cut on a fixed grid: every piece is drawn and encoded by itself, in any process, with the same bytes."""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
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
        workers: processes, this one among them.
        report: told the number of finished frames, after each that is drawn here.

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
    if not missing:
        return paths
    crew = min(workers, len(missing)) - 1
    if crew == 0:
        _draw(timeline, encoding, paths, missing, done, report, None)
        return paths
    plan = folder / "plan"
    if not (plan / "meta.json").exists():
        with writing(plan):
            save(timeline, plan)
    try:
        with worker_pool(crew) as pool:
            _draw(timeline, encoding, paths, missing, done, report, _Crew(pool, crew, plan, encoding))
    except BrokenProcessPool as error:
        raise TroupeError(
            "worker_died",
            "A process that draws the video ended unexpectedly, most likely for lack of memory; "
            "run again with fewer workers or a smaller size.",
        ) from error
    return paths


def _draw(
    timeline: Timeline,
    encoding: Encoding,
    paths: list[Path],
    missing: list[int],
    done: int,
    report: Callable[[int], None],
    crew: _Crew | None,
) -> None:
    """Draw pieces in this process, and hand others to the crew as it gets ready: processes take a second to start."""
    prepared = _Prepared(timeline)
    waiting = deque(missing)
    while waiting:
        own = waiting.popleft()
        for drawn in prepared.encode(paths[own], own, encoding):
            if crew is not None:
                done += sum(_length(timeline, i) for i in crew.finished())
                while waiting and crew.idle:
                    index = waiting.popleft()
                    crew.start(index, paths[index])
            report(done + drawn)
        done += _length(timeline, own)
    while crew is not None and crew.busy:
        done += sum(_length(timeline, i) for i in crew.finished(seconds=0.5))
        report(done)


class _Crew:
    """Processes that draw pieces beside the one that asks.

    Args:
        pool: of `count` processes.
        plan: folder of the timeline.
        encoding: of the pieces.
    """

    def __init__(self, pool: ProcessPoolExecutor, count: int, plan: Path, encoding: Encoding) -> None:
        self._pool, self._plan, self._encoding = pool, str(plan), encoding
        self._starting = {pool.submit(_get_ready, self._plan) for _ in range(count)}
        self._drawing: dict[Future[None], int] = {}
        self._ready = 0

    @property
    def busy(self) -> bool:
        """Whether a piece is being drawn."""
        return bool(self._drawing)

    @property
    def idle(self) -> bool:
        """Whether a process is ready and has nothing to draw."""
        return len(self._drawing) < self._ready

    def start(self, index: int, path: Path) -> None:
        """Have a piece drawn."""
        self._drawing[self._pool.submit(_encode, self._plan, str(path), index, self._encoding)] = index

    def finished(self, seconds: float = 0.0) -> list[int]:
        """Pieces that were finished since the last call, waiting for one at most so long.

        Raises:
            BrokenProcessPool: a process died.
        """
        ended, _ = wait({*self._starting, *self._drawing}, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in ended:
            future.result()
        self._ready += len(ended & self._starting)
        self._starting -= ended
        return [self._drawing.pop(future) for future in ended & self._drawing.keys()]


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


def _get_ready(plan: str) -> None:
    _prepared(plan)


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
