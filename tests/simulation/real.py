"""A small real run of what the simulation models: the real queue in SQLite, real worker processes, short sleeps.

    python -m tests.simulation.real DATABASE POLL     works on runs until it is ended

A run's `service` says how long it keeps a worker busy; what a worker does otherwise is what `runs/worker.py` does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from serving.orchestrator.database import Database, Run
from serving.orchestrator.runs import queue, results
from serving.orchestrator.runs.states import enter
from tests.conftest import REPOSITORY
from tests.simulation.model import Request

_LEASE = 60.0


@dataclass(frozen=True)
class Done:
    """When a run was asked for, begun and ended, s."""

    created: float
    started: float
    finished: float


def work(database: Database, poll: float) -> None:
    """Claim runs, sleep as long as they say, end them."""
    while True:
        taken = queue.claim(database, f"worker-{os.getpid()}", _LEASE)
        if taken is None:
            time.sleep(poll)
            continue
        claim, run = taken
        time.sleep(float(run.arguments["service"]))
        results.succeed(database, claim, [], {"result": {}})


@contextmanager
def workers(url: str, number: int, poll: float) -> Iterator[None]:
    """So many worker processes, all of them at the queue before the block begins."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.simulation.real", url, str(poll)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    try:
        for process in processes:
            assert process.stdout is not None and process.stdout.readline().strip() == "ready"
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def really(requests: Sequence[Request], number: int, poll: float, folder: Path) -> list[Done]:
    """What became of each request, with so many workers."""
    url = f"sqlite:///{folder / 'queue.db'}"
    database = Database(url)
    database.migrate()
    with workers(url, number, poll):
        began = time.monotonic()
        for i, request in enumerate(requests):
            time.sleep(max(0.0, began + request.at - time.monotonic()))
            with database.writing() as session:
                run = Run(owner=f"user-{i}", kind="dance", runner="local", arguments={"service": request.service})
                session.add(run)
                session.flush()
                enter(session, run, "queued")
        while True:
            with database.reading() as session:
                found = session.execute(select(Run.created, Run.started, Run.finished).order_by(Run.id)).all()
            if all(row.finished for row in found):
                break
            time.sleep(0.1)
    database.close()
    return [Done(row.created, row.started, row.finished) for row in found]


if __name__ == "__main__":
    mine = Database(sys.argv[1])
    print("ready", flush=True)
    work(mine, float(sys.argv[2]))
