"""A real KServe server of one model folder, as a child process."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from components.models.folder import read_contract
from tests.conftest import REPOSITORY


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def kserve_of(folder: Path) -> Iterator[str]:
    """Serve a model folder while the block runs; the address of its model. It may not answer yet."""
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-m", "serving.models", str(folder), "--http-port", str(port), "--grpc-port", "0"],
        cwd=REPOSITORY,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/{read_contract(folder).name}"
    finally:
        child.kill()
        child.wait()
