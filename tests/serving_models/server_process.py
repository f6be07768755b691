"""Servers of models as child processes, which say where they are."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY

ANY_PORT = ("--http-port", "0", "--grpc-port", "0")


@dataclass(frozen=True)
class Running:
    """A server: the addresses of REST and gRPC, its process, and what it has said."""

    rest: str
    grpc: str
    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """Everything that it wrote so far."""
        return self.log.read_text()

    def waits_for(self, text: str, seconds: float = 30.0) -> str:
        """What it said, once that holds a text."""
        until = time.monotonic() + seconds
        while text not in self.said():
            assert time.monotonic() < until, f"{text!r} never came:\n{self.said()}"
            time.sleep(0.05)
        return self.said()


@contextlib.contextmanager
def running(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """`python -m ARGUMENTS` on any free ports, while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            child = subprocess.Popen(
                [sys.executable, "-m", *map(str, arguments), *ANY_PORT],
                cwd=REPOSITORY,
                env=os.environ | dict(env or {}),
                stdout=file,
                stderr=file,
            )
        try:
            until = time.monotonic() + 90
            while (found := re.search(r"Models are at (\S+) and (\S+)\n", log.read_text())) is None:
                assert child.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield Running(found[1], found[2], child, log)
        finally:
            child.kill()
            child.wait()
