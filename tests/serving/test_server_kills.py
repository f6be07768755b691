"""`kill -9` of `troupe serve` itself at random moments: its worker goes with it, and clients go on over HTTP."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from serving.orchestrator.database import Run
from serving.orchestrator.runs.supervisor import environment
from tests.conftest import REPOSITORY, DrawnMedia
from tests.serving.kill_samples import finished_steps, nothing_is_half_written, pictures, story
from tests.serving.run_samples import look
from tests.serving.worker_samples import Place, ended, family, place_in, wait_until

SMALL: dict[str, Any] = {
    "size": "128x128", "quality": "draft", "start": 0.2, "duration": 1.0, "consent": True,
    "background_mode": "colour", "background": "#204060",
}  # fmt: skip


class Serve:
    """`troupe serve` on one port, killed and started again.

    Args:
        place: what it keeps, and where.
    """

    def __init__(self, place: Place) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.api = f"http://127.0.0.1:{self.port}/api/v1"
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "troupe.py", "serve", "--port", str(self.port)],
            cwd=REPOSITORY,
            env=os.environ | environment(self._place.settings),
            stdout=subprocess.DEVNULL,
            process_group=0,
        )
        wait_until(lambda: self.answers(), 120.0)

    def answers(self) -> bool:
        """Whether it can be asked."""
        assert self._process is not None and self._process.poll() is None, "the server ended by itself"
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, choose: random.Random) -> None:
        """Kill the server alone, or everything in any order; either way nothing of it lives on."""
        assert self._process is not None
        below = family(self._process)
        victims = [self._process.pid, *([p.pid for p in below] if choose.random() < 0.5 else [])]
        choose.shuffle(victims)
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        wait_until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in below), 15.0)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)


class Listener:
    """A client of `GET /runs/{id}/events` that connects again by `Last-Event-ID`, also where it was not killed."""

    def __init__(self, api: str, run: str, seed: int) -> None:
        self.seen: list[tuple[int, str]] = []
        self.connections = 0
        self._address, self._random = f"{api}/runs/{run}/events", random.Random(seed)
        self._closed = False
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def _listen(self) -> None:
        while not self._closed:
            last = {"Last-Event-ID": str(self.seen[-1][0])} if self.seen else {}
            try:
                with httpx.stream("GET", self._address, headers=last, timeout=30) as answer:
                    assert answer.status_code == 200
                    self.connections += 1
                    self._take(answer, self._random.randint(3, 40))
            except httpx.HTTPError:
                time.sleep(0.1)

    def _take(self, answer: httpx.Response, most: int) -> None:
        """Take a few events; one that is cut off within its lines does not count."""
        told: dict[str, str] = {}
        for line in answer.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                told[name] = value
                continue
            if told.get("event") == "close":
                self._closed = True
                return
            if "id" in told:
                self.seen.append((int(told["id"]), told["event"]))
                most -= 1
                if most == 0:
                    return
            told = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while the block runs, and until the server says that nothing follows."""
        self._thread.start()
        yield
        self._thread.join(120)
        assert not self._thread.is_alive(), "the stream did not end with the run"


def asked(api: str, drawn: DrawnMedia) -> str:
    """Ask for a video as a program does: upload, project, run."""
    with httpx.Client(base_url=api, timeout=60) as client:
        photo = client.post("/photos", files={"file": ("me.png", drawn.photo.read_bytes())}).raise_for_status().json()
        clip = client.post("/references", files={"file": ("it.mp4", drawn.clip.read_bytes())}).raise_for_status().json()
        wanted = {"photo_id": photo["id"], "reference_id": clip["id"], **SMALL}
        project = client.post("/projects", json=wanted).raise_for_status().json()
        return str(client.post("/runs", json={"project_id": project["id"]}).raise_for_status().json()["id"])


def survive(place: Place, drawn: DrawnMedia, kills: int, choose: random.Random) -> Run:
    """Have a video made by a server that is killed several times, each time at a random event of the whole story."""
    server = Serve(place)
    server.start()
    try:
        run = asked(server.api, drawn)
        listener = Listener(server.api, run, choose.randrange(1 << 32))
        with listener.listening():
            for _ in range(kills):
                before = _told(place)
                target, after = before + choose.randint(2, 40), choose.uniform(0.0, 0.5)

                def reached(target: int = target) -> bool:
                    return _told(place) >= target or look(place.database, run).finished is not None

                wait_until(reached, 180.0, 0.01)
                time.sleep(after)
                done = finished_steps(place)
                server.kill(choose)
                nothing_is_half_written(place)
                for meta, made in done.items():
                    assert meta.stat().st_mtime_ns == made, f"{meta.parent.name} was broken by the kill"
                server.start()
            last = ended(place, run)
        told = story(place, run)
        assert [e.sequence for e in told] == list(range(1, len(told) + 1))
        assert listener.seen == [(e.sequence, e.kind) for e in told], "an event was lost or doubled"
        assert listener.connections > kills
        nothing_is_half_written(place)
    finally:
        server.stop()
    return last


def _told(place: Place) -> int:
    """How many events all runs have told, analyses included."""
    from sqlalchemy import func, select

    with place.database.reading() as session:
        return int(session.scalar(select(func.coalesce(func.sum(Run.events), 0))) or 0)


@pytest.fixture(scope="module")
def whole(drawn: DrawnMedia, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is seen in the video of an undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    with place_in(folder, thumbnails=False) as place:
        last = survive(place, drawn, 0, random.Random(1))
        assert last.state == "succeeded", last.error
        return pictures(place, last, folder)


def test_two_kills_of_the_server_and_the_same_video(whole: str, drawn: DrawnMedia, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    with place_in(tmp_path, thumbnails=False) as place:
        last = survive(place, drawn, 2, random.Random(seed))
        assert last.state == "succeeded", last.error
        assert pictures(place, last, tmp_path) == whole


@pytest.mark.soak
def test_twenty_kills_of_the_server_over_ten_runs(whole: str, drawn: DrawnMedia, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    for number in range(10):
        folder = tmp_path / str(number)
        with place_in(folder, thumbnails=False) as place:
            last = survive(place, drawn, 2, choose)
            assert last.state == "succeeded", last.error
            assert pictures(place, last, folder) == whole
