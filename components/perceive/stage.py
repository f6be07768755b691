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

import numpy as np
from pydantic import BaseModel, Field

from components.core import BeatGrid, Clip, Dance, Dancer, Notice, Progress, StageContext, TroupeError
from components.core.processes import worker_pool
from components.perceive.listen import listen
from components.perceive.observe import PieceTask, Sighting, observe

PIECE = 32
"""Frames of a piece."""
WARM = 2
"""Frames before a piece that are only followed."""
_LEAST_RUNS, _LONGEST_RUN = 4, 8
"""Runs of pieces: enough for four workers, and never longer than this many pieces."""
_STAGE = "perceive"
_ABSENT = 0.1
_CROPPED = 0.3


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
    fps = float(clip.fps)
    # Imported here, as what it needs takes long to load and the workers are to start at once.
    from components.perceive.association import identities

    chains = identities(sightings, [t.first for t in tasks], fps, least=_least(clip))[: settings.most_dancers]
    if not chains:
        raise TroupeError(
            "no_dancer_found",
            "Nobody was found in the reference: use a clip in which a whole person can be seen, large enough, or, to "
            "drive a face alone, one that shows head and shoulders with some room around them.",
            uri=str(clip.uri),
        )

    def tick() -> None:
        context.report(Progress(_STAGE, total, total, "putting the dancers together"))

    # Imported here: it draws in the encoder, which a worker never needs.
    from components.perceive.assemble import assemble

    dancers = tuple(assemble(clip, c, i, folder, context.workdir, tick) for i, c in enumerate(chains))
    shutil.rmtree(folder)
    notices = [n for d in dancers for n in _notices(d, clip)]
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


def _least(clip: Clip) -> int:
    """Frames in which somebody must be seen to be a dancer: a sixteenth of the clip, between 1/3 s and 1 s."""
    fps = float(clip.fps)
    return max(1, min(clip.frames // 2, round(float(np.clip(clip.frames / 16.0, fps / 3.0, fps)))))


def _notices(dancer: Dancer, clip: Clip) -> list[Notice]:
    out = []
    present = dancer.pose.present
    absent = 1.0 - float(present.mean())
    if absent > _ABSENT:
        out.append(
            Notice(
                "dancer_absent",
                f"Dancer {dancer.identity} is out of sight in {absent:.0%} of the reference.",
                {"dancer": dancer.identity, "share": round(absent, 3)},
            )
        )
    xy = dancer.pose.xyz[present][:, [0, 15, 16, 27, 28], :2]
    outside = np.any((xy < 0) | (xy > np.array([clip.width - 1, clip.height - 1])), axis=2)
    share = float(np.any(outside, axis=1).mean())
    if share > _CROPPED:
        names = ("head", "left hand", "right hand", "left foot", "right foot")
        parts = [n for n, s in zip(names, outside.mean(axis=0), strict=True) if s > 0.5 * _CROPPED]
        out.append(
            Notice(
                "dancer_cropped",
                f"Dancer {dancer.identity} reaches out of the frame in {share:.0%} of the reference.",
                {"dancer": dancer.identity, "share": round(share, 3), "parts": parts},
            )
        )
    return out
