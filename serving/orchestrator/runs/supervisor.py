"""Keeps a worker process alive beside the server."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import time

from pydantic import SecretStr

from serving.orchestrator.settings import OrchestratorSettings

BACK_OFF = 30.0
"""Longest pause before a worker that keeps ending is started again, seconds."""
STOP = 5.0

log = logging.getLogger(__name__)


def environment(settings: OrchestratorSettings) -> dict[str, str]:
    """Settings as the TROUPE_* variables that give the same settings in another process."""
    values: dict[str, str] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        values[f"TROUPE_{name.upper()}"] = ",".join(value) if isinstance(value, tuple) else str(value)
    return values


class WorkerProcess:
    """A worker in a process of its own.

    The thread that calls `start` and `watch` has to live as long as the worker: the kernel ends it with that thread.

    Args:
        settings: handed on.
    """

    def __init__(self, settings: OrchestratorSettings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._started = self._again = 0.0

    @property
    def pid(self) -> int | None:
        """Of the process, None where none runs."""
        return None if self._process is None or self._process.poll() is not None else self._process.pid

    def start(self) -> None:
        """Start the worker, unless this process shall only serve (`runs` is 0)."""
        if self._settings.runs == 0:
            return
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "serving.orchestrator.runs.worker", str(os.getpid())],
            env=os.environ | environment(self._settings),
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C in a terminal is for the server alone, which then stops the worker
        )

    def watch(self) -> None:
        """Start the worker again where it ended, with longer pauses if it keeps ending; call about once a second."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if not self._again:
            self._failures = 0 if now - self._started > BACK_OFF else self._failures + 1
            pause = min(BACK_OFF, 0.25 * 2**self._failures)
            self._again = now + pause
            log.warning("the worker ended with %s; it starts again in %.1f s", self._process.returncode, pause)
        if now >= self._again:
            self._again = 0.0
            self.start()

    def stop(self) -> None:
        """Have the worker put its runs back into the queue and end."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process = None
