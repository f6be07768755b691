"""What every runner owes whoever hands it work: child processes here, Kubeflow Pipelines there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp_server_api as api
import psutil
import pytest

from components.core import TroupeError
from pipelines.kubeflow.connection import Address
from pipelines.kubeflow.placement import Placement
from pipelines.runners.interface import Runner, State, Work
from pipelines.runners.kubeflow import KubeflowRunner
from pipelines.runners.process import ProcessRunner
from tests.conftest import REPOSITORY
from tests.kubeflow_server import KubeflowServer, kubeflow_server, platform_of, spec_of

IMAGE = "registry.example/troupe@sha256:" + "1" * 64


@dataclass
class Bench:
    """A runner, and how it is asked for work.

    Attributes:
        runner: under test.
        work: what is handed in, of a name, a folder to work in, and how the work goes.
        server: of the runner, where it has one.
    """

    runner: Runner
    work: Callable[[str, Path, str], Work]
    server: KubeflowServer | None = None


@contextmanager
def processes() -> Iterator[Bench]:
    def work(name: str, folder: Path, how: str) -> Work:
        arguments = {"how": how, "folder": str(folder)}
        environment = {"PYTHONPATH": str(REPOSITORY), "TROUPE_TOLD": name}
        return Work(name, "tests.contract.runner_work:do", arguments, environment)

    yield Bench(ProcessRunner(), work)


def pod(run: api.V2beta1Run) -> None:
    """Do a run: its photo says how, its reference where; one process, with the variables of the pipeline."""
    run.state = "RUNNING"
    given = run.runtime_config.parameters
    container = spec_of(run)["deploymentSpec"]["executors"]["exec-compose"]["container"]
    variables = {v["name"]: v.get("value", "") for v in container["env"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.contract.runner_work", given["photo"], given["reference"]],
        env=os.environ | variables,
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None:
        if run.state == "CANCELING":
            process.kill()
        time.sleep(0.02)
    _, said = process.communicate()
    if run.state == "CANCELING":
        run.state = "CANCELED"
    elif process.returncode:
        run.error = api.GoogleRpcStatus(code=13, message=said.strip() or "killed")
        run.state = "FAILED"
    else:
        run.state = "SUCCEEDED"


def at(server: KubeflowServer) -> KubeflowRunner:
    return KubeflowRunner(Address(server.url), Placement(IMAGE, secret="storage"), deliver="runs/{name}/video.mp4")


@contextmanager
def cluster(delay: float = 0.0) -> Iterator[Bench]:
    def work(name: str, folder: Path, how: str) -> Work:
        return Work(name, "dance-motion", {"photo": how, "reference": str(folder)}, {"TROUPE_TOLD": name})

    with kubeflow_server(pod) as server:
        server.delay = delay
        yield Bench(at(server), work, server)


@pytest.fixture(params=["processes", "cluster", "slow cluster"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    places: dict[str, Any] = {"processes": processes, "cluster": cluster, "slow cluster": lambda: cluster(0.3)}
    with places[request.param]() as made:
        yield made


@pytest.fixture
def far() -> Iterator[tuple[Bench, KubeflowServer]]:
    with cluster() as made:
        assert made.server is not None
        yield made, made.server


def until(met: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def end_of(runner: Runner, handle: str) -> State:
    until(lambda: runner.status(handle) not in ("queued", "running"))
    return runner.status(handle)


def folder_of(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def test_work_is_done_and_its_variables_reach_it(bench: Bench, tmp_path: Path) -> None:
    folders = {name: folder_of(tmp_path, name) for name in ("one", "two")}
    handles = {name: bench.runner.submit(bench.work(name, folder, "quick")) for name, folder in folders.items()}
    assert len(set(handles.values())) == 2 and all(isinstance(h, str) for h in handles.values())
    for name, handle in handles.items():
        assert end_of(bench.runner, handle) == "succeeded"
        assert name in str(bench.runner.result(handle)), "results of two pieces of work were mixed up"
        assert (folders[name] / "done").exists()
        assert json.loads((folders[name] / "began").read_text())["told"] == name
        bench.runner.events(handle)
        assert bench.runner.events(handle) == [], "an event was told twice"
        bench.runner.forget(handle)


@pytest.mark.parametrize(("how", "states"), [("refuse", {"failed"}), ("die", {"failed", "lost"})])
def test_work_that_fails_says_so(bench: Bench, tmp_path: Path, how: str, states: set[str]) -> None:
    handle = bench.runner.submit(bench.work("w", folder_of(tmp_path, "w"), how))
    assert end_of(bench.runner, handle) in states
    with pytest.raises(TroupeError) as refusal:
        bench.runner.result(handle)
    if how == "refuse":
        assert "Nobody is there" in refusal.value.message
    assert refusal.value.code in ("no_person_found", "worker_died")
    bench.runner.forget(handle)


def test_cancelled_work_stops_and_stays_cancelled(bench: Bench, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "w")
    handle = bench.runner.submit(bench.work("w", folder, "wait"))
    until((folder / "began").exists)
    assert bench.runner.status(handle) == "running"
    bench.runner.cancel(handle)
    assert end_of(bench.runner, handle) == "cancelled"
    bench.runner.cancel(handle)
    assert bench.runner.status(handle) == "cancelled"
    with pytest.raises(TroupeError) as refusal:
        bench.runner.result(handle)
    assert refusal.value.code == "cancelled" and not (folder / "done").exists()
    bench.runner.forget(handle)


def test_work_that_has_ended_is_left_alone(bench: Bench, tmp_path: Path) -> None:
    handle = bench.runner.submit(bench.work("w", folder_of(tmp_path, "w"), "quick"))
    assert end_of(bench.runner, handle) == "succeeded"
    bench.runner.cancel(handle)
    assert bench.runner.status(handle) == "succeeded" and bench.runner.result(handle)
    bench.runner.forget(handle)


def test_forgotten_work_stops(bench: Bench, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "w")
    handle = bench.runner.submit(bench.work("w", folder, "wait"))
    until(lambda: (folder / "began").exists() and (folder / "began").read_text() != "")
    pid = json.loads((folder / "began").read_text())["pid"]
    bench.runner.forget(handle)
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert not (folder / "done").exists()


def test_an_answer_that_was_lost_runs_it_once(far: tuple[Bench, KubeflowServer], tmp_path: Path) -> None:
    bench, server = far
    work = bench.work("w", folder_of(tmp_path, "w"), "quick")
    server.moods.append((r"POST .*/runs", "lose_answer"))
    with pytest.raises(TroupeError) as refusal:
        bench.runner.submit(work)
    assert refusal.value.code == "runner_unreachable"
    handle = bench.runner.submit(work)
    assert end_of(bench.runner, handle) == "succeeded" and list(server.runs) == [handle]


@pytest.mark.parametrize("mood", ["busy", "hang_up"])
def test_a_cluster_in_trouble_is_asked_again_later(
    far: tuple[Bench, KubeflowServer], tmp_path: Path, mood: Any
) -> None:
    bench, server = far
    work = bench.work("w", folder_of(tmp_path, "w"), "quick")
    server.moods.append((r"POST .*/runs", mood))
    with pytest.raises(TroupeError) as refusal:
        bench.runner.submit(work)
    assert refusal.value.code == "runner_unreachable" and not server.runs
    handle = bench.runner.submit(work)
    server.moods += [(r"GET .*/runs/.*", "busy")]
    with pytest.raises(TroupeError):
        bench.runner.status(handle)
    assert end_of(bench.runner, handle) == "succeeded"


def test_work_outlives_a_restart_of_either_side(far: tuple[Bench, KubeflowServer], tmp_path: Path) -> None:
    bench, server = far
    folder = folder_of(tmp_path, "w")
    work = bench.work("w", folder, "wait")
    handle = bench.runner.submit(work)
    until((folder / "began").exists)
    server.stop()
    with pytest.raises(TroupeError) as refusal:
        bench.runner.status(handle)
    assert refusal.value.code == "runner_unreachable"
    server.start()
    later = at(server)
    assert bench.runner.status(handle) == later.status(handle) == "running"
    assert later.submit(work) == later.find("w") == handle and len(server.runs) == 1
    later.cancel(handle)
    assert end_of(bench.runner, handle) == "cancelled"


def test_a_token_that_is_renewed_is_read_anew(far: tuple[Bench, KubeflowServer], tmp_path: Path) -> None:
    _, server = far
    token = tmp_path / "token"
    token.write_text("first")
    runner = KubeflowRunner(Address(server.url, token_file=str(token)), Placement(IMAGE))
    runner.find("x")
    token.write_text("second")
    runner.find("x")
    assert {"Bearer first", "Bearer second"} <= server.tokens


def test_what_a_cluster_is_told_about_a_step(far: tuple[Bench, KubeflowServer], tmp_path: Path) -> None:
    bench, server = far
    handle = bench.runner.submit(bench.work("w", folder_of(tmp_path, "w"), "quick"))
    end_of(bench.runner, handle)
    run = server.runs[handle]
    executors = spec_of(run)["deploymentSpec"]["executors"]
    assert {e["container"]["image"] for e in executors.values()} == {IMAGE}
    compose = {v["name"]: v["value"] for v in executors["exec-compose"]["container"]["env"]}
    assert compose["TROUPE_DELIVER"] == "runs/w/video.mp4" and compose["TROUPE_WORKERS"] == "2"
    assert all("TROUPE_DELIVER" not in str(e) for name, e in executors.items() if name != "exec-compose")
    secrets = [e["secretAsEnv"][0]["secretName"] for e in platform_of(run).values()]
    assert secrets == ["storage"] * len(executors)
