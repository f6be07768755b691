"""A KServe server of one model folder as a child process, for as long as a candidate is on trial."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from components.core import TroupeError
from components.models.folder import read_contract
from training.lifecycle.verify import when_ready

_PROGRAM = "serving.models"


@contextlib.contextmanager
def trial_server(folder: Path) -> Iterator[str]:
    """Serve a model folder while the block runs.

    Yields:
        The address of the model; it answers.

    Raises:
        TroupeError: verification_failed: the server ended or never answered; its last words are told.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile("w+") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", _PROGRAM, str(folder), "--http-port", "0", "--grpc-port", str(port)],
            cwd=Path(__file__).resolve().parents[2],
            stdout=log,
            stderr=log,
        )
        try:
            address = f"grpc://127.0.0.1:{port}/{read_contract(folder).name}"
            try:
                when_ready(address, alive=lambda: child.poll() is None).close()
            except TroupeError as error:
                log.seek(0)
                last = (log.read().strip().splitlines() or ["it said nothing"])[-1][:300]
                raise TroupeError(
                    "verification_failed", f"The candidate cannot be served: {last}", folder=str(folder)
                ) from error
            yield address
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
