"""This machine's runner of whole pieces of work: a child process each, gentle to the machine, gone with its parent."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from components.core.errors import TroupeError
from pipelines.runners.child import GRACE
from pipelines.runners.interface import Message, State, Work

_BLOCK = 1 << 16


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    unread: bytes = b""
    messages: list[Message] = field(default_factory=list)
    end: dict[str, Any] | None = None
    stop_by: float | None = None


class ProcessRunner:
    """Runs work in child processes.

    It starts no thread: its owner calls `status` and `events` often (several times a second). The thread that submits
    has to live as long as the work, for the kernel kills a child with the thread that made it.

    Args:
        nice: how much lower than this process's own priority a child's is, 0..19.
    """

    durable = False

    def __init__(self, nice: int = 0) -> None:
        self._nice = nice
        self._children: dict[str, _Child] = {}

    def submit(self, work: Work) -> str:
        """See Runner. Handles are valid in this process only."""
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.runners.child", str(os.getpid()), str(self._nice)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **work.environment},
            process_group=0,  # Ctrl-C in a terminal is for the owner alone
        )
        assert process.stdin is not None and process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        with contextlib.suppress(BrokenPipeError), process.stdin as order:
            order.write(json.dumps({"task": work.task, "arguments": dict(work.arguments)}).encode())
        handle = str(process.pid)
        self._children[handle] = _Child(process)
        return handle

    def status(self, handle: str) -> State:
        """See Runner."""
        child = self._children[handle]
        self._read(child)
        if child.process.poll() is None:
            if child.stop_by is not None and time.monotonic() > child.stop_by:
                child.process.kill()
            return "running"
        self._read(child)
        if child.end is None:
            return "lost" if child.stop_by is None else "cancelled"
        error = child.end.get("error")
        if error is None:
            return "succeeded"
        return "cancelled" if error["code"] == "cancelled" else "failed"

    def events(self, handle: str) -> list[Message]:
        """See Runner."""
        child = self._children[handle]
        self._read(child)
        told, child.messages = child.messages, []
        return told

    def cancel(self, handle: str) -> None:
        """See Runner: SIGTERM, and SIGKILL where that does not help within a second."""
        child = self._children[handle]
        if child.process.poll() is None and child.stop_by is None:
            child.stop_by = time.monotonic() + GRACE + 0.3
            child.process.send_signal(signal.SIGTERM)

    def result(self, handle: str) -> dict[str, Any]:
        """See Runner."""
        child = self._children[handle]
        if child.end is None:
            code = "worker_died" if child.stop_by is None else "cancelled"
            raise TroupeError(code, "The process ended before its work was done; try again.")
        error = child.end.get("error")
        if error is not None:
            raise TroupeError(error["code"], error["message"], **error["values"])
        result: dict[str, Any] = child.end["result"]
        return result

    def forget(self, handle: str) -> None:
        """See Runner."""
        child = self._children.pop(handle)
        if child.process.poll() is None:
            child.process.kill()
            child.process.wait()
        assert child.process.stdout is not None
        child.process.stdout.close()

    def _read(self, child: _Child) -> None:
        assert child.process.stdout is not None
        while True:
            try:
                block = os.read(child.process.stdout.fileno(), _BLOCK)
            except BlockingIOError:
                break
            if not block:
                break
            child.unread += block
        *lines, child.unread = child.unread.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message["kind"] == "end":
                child.end = message["data"]
            else:
                child.messages.append(Message(message["kind"], message["data"]))
