"""Ctrl-C means now: Python is asked to stop, and where native code does not let it, the process ends anyway."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def stop_within(seconds: float) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt, and end the process `seconds` later if it still runs.

    The C-level handler writes to a socket at once, even while the main thread is deep inside a native call; a thread
    that waits there starts the clock. Workers ask the kernel to die with their parent, and outputs are renamed into
    place only when whole, so a hard end leaves no orphan and no half file.

    Args:
        seconds: the grace in which the program may clean up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What a hard end leaves behind is freed by Python's tracker process, which need not tell the user about it.
    sys.warnoptions.append("ignore:resource_tracker")
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    old_fd = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def interrupt(number: int, _: object) -> None:
        raise KeyboardInterrupt

    old_handlers = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    finished = threading.Event()

    def watch() -> None:
        while data := ours.recv(16):
            if finished.is_set():
                return
            if any(number in data for number in old_handlers) and not finished.wait(seconds):
                with contextlib.suppress(OSError):
                    sys.stderr.write("\ntroupe: Stopped; nothing half-written was left behind. [cancelled]\n")
                    sys.stderr.flush()
                os._exit(130)

    threading.Thread(target=watch, daemon=True, name="interrupt").start()
    try:
        yield
    finally:
        finished.set()
        signal.set_wakeup_fd(old_fd)
        for number, handler in old_handlers.items():
            signal.signal(number, handler)
        theirs.close()
