"""A reference clip becomes a Dance: everybody in it, followed through the whole clip, and the beat of its sound.

The clip is decoded once, in pieces on a fixed grid of 32 frames. Workers look at runs of pieces and write what they
see to files; only what is needed to tell people apart comes back. So results do not depend on the number of workers,
and memory does not grow with the clip.
"""

from __future__ import annotations

import shutil
import time
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from components.core import BeatGrid, Clip, Dance, Notice, Progress, StageContext, TroupeError
from components.core.processes import worker_pool
from components.perceive.listen import listen
from components.perceive.observe import PieceTask, Sighting, observe
from components.perceive.presence import least_frames, nobody, presence_notices

PIECE = 32
"""Frames of a piece."""
WARM = 2
"""Frames before a piece that are only followed."""
_LEAST_RUNS, _LONGEST_RUN = 4, 8
"""Runs of pieces: enough for four workers, and never longer than this many pieces."""
_STAGE = "perceive"


class PerceiveSettings(BaseModel, frozen=True):
    """What to look for, and with what.

    Attributes:
        detector: who proposes people: "mediapipe" (bundled) or "yolo" (optional extra).
        weights: path of YOLO's weights.
        hands, faces, masks, beats: what to look for besides bodies.
        longest_side: px; larger frames are looked at in this size.
        most_dancers: who is seen least is left out beyond this number.
    """

    detector: Literal["mediapipe", "yolo"] = "mediapipe"
    weights: str | None = None
    hands: bool = True
    faces: bool = True
    masks: bool = True
    beats: bool = True
    longest_side: int = Field(default=1280, ge=128)
    most_dancers: int = Field(default=12, ge=1)


def run(clip: Clip, *, settings: PerceiveSettings, context: StageContext) -> Dance:
    """Look at a clip.

    Raises:
        TroupeError: no_dancer_found, unreadable_media, model_missing, model_broken, extra_missing, worker_died,
            cancelled (from the report).
    """
    folder = context.workdir / "pieces"
    folder.mkdir(parents=True, exist_ok=True)
    tasks = _tasks(clip, settings, folder)
    total = clip.frames
    sightings, beats = _look(clip, tasks, settings, context)
    least = least_frames(clip.frames, clip.fps)
    # Imported here, as what it needs takes long to load and the workers are to start at once.
    from components.perceive.association import identities

    chains = identities(sightings, [t.first for t in tasks], float(clip.fps), least=least)[: settings.most_dancers]
    if not chains:
        raise nobody(str(clip.uri))

    def tick() -> None:
        context.report(Progress(_STAGE, total, total, "putting the dancers together"))

    # Imported here: it draws in the encoder, which a worker never needs.
    from components.perceive.assemble import assemble

    dancers = tuple(assemble(clip, c, i, folder, context.workdir, tick) for i, c in enumerate(chains))
    shutil.rmtree(folder)
    notices = [n for d in dancers for n in presence_notices(d, clip.width, clip.height)]
    if clip.sound is not None and settings.beats and beats is None:
        notices.append(Notice("no_beat", "No steady beat was found in the sound of the reference."))
    return Dance(
        width=clip.width,
        height=clip.height,
        fps=clip.fps,
        frames=clip.frames,
        clip=clip,
        sound=clip.sound,
        dancers=dancers,
        beats=beats,
        notices=tuple(notices),
    )


def _tasks(clip: Clip, settings: PerceiveSettings, folder: Path) -> list[PieceTask]:
    shrink = min(1.0, settings.longest_side / max(clip.width, clip.height))
    width, height = max(2, round(clip.width * shrink)), max(2, round(clip.height * shrink))
    return [
        PieceTask(
            clip=clip,
            index=i,
            first=first,
            count=min(PIECE, clip.frames - first),
            warm=min(WARM, first),
            width=width,
            height=height,
            detector=settings.detector,
            weights=settings.weights,
            hands=settings.hands,
            faces=settings.faces,
            masks=settings.masks,
            folder=folder,
        )
        for i, first in enumerate(range(0, clip.frames, PIECE))
    ]


def _look(
    clip: Clip, tasks: list[PieceTask], settings: PerceiveSettings, context: StageContext
) -> tuple[list[Sighting], BeatGrid | None]:
    """All sightings in order of piece, and the beat, by worker processes."""
    context.report(Progress(_STAGE, 0, clip.frames, "starting"))
    runs = _runs(tasks)
    found: dict[int, list[Sighting]] = {}
    counts = {f"{t.index}.done": t.count for t in tasks}
    done = 0
    try:
        with worker_pool(max(1, min(context.workers, len(runs)))) as pool:
            futures: dict[Future[list[list[Sighting]]], list[PieceTask]] = {pool.submit(observe, r): r for r in runs}
            sound = clip.sound if settings.beats else None
            beat = None if sound is None else pool.submit(listen, sound)
            waiting = set(futures)
            while waiting:
                ready, waiting = wait(waiting, timeout=0.3)
                for future in ready:
                    pieces = future.result()
                    found |= {t.index: p for t, p in zip(futures.pop(future), pieces, strict=True)}
                for mark in tasks[0].folder.glob("*.done"):
                    done += counts.pop(mark.name, 0)
                context.report(Progress(_STAGE, done, clip.frames, "looking for the dancers"))
            while beat is not None and not beat.done():
                context.report(Progress(_STAGE, done, clip.frames, "listening for the beat"))
                time.sleep(0.1)
            grid: BeatGrid | None = None if beat is None else beat.result()
    except BrokenProcessPool as error:
        raise TroupeError(
            "worker_died", "A worker that looked at the reference ended early, perhaps for lack of memory; run again."
        ) from error
    return [s for i in sorted(found) for s in found[i]], grid


def _runs(tasks: list[PieceTask]) -> list[list[PieceTask]]:
    """Neighbouring pieces that are decoded in one go.

    Each start costs the way from the keyframe before it, so a clip is cut into few runs; that they depend on the clip
    alone keeps damaged clips independent of the number of workers.
    """
    count = min(len(tasks), max(_LEAST_RUNS, -(-len(tasks) // _LONGEST_RUN)))
    size, larger = divmod(len(tasks), count)
    edges = [i * size + min(i, larger) for i in range(count + 1)]
    return [tasks[a:b] for a, b in pairwise(edges)]
