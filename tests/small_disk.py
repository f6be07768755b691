"""Disks of a size, so that tests can fill one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import lacking


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes at a folder, made where it is missing, while the block runs."""
    if shutil.which("mount") is None or os.geteuid() != 0:
        lacking("mount", "a small disk cannot be made without the right to mount")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        lacking("mount", f"a small disk cannot be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
