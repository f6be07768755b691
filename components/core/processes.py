"""Worker processes that start clean, do one thing each, and never outlive their parent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Runs first in a worker: the kernel kills it when the parent ends; Ctrl-C is the parent's to handle.

    Args:
        parent: process that made this one; the kernel watches the thread of it that did.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def give_back() -> None:
    """Hand freed memory back to the system (glibc keeps it), so that what comes next does not lie on top of it."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of spawned processes; leaving it, on an error or not, ends them at once.

    What was not waited for is dropped: idle processes need a third of a second to take themselves apart, and busy ones
    longer. Forking is not used: native libraries that hold threads hang in a forked child.

    Args:
        workers: number of processes, at least 1.
    """
    pool = ProcessPoolExecutor(
        max(1, workers),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=die_with_parent,
        initargs=(os.getpid(),),
    )
    try:
        yield pool
    finally:
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
