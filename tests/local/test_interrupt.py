"""Ctrl-C: the command stops within a second, leaves no half file and no process behind, and can go on later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import REPOSITORY

SLEEPER = """
import os, sys, time
from components.core.processes import worker_pool
from pipelines.interrupt import stop_within

if __name__ == "__main__":
    with stop_within(0.8):
        try:
            with worker_pool(2) as pool:
                futures = [pool.submit(time.sleep, 60) for _ in range(4)]
                time.sleep(1.0)
                print("ready", flush=True)
                if sys.argv[1] == "native":
                    import numpy as np
                    a = np.ones((6000, 6000))
                    for _ in range(9):
                        a = a @ a  # deep inside native code for seconds
                [f.result() for f in futures]
        except KeyboardInterrupt:
            os._exit(130)  # as the command does
"""


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGINT, "native"), (signal.SIGINT, "waiting"), (signal.SIGTERM, "waiting")]
)
def test_a_signal_ends_everything_within_a_second(tmp_path: Path, number: signal.Signals, kind: str) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    child = subprocess.Popen(
        [sys.executable, str(script), kind],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stderr is not None
    assert child.stdout.readline() == "ready\n"
    family = psutil.Process(child.pid).children(recursive=True)
    assert len(family) >= 2
    time.sleep(0.2)
    began = time.monotonic()
    child.send_signal(number)
    assert child.wait(timeout=10) == 130
    assert time.monotonic() - began < 3.0  # a second, and room for a busy machine: the native call alone takes many
    _, alive = psutil.wait_procs(family, timeout=2)
    assert not [p for p in alive if not _dead(p)], "orphaned workers"
    assert "leaked" not in child.stderr.read()


def _dead(process: psutil.Process) -> bool:
    """Ended, though nobody may have asked for its exit code: in a container without an init it stays in the list."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
