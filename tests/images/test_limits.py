"""Nothing waits for a mirror that does not answer, and what is given up ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.images.buildah import run_within
from tests.images.debian_base import silence


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _ends(process: int) -> None:
    until = time.monotonic() + 30
    while _runs(process):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_command_over_its_limit_ends_with_all_that_it_started(tmp_path: Path) -> None:
    noted = tmp_path / "process"
    with pytest.raises(subprocess.TimeoutExpired):
        run_within(3.0, "sh", "-c", f"sleep 300 & echo $! > {noted}; wait")
    _ends(int(noted.read_text()))


def test_a_command_ends_where_who_waits_for_it_is_killed() -> None:
    waits = "from tests.images.buildah import run_within; run_within(300.0, 'sh', '-c', 'echo $$ >&2; exec sleep 300')"
    with subprocess.Popen([sys.executable, "-c", waits], stderr=subprocess.PIPE, text=True, cwd=REPOSITORY) as waiting:
        assert waiting.stderr is not None
        process = int(waiting.stderr.readline())
        assert _runs(process)
        waiting.kill()
        _ends(process)


def test_a_command_that_fails_says_so() -> None:
    run_within(60.0, "true")
    with pytest.raises(subprocess.CalledProcessError):
        run_within(60.0, "false")


def test_a_mirror_that_does_not_answer_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listens:
        address = f"http://127.0.0.1:{listens.getsockname()[1]}"
        assert silence(address, 0.2).startswith(f"Debian's mirror {address} does not answer: ")
    assert silence(address).startswith(f"Debian's mirror {address} does not answer: ")
