"""Processes of this machine that learn together: how they are heard, stopped, and what became of them."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from components.core import Progress, Report, TroupeError
from components.core.processes import die_with_parent

_APART = 0.5
"""Seconds between two words on how far they are."""


class Mailbox:
    """A folder as the way between the processes of a training and the one that waits for them.

    Files are put there whole by renaming: a process that is killed in the middle of a word blocks nobody, as it would
    where it held a queue's lock.

    Args:
        folder: of the checkpoint; nothing stays in it.
        told: exceptions that reach the one who waits as they are, beside TroupeError and OSError (a full disk).
    """

    def __init__(self, folder: Path, told: tuple[type[Exception], ...] = ()) -> None:
        self._folder = folder / ".processes"
        self._told: tuple[type[Exception], ...] = (TroupeError, OSError, *told)
        self._parent = os.getpid()
        self._said_at = 0.0

    def __call__(self, progress: Progress) -> None:
        """Say how far the training is, as a Report does; what comes thicker is left out, but never the end."""
        if time.monotonic() - self._said_at < _APART and progress.done < progress.total:
            return
        self._said_at = time.monotonic()
        self._put("progress", json.dumps([progress.stage, progress.done, progress.total, progress.note]).encode())

    @property
    def stopping(self) -> bool:
        """Whether the processes are asked to stop; they have to do so at the same step."""
        return (self._folder / "stop").exists()

    def work(self, fabric: Any, task: Callable[..., object], *arguments: Any) -> None:
        """The life of one process: it ends with its parent, and by SIGTERM in order.

        Args:
            fabric: Lightning's, launched.
            task: called with fabric and arguments; its "cancelled" is no failure.
        """
        die_with_parent(self._parent)
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        try:
            task(fabric, *arguments)
        except self._told as error:
            if isinstance(error, TroupeError) and error.code == "cancelled":
                return
            if not (self._folder / "error").exists():
                self._put("error", pickle.dumps(error))
            raise

    def wait_for(self, launch: Callable[[], object], report: Report) -> None:
        """Let processes work, passing on what they say.

        Args:
            launch: starts them with `work` and returns when all have ended.
            report: it may raise to stop them; they keep what they have learned, and what it raised is raised here.

        Raises:
            TroupeError: worker_died: one of them ended by itself; or what it raised.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        pool = ThreadPoolExecutor(1)  # this thread hears Ctrl-C and what `report` raises, that one waits
        working = pool.submit(launch)
        try:
            while not wait([working], timeout=_APART).done:
                report(self._last_word())
            failure = working.exception()
            if failure is not None:
                raise self._meaning(failure) from failure
            report(self._last_word())
        except BaseException:
            (self._folder / "stop").touch()
            wait([working])
            raise
        finally:
            pool.shutdown(wait=False)
            if working.done():  # else they have yet to see that they shall stop
                shutil.rmtree(self._folder, ignore_errors=True)

    def _put(self, name: str, content: bytes) -> None:
        part = self._folder / f"{name}.{os.getpid()}.part"
        part.write_bytes(content)
        part.replace(self._folder / name)

    def _last_word(self) -> Progress:
        said = self._folder / "progress"
        return Progress(*json.loads(said.read_bytes())) if said.exists() else Progress("train", 0, 0, "starting")

    def _meaning(self, failure: BaseException) -> BaseException:
        """Where one process fails the others lose it and fail too: what the first one said is meant."""
        from torch.multiprocessing import ProcessExitedException, ProcessRaisedException

        if (self._folder / "error").exists():
            error: BaseException = pickle.loads((self._folder / "error").read_bytes())
            return error
        if not isinstance(failure, ProcessExitedException | ProcessRaisedException):
            return failure
        reason = str(failure).strip().splitlines()[-1]
        return TroupeError(
            "worker_died",
            f"A process of the training ended before its work was done ({reason}); run the same command again, it goes "
            "on from the last look. Where memory ran out, use fewer devices or a smaller size.",
            reason=reason,
        )
