"""`kill -9` of everything at random moments: runs end, nothing is half-written, clients miss and repeat nothing."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from serving.orchestrator.database import Database, Project, Run
from serving.orchestrator.runs.broadcast import Broadcaster
from serving.orchestrator.runs.events import Event
from tests.conftest import DrawnMedia
from tests.serving.kill_samples import finished_steps, nothing_is_half_written, pictures, story
from tests.serving.run_samples import ask, look, photo_of, project_of, reference_of
from tests.serving.worker_samples import Place, ended, family, place_in, start_worker, wait_until, working

SMALL: dict[str, Any] = {"size": "180x240", "quality": "draft", "duration": 1.2}


class Listener:
    """A client of event streams that loses its connection now and then and resumes by the last id it saw."""

    def __init__(self, database: Database, run: str, seed: int) -> None:
        self.seen: list[Event] = []
        self._database, self._run, self._random = database, run, random.Random(seed)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)

    async def _listen(self) -> None:
        while not (self.seen and self.seen[-1].last):
            broadcaster = Broadcaster(self._database, period=0.05)
            await broadcaster.start()
            last = self.seen[-1].sequence if self.seen else 0
            left = self._random.randint(1, 12)
            stream = broadcaster.subscribe(self._run, last)
            async for event in stream:
                self.seen.append(event)
                left -= 1
                if left == 0:
                    break
            await stream.aclose()  # type: ignore[attr-defined]
            await broadcaster.stop()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while the block runs, and until the run has ended."""
        self._thread.start()
        yield
        self._thread.join(30)
        assert not self._thread.is_alive(), "the stream did not end with the run"


def kill_everything(worker: subprocess.Popen[bytes]) -> None:
    """Kill the worker; the kernel sees to its children."""
    below = family(worker)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in below), 5.0)


def survive(place: Place, run: str, kills: int, choose: random.Random, seed: int) -> Run:
    """Work on a run, killing everything several times, each time at a random event of the story."""
    listener = Listener(place.database, run, seed)
    with listener.listening():
        for _ in range(kills):
            worker = start_worker(place)
            # From the first words of an attempt to the last picture: a moment is so many events later.
            target = len(story(place, run)) + choose.randint(2, 14)
            after = choose.uniform(0.0, 0.4)

            def reached(target: int = target) -> bool:
                now = look(place.database, run)
                return now.events >= target or now.finished is not None

            wait_until(reached, 180.0, 0.01)
            threading.Event().wait(after)
            done = finished_steps(place)
            kill_everything(worker)
            nothing_is_half_written(place)
            for meta, made in done.items():
                assert meta.stat().st_mtime_ns == made, f"{meta.parent.name} was broken by the kill"
        with working(place):
            last = ended(place, run)
        for meta, made in done.items():
            assert meta.stat().st_mtime_ns == made, f"{meta.parent.name} was made twice"
    told = story(place, run)
    assert [e.sequence for e in told] == list(range(1, len(told) + 1))
    assert [(e.sequence, e.kind, e.data) for e in listener.seen] == [(e.sequence, e.kind, e.data) for e in told]
    nothing_is_half_written(place)
    return last


@pytest.fixture(scope="module")
def whole(drawn: DrawnMedia, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is seen in the video of an undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    with place_in(folder) as place:
        photo = photo_of(place.database, place.storage, drawn.photo)
        reference = reference_of(place.database, place.storage, drawn.clip)
        run = ask(place.database, project_of(place.database, photo, reference, **SMALL))
        with working(place):
            return pictures(place, ended(place, run.id), folder)


def test_two_kills_at_random_moments_and_the_same_video(whole: str, drawn: DrawnMedia, tmp_path: Path) -> None:
    with place_in(tmp_path) as place:
        photo = photo_of(place.database, place.storage, drawn.photo)
        reference = reference_of(place.database, place.storage, drawn.clip)
        run = ask(place.database, project_of(place.database, photo, reference, **SMALL))
        seed = random.SystemRandom().randrange(1 << 32)
        print(f"seed {seed}")
        last = survive(place, run.id, 2, random.Random(seed), seed)
        assert last.state == "succeeded", last.error
        assert pictures(place, last, tmp_path) == whole
        with place.database.reading() as session:
            project = session.get(Project, last.project_id)
            assert project is not None and project.status == "succeeded" and project.result_id == last.video_id


@pytest.mark.soak
def test_twenty_kills_over_ten_runs(whole: str, drawn: DrawnMedia, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        with place_in(folder) as place:
            photo = photo_of(place.database, place.storage, drawn.photo)
            reference = reference_of(place.database, place.storage, drawn.clip)
            run = ask(place.database, project_of(place.database, photo, reference, **SMALL))
            last = survive(place, run.id, 2, choose, seed + number)
            assert last.state == "succeeded", last.error
            assert pictures(place, last, folder) == whole
