"""The process that looks at uploads: a file that a decoder dies of is refused, and a new process takes over."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from components.core.errors import TroupeError
from components.core.processes import die_with_parent
from serving.orchestrator.intake.content import Content, Limits, examine

_SECONDS = 120.0
"""After so long a file is given up."""
_FILES = 200
"""After so many files the process is replaced: whatever a library kept is given back."""


class Checker:
    """Recognises uploads in one process beside the server's; safe to call from several threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def check(self, kind: str, file: Path, name: str) -> Content:
        """What a file is.

        Args:
            kind: photo or reference.
            file: what was received.
            name: what the uploader calls it, for the refusal.

        Raises:
            TroupeError: as `examine`, speaking of the file by the uploader's name.
        """
        shown = name or "The file"
        try:
            return self._examined(kind, file, shown)
        except TroupeError as error:
            values = {k: v for k, v in error.values.items() if k not in ("path", "uri", "name")}
            message = error.message.replace(str(file), shown).replace(file.name, shown)
            raise TroupeError(error.code, message, **values) from error

    def _examined(self, kind: str, file: Path, shown: str) -> Content:
        for _ in range(2):  # the process may have died of the file before, or been killed for lack of memory
            pool = self._started()
            try:
                return pool.submit(examine, kind, str(file), self._limits).result(_SECONDS)
            except TimeoutError:
                self._drop(pool)
                break
            except BrokenProcessPool:
                self._drop(pool)
        raise TroupeError("unreadable_media", f"{shown} cannot be read; save it anew with another program.", name=shown)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            _kill(pool)

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=die_with_parent,
                    initargs=(os.getpid(),),
                    max_tasks_per_child=_FILES,
                )
            return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        _kill(pool)


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)
