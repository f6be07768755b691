"""A real tritonserver, from the wheel that carries one with the Python backend only."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.lifecycle.serving_samples import free_port
from tests.serving_models.environments import environment, packages_of

REQUIREMENTS = ("nvidia-pytriton==0.7.0", "numpy==1.26.4", "onnxruntime==1.31.1")


@contextlib.contextmanager
def tritonserver(repository: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Serve a repository while the block runs: the addresses of REST and gRPC.

    Args:
        repository: as `serving.triton` writes it.
        folder: for what the server needs.
    """
    place = environment("triton", *REQUIREMENTS)
    packages = packages_of(place)
    carried = packages / "pytriton" / "tritonserver"
    backend = folder / "backends" / "python"
    shutil.copytree(carried / "backends" / "python", backend)
    stub = carried / "python_backend_stubs" / f"{sys.version_info.major}.{sys.version_info.minor}"
    shutil.copy(stub / "triton_python_backend_stub", backend)
    rest, rpc = free_port(), free_port()
    log = folder / "log"
    with log.open("wb") as file:
        child = subprocess.Popen(
            [
                str(carried / "bin" / "tritonserver"),
                f"--model-repository={repository}",
                f"--backend-directory={backend.parent}",
                f"--http-port={rest}",
                f"--grpc-port={rpc}",
                "--http-address=127.0.0.1",
                "--grpc-address=127.0.0.1",
                "--allow-metrics=false",
                "--disable-auto-complete-config",
            ],
            env=os.environ
            | {
                "LD_LIBRARY_PATH": str(packages / "nvidia_pytriton.libs"),
                "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
                "PYTHONPATH": str(packages),
            },
            stdout=file,
            stderr=file,
        )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{rest}/v2/health/ready").read()
                break
            except (urllib.error.URLError, ConnectionError):
                assert child.poll() is None and time.monotonic() < until, log.read_text()[-3000:]
                time.sleep(0.1)
        yield f"http://127.0.0.1:{rest}", f"grpc://127.0.0.1:{rpc}"
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
