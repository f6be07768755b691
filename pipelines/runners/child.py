"""The program of a child process: does one piece of work and tells about it, a JSON object a line.

    python -m pipelines.runners.child PARENT NICE   < {"task": "module:function", "arguments": {...}}

The function is called as `function(arguments, tell)` and returns JSON values. SIGTERM stops it within half a second.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from components.core import Progress, TroupeError
from components.core.processes import die_with_parent
from pipelines.interrupt import stop_within

GRACE = 0.5
"""Seconds that work which is stopped may take to clean up."""
PERIOD = 0.2
"""Seconds between two words on the progress of one stage: more would only be thrown away."""

Task = Callable[[Mapping[str, Any], "Tell"], dict[str, Any]]


class Tell:
    """How work speaks to whoever handed it in.

    Args:
        channel: where the lines go.
    """

    def __init__(self, channel: TextIO) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._said: tuple[str, float] = ("", 0.0)

    def say(self, kind: str, **data: Any) -> None:
        """Send one message."""
        with self._lock:
            self._channel.write(json.dumps({"kind": kind, "data": data}, default=str) + "\n")
            self._channel.flush()

    def report(self, progress: Progress) -> None:
        """A `Report` for stages; what comes thicker than anybody can read is left out, but never a stage's end."""
        stage, at = self._said
        now = time.monotonic()
        if stage == progress.stage and now - at < PERIOD and progress.done < (progress.total or 1 << 62):
            return
        self._said = (progress.stage, now)
        self.say("progress", stage=progress.stage, done=progress.done, total=progress.total, note=progress.note)


def error_values(error: TroupeError) -> dict[str, Any]:
    """An error as JSON; where something lies on this machine is nobody's business elsewhere."""
    values = {k: v for k, v in error.values.items() if not (isinstance(v, str) and v.startswith("/"))}
    return {"code": error.code, "message": error.message, "values": json.loads(json.dumps(values, default=str))}


def refusal_of(error: BaseException) -> TroupeError:
    """Any failure as one that can be told."""
    if isinstance(error, TroupeError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return TroupeError("cancelled", "The work was stopped on request.")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TroupeError("disk_full", "The server's disk is full; free some space there and try again.")
    if isinstance(error, MemoryError):
        return TroupeError("worker_died", "There was not enough memory; try a smaller size or a shorter part.")
    return TroupeError(
        "worker_died", f"The work ended unexpectedly ({type(error).__name__}); the server's log says why."
    )


def main() -> None:
    """See the module."""
    parent, nice = int(sys.argv[1]), int(sys.argv[2])
    die_with_parent(parent)
    with contextlib.suppress(OSError):
        os.nice(nice)
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not be taken for messages
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    tell = Tell(channel)
    with stop_within(GRACE):
        try:
            order = json.load(sys.stdin)
            module, _, name = order["task"].partition(":")
            task: Task = getattr(importlib.import_module(module), name)
            tell.say("end", result=task(order["arguments"], tell))
        except BaseException as error:
            refusal = refusal_of(error)
            if refusal is not error and refusal.code == "worker_died":
                traceback.print_exc()
            with contextlib.suppress(OSError):
                tell.say("end", error=error_values(refusal))
    # Threads of native libraries are not waited for.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
