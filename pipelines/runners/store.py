"""The folder of finished steps: how much of it is kept."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
from pathlib import Path

ABANDONED = 86_400.0
"""Seconds after which the half-written output of a killed run is deleted, if nobody continued it."""

RECENT = 600.0
"""Seconds within which an output that was used is not deleted: a run may still be reading it."""


def prune(store: Path, limit: int) -> None:
    """Delete abandoned half-written outputs, then the outputs that were used longest ago until the store fits.

    Args:
        store: folder of step outputs.
        limit: bytes.
    """
    now = time.time()
    sizes: list[tuple[float, int, Path]] = []
    for folder in store.iterdir() if store.is_dir() else ():
        if folder.is_dir():
            with contextlib.suppress(OSError):
                if folder.suffix == ".part" and now - folder.stat().st_mtime > ABANDONED:
                    _delete(folder)
                elif folder.suffix != ".part":
                    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
                    sizes.append((folder.stat().st_mtime, size, folder))
    total = sum(size for _, size, _ in sizes)
    for used, size, folder in sorted(sizes):
        if total <= limit or now - used < RECENT:
            break
        if _delete(folder):
            total -= size


def _delete(folder: Path) -> bool:
    """Delete a step's output unless a run holds its lock."""
    lock = folder.with_suffix(".lock")
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        shutil.rmtree(folder, ignore_errors=True)
    return True
