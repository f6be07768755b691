"""Virtual environments of programs that cannot live in ours, made once a machine with uv from the package index."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import lacking

_PATIENCE = 300


def environment(part: str, *requirements: str) -> Path:
    """Folder of a virtual environment with these packages; the test is skipped where it cannot be made.

    Args:
        part: as TROUPE_REQUIRE names it.
        requirements: exact versions, as for pip.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "troupe-tests"
    digest = hashlib.sha256(f"{sys.version}{requirements}".encode()).hexdigest()[:12]
    place = home / f"{part}-{digest}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{part}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (place / "whole").exists():
            return place
        uv = Path(sys.executable).with_name("uv")
        commands = (
            [sys.executable, "-m", "venv", "--clear", "--without-pip", str(place)],
            [str(uv), "pip", "install", "--quiet", "--python", str(place / "bin" / "python"), *requirements],
        )
        for command in commands:
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
            except (OSError, subprocess.TimeoutExpired) as error:
                lacking(part, f"an environment with {', '.join(requirements)} cannot be made: {error}")
            if done.returncode != 0:
                lacking(part, f"{', '.join(requirements)} cannot be installed: {done.stderr.strip()[-300:]}")
        (place / "whole").touch()
    return place


def packages_of(place: Path) -> Path:
    """Where an environment's packages lie."""
    return next((place / "lib").glob("python3*")) / "site-packages"
