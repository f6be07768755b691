"""A worker process of a test: the program itself, on the test's own database, files and cache."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy.exc import OperationalError

from components.media import Storage, open_storage
from serving.orchestrator.database import Database, Run
from serving.orchestrator.runs.supervisor import environment
from serving.orchestrator.settings import OrchestratorSettings
from tests.conftest import REPOSITORY
from tests.serving.run_samples import look


@dataclass(frozen=True)
class Place:
    """Where a test's orchestrator keeps everything.

    Attributes:
        settings: as the worker gets them.
        database: migrated.
        storage: of stored files.
    """

    settings: OrchestratorSettings
    database: Database
    storage: Storage


@contextmanager
def place_in(folder: Path, url: str = "", cache: Path | None = None, **settings: Any) -> Iterator[Place]:
    """An orchestrator's place in a folder.

    Args:
        folder: of the test.
        url: of the database; empty: SQLite in the folder.
        cache: of finished steps, where tests share them.
        settings: others.
    """
    # Of a priority that a busy machine does not starve: what is tested has its own time limits.
    values = {"lease": 3.0, "run_nice": 1, **settings}
    made = OrchestratorSettings(data=folder / "data", cache=cache or folder / "cache", database_url=url, **values)
    database = Database(made.database)
    database.migrate()
    yield Place(made, database, open_storage(made.storage, made.storage_endpoint))
    database.close()


def start_worker(place: Place, **env: str) -> subprocess.Popen[bytes]:
    """Start the worker's program."""
    return subprocess.Popen(
        [sys.executable, "-m", "serving.orchestrator.runs.worker", str(os.getpid())],
        cwd=REPOSITORY,
        env=os.environ | environment(place.settings) | env,
        process_group=0,
    )


@contextmanager
def working(place: Place, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that works while the block runs, and is then told to end."""
    process = start_worker(place, **env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_until(met: Callable[[], bool], seconds: float = 120.0, pause: float = 0.05) -> None:
    """Look again and again until something is so; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(pause)


def ended(place: Place, run: str, seconds: float = 240.0) -> Run:
    """A run once it has ended."""

    def over() -> bool:
        try:
            return look(place.database, run).finished is not None
        except OperationalError:
            return False

    wait_until(over, seconds)
    return look(place.database, run)


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """All processes below a process."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
