"""Work in child processes: what they tell, how they end, and that none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import psutil
import pytest

from components.core import Progress, TroupeError
from pipelines.runners.child import Tell
from pipelines.runners.interface import Runner, State, Work
from pipelines.runners.process import ProcessRunner
from tests.conftest import REPOSITORY
from tests.serving.worker_samples import wait_until


def double(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Twice the number, with noise on standard output."""
    print("a library speaks")
    os.write(1, b'{"kind": "end", "data": {"result": "noise"}}\n')
    for i in range(1000):
        tell.report(Progress("count", i, 1000))
    tell.report(Progress("count", 1000, 1000))
    tell.say("log", message="ümlaut\nand a second line")
    return {"value": 2 * arguments["value"], "nice": os.nice(0), "told": os.environ.get("TOLD")}


def fail(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Every way to fail."""
    if arguments["how"] == "refuse":
        raise TroupeError("no_person_found", "Nobody.", path="/secret/place", count=3)
    if arguments["how"] == "disk":
        raise OSError(28, "No space left on device")
    if arguments["how"] == "memory":
        raise MemoryError
    if arguments["how"] == "bug":
        raise KeyError("x")
    if arguments["how"] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if arguments["how"] == "deaf":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    tell.say("log", message="ready")
    time.sleep(60)
    return {}


def ends(runner: Runner, handle: str) -> State:
    wait_until(lambda: runner.status(handle) != "running", 60.0, 0.02)
    return runner.status(handle)


def of(function: str, **arguments: Any) -> Work:
    return Work("w", f"{__name__}:{function}", arguments, {"PYTHONPATH": str(REPOSITORY), "TOLD": "yes"})


def test_work_is_done_and_told() -> None:
    runner: Runner = ProcessRunner(nice=7)
    handle = runner.submit(of("double", value=21))
    assert ends(runner, handle) == "succeeded"
    assert runner.result(handle) == {"value": 42, "nice": 7 + os.nice(0), "told": "yes"}
    told = runner.events(handle)
    counts = [m.data["done"] for m in told if m.kind == "progress"]
    assert counts[0] == 0 and counts[-1] == 1000 and len(counts) < 50, "a word for every frame"
    assert told[-1].data["message"] == "ümlaut\nand a second line"
    assert runner.events(handle) == []
    runner.forget(handle)


@pytest.mark.parametrize(
    ("how", "state", "code"),
    [
        ("refuse", "failed", "no_person_found"),
        ("disk", "failed", "disk_full"),
        ("memory", "failed", "worker_died"),
        ("bug", "failed", "worker_died"),
        ("die", "lost", "worker_died"),
    ],
)
def test_every_way_to_fail(how: str, state: State, code: str) -> None:
    runner = ProcessRunner()
    handle = runner.submit(of("fail", how=how))
    assert ends(runner, handle) == state
    with pytest.raises(TroupeError) as refusal:
        runner.result(handle)
    assert refusal.value.code == code
    assert "path" not in refusal.value.values and refusal.value.values.get("count", 3) == 3
    runner.forget(handle)


@pytest.mark.parametrize("how", ["wait", "deaf"])
def test_work_stops_within_about_a_second_even_if_it_does_not_listen(how: str) -> None:
    runner = ProcessRunner()
    handle = runner.submit(of("fail", how=how))
    wait_until(lambda: bool(runner.events(handle)), 60.0)
    began = time.monotonic()
    runner.cancel(handle)
    assert ends(runner, handle) == "cancelled" and time.monotonic() - began < 3.0
    with pytest.raises(TroupeError) as refusal:
        runner.result(handle)
    assert refusal.value.code == "cancelled"
    runner.forget(handle)


def test_forgetting_ends_what_still_runs() -> None:
    runner = ProcessRunner()
    handle = runner.submit(of("fail", how="wait"))
    process = psutil.Process(int(handle))
    runner.forget(handle)
    assert not process.is_running()


def test_a_child_dies_with_its_parent() -> None:
    code = (
        "import time\n"
        "from pipelines.runners.interface import Work\n"
        "from pipelines.runners.process import ProcessRunner\n"
        f"runner = ProcessRunner()\nhandle = runner.submit(Work('w', '{__name__}:fail', {{'how': 'wait'}}))\n"
        "while not runner.events(handle): time.sleep(0.05)\n"
        "print(handle, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    assert child.is_running()
    parent.kill()
    parent.communicate()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 5.0)
