"""The process that works on runs: claims them, has children work, writes what they tell, and lets nothing be lost."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from components.core.errors import TroupeError
from components.core.processes import die_with_parent
from pipelines.runners.child import error_values
from pipelines.runners.interface import Message, Runner, Work
from pipelines.runners.process import ProcessRunner
from serving.orchestrator.database import Database, Worker, new_id
from serving.orchestrator.runs import queue, results
from serving.orchestrator.runs.order import TASKS, address_order, order_of, task_of, workshop
from serving.orchestrator.settings import OrchestratorSettings

PERIOD = 0.1
"""Seconds between two looks at the children."""
WRITE = 0.25
"""Seconds between two writes about one run: at most four a second."""
LOOK = 0.4
"""Seconds between two looks at the queue and for cancellations."""
STOP = 2.0
"""Seconds that children may take to end when the worker stops."""
GONE = 20
"""Leases after which a worker that was not seen is forgotten."""
TURN = "worker.turn"
"""File in the data folder, touched while the worker goes round: a pod's probe sees by it that it hangs."""

log = logging.getLogger(__name__)


@dataclass
class _Job:
    """A run in hand; elsewhere: its child only watches over it."""

    claim: queue.Claim
    handle: str
    runner: Runner
    waiting: list[Message] = field(default_factory=list)
    written: float = 0.0
    stopping: bool = False
    elsewhere: bool = False


class RunWorker:
    """Works on runs until told to stop. One thread does everything, so children live as long as it does.

    Args:
        settings: how many at once, lease, priority.
        database: queue.
    """

    def __init__(self, settings: OrchestratorSettings, database: Database) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"
        self._settings = settings
        self._database = database
        self._local = ProcessRunner(settings.run_nice)
        self._jobs: dict[str, _Job] = {}
        self._beaten = self._looked = self._turned = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; then children are stopped and their runs put back into the queue at once."""
        self._sweep()
        try:
            while not stop.is_set():
                self._touch()
                try:
                    busy = self._turn()
                except (SQLAlchemyError, TroupeError):
                    log.exception("the queue cannot be reached; trying again")
                    stop.wait(1.0)
                    continue
                stop.wait(PERIOD if busy else LOOK)
        finally:
            self._leave()

    def _touch(self) -> None:
        """Say that it goes round, also while the database does not answer: a new worker would not reach it either."""
        now = time.monotonic()
        if now - self._turned >= self._settings.lease / 3:
            self._turned = now
            with contextlib.suppress(OSError):
                self._settings.data.mkdir(parents=True, exist_ok=True)
                (self._settings.data / TURN).touch()

    def _turn(self) -> bool:
        now = time.monotonic()
        if now - self._beaten >= self._settings.lease / 3:
            self._beat()
            self._beaten = now
        if now - self._looked >= LOOK:
            self._looked = now
            self._cancel()
            while len(self._jobs) < self._settings.runs and self._begin():
                pass
        for job in list(self._jobs.values()):
            self._attend(job)
        return bool(self._jobs)

    def _beat(self) -> None:
        with self._database.writing() as session:
            held = queue.beat(session, [j.claim for j in self._jobs.values()], self._settings.lease)
            session.merge(Worker(name=self.name, capacity=self._settings.runs, started=_STARTED, seen=time.time()))
            session.execute(delete(Worker).where(Worker.seen < time.time() - GONE * self._settings.lease))
        for name in [n for n in self._jobs if n not in held]:
            log.warning("run %s is no longer ours", name)
            self._drop(self._jobs[name])

    def _cancel(self) -> None:
        if not self._jobs:
            return
        with self._database.reading() as session:
            wanted = queue.cancelled(session, [j.claim for j in self._jobs.values()])
        for name in wanted:
            job = self._jobs[name]
            if not job.stopping:
                job.stopping = True
                job.runner.cancel(job.handle)

    def _begin(self) -> bool:
        taken = queue.claim(self._database, self.name, self._settings.lease)
        if taken is None:
            return False
        claim, run = taken
        runner = self._local
        task = task_of(run)
        with self._database.reading() as session:
            order = order_of(run, self._settings) | address_order(session, run, self._settings)
        handle = runner.submit(Work(run.id, TASKS[task], order))
        self._jobs[run.id] = _Job(claim, handle, runner, elsewhere=task == "cluster")
        return True

    def _attend(self, job: _Job) -> None:
        state = job.runner.status(job.handle)
        job.waiting += job.runner.events(job.handle)
        try:
            if state == "running":
                if job.waiting and time.monotonic() - job.written >= WRITE:
                    results.tell(self._database, job.claim, job.waiting)
                    job.waiting, job.written = [], time.monotonic()
                return
            if state == "succeeded":
                results.succeed(self._database, job.claim, job.waiting, job.runner.result(job.handle))
            elif state == "lost":
                log.warning("the process of run %s died", job.claim.run)
                queue.lose(self._database, job.claim)
            else:
                with contextlib.suppress(results.ClaimLost):
                    results.fail(self._database, job.claim, job.waiting, self._error(job))
        except results.ClaimLost:
            log.warning("run %s is no longer ours", job.claim.run)
        self._drop(job)

    def _error(self, job: _Job) -> dict[str, object]:
        try:
            job.runner.result(job.handle)
        except TroupeError as error:
            return error_values(error)
        raise AssertionError("a run that failed has an error")

    def _drop(self, job: _Job) -> None:
        self._jobs.pop(job.claim.run, None)
        job.runner.forget(job.handle)
        shutil.rmtree(workshop(self._settings.cache, job.claim.run, job.claim.attempt), ignore_errors=True)

    def _leave(self) -> None:
        for job in self._jobs.values():
            # What goes on elsewhere goes on: its child, asked to stop, would stop that too.
            if not job.elsewhere:
                job.runner.cancel(job.handle)
        end = time.monotonic() + STOP
        here = [j for j in self._jobs.values() if not j.elsewhere]
        while time.monotonic() < end and any(j.runner.status(j.handle) == "running" for j in here):
            time.sleep(0.02)
        for job in list(self._jobs.values()):
            with contextlib.suppress(SQLAlchemyError):
                if job.runner.status(job.handle) == "succeeded":
                    self._attend(job)
                    continue
                queue.give_back(self._database, job.claim)
            self._drop(job)
        with contextlib.suppress(SQLAlchemyError), self._database.writing() as session:
            session.execute(delete(Worker).where(Worker.name == self.name))

    def _sweep(self) -> None:
        """Remove the folders of attempts that were killed a day ago or longer."""
        for folder in (self._settings.cache / "work").glob("*-*"):
            with contextlib.suppress(OSError):
                if time.time() - folder.stat().st_mtime > 86_400:
                    shutil.rmtree(folder, ignore_errors=True)


_STARTED = time.time()


def main() -> None:
    """The worker's program: settings come from the environment; it ends with its parent or on SIGTERM.

    python -m serving.orchestrator.runs.worker [PARENT]
    """
    if len(sys.argv) > 1:
        die_with_parent(int(sys.argv[1]))
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    work(OrchestratorSettings())


def work(settings: OrchestratorSettings) -> None:
    """Work on runs in this process until SIGTERM or SIGINT.

    Args:
        settings: of the server; `runs` says how many at once.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = Database(settings.database)
    database.migrate()
    try:
        RunWorker(settings, database).run(stop)
    finally:
        database.close()


if __name__ == "__main__":
    main()
