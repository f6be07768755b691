"""Dances made by a cluster: submitted once, told about by its steps, stopped, marked and stored like any other."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.core import TroupeError
from components.media.delivery import brought
from pipelines.kubeflow.connection import Address
from pipelines.kubeflow.placement import Placement
from pipelines.runners.kubeflow import KubeflowRunner
from serving.orchestrator.database import Artifact, Run
from serving.orchestrator.provenance.mark import verify
from serving.orchestrator.services import runs
from serving.orchestrator.services.posted import post
from tests.conftest import DrawnMedia
from tests.kubeflow_server import spec_of
from tests.serving.cluster_samples import Cluster, cluster
from tests.serving.run_samples import look, photo_of, project_of, reference_of
from tests.serving.worker_samples import Place, ended, place_in, start_worker, wait_until, working

IMAGE = "registry.example/troupe@sha256:" + "1" * 64


@contextmanager
def events_address(holder: list[Place]) -> Iterator[str]:
    """What a server does with posted events, without the rest of it."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = self.headers["Authorization"].removeprefix("Bearer ")
            run = self.path.split("/")[4]
            status = 201
            try:
                with holder[0].database.writing() as session:
                    post(session, run, token, told["kind"], told["data"])
            except TroupeError as error:
                status = {"conflict": 409, "not_found": 404}.get(error.code, 400)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def far(drawn: DrawnMedia, tmp_path: Path) -> Iterator[tuple[Place, Cluster, str]]:
    """A server whose dances a cluster makes, the cluster, and a project."""
    holder: list[Place] = []
    with (
        cluster(str(drawn.clip), str(tmp_path / "pod")) as there,
        events_address(holder) as address,
        place_in(
            tmp_path, runner="kubeflow", kubeflow_host=there.server.url, kubeflow_image=IMAGE, public_url=address
        ) as place,
    ):
        holder.append(place)
        photo = photo_of(place.database, place.storage, drawn.photo)
        reference = reference_of(place.database, place.storage, drawn.clip)
        yield place, there, project_of(place.database, photo, reference, title="Far away", background_mode="green")


def ask_far(place: Place, project: str) -> Run:
    with place.database.writing() as session:
        return runs.create(session, "local", project, runner=place.settings.runner)


def test_a_dance_is_made_by_the_cluster(far: tuple[Place, Cluster, str], tmp_path: Path) -> None:
    place, there, project = far
    run = ask_far(place, project)
    with working(place):
        last = ended(place, run.id, 90.0)
    assert last.state == "succeeded", last.error
    assert [r.display_name for r in there.server.runs.values()] == [run.id] and last.external_id == "kfp-1"
    submitted = there.server.runs["kfp-1"]
    given = submitted.runtime_config.parameters
    assert given["photo"].startswith("stored:artifacts/") and given["background"] == "green"
    assert given["photo"].removeprefix("stored:") == run.arguments["photo"]["key"]
    images = {e["container"]["image"] for e in spec_of(submitted)["deploymentSpec"]["executors"].values()}
    assert images == {IMAGE}
    with place.database.reading() as session:
        told = runs.events_after(session, run.id, 0)
        row = session.get(Artifact, last.video_id)
        assert row is not None
    assert [e.sequence for e in told] == list(range(1, len(told) + 1))
    stages = [(e.data["stage"], e.data["state"]) for e in told if e.kind == "stage"]
    assert stages[:4] == [("photo", "running"), ("photo", "done"), ("compose", "running"), ("compose", "done")]
    assert any(e.kind == "progress" and e.data["stage"] == "compose" for e in told)
    assert any(e.kind == "log" and e.data["code"] == "no_sound" for e in told)
    place.storage.fetch(row.key, tmp_path / "video.mp4")
    verdict = verify(tmp_path / "video.mp4")
    assert verdict.valid and verdict.lineage["run"] == run.id
    assert list(place.storage.keys("runs/")) == [], "the video that the cluster put there was kept twice"
    assert last.result is not None and last.result["frames"] == 40
    assert last.event_token is None


def test_a_kill_of_the_worker_does_not_submit_twice(far: tuple[Place, Cluster, str]) -> None:
    place, there, project = far
    there.behaviour = "wait"
    run = ask_far(place, project)
    worker = start_worker(place)
    wait_until(lambda: bool(there.server.runs))
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    Path(there.folder).mkdir(exist_ok=True)
    Path(there.folder, "go").touch()
    there.behaviour = "work"
    with working(place):
        last = ended(place, run.id, 90.0)
    assert last.state == "succeeded" and last.attempt == 2
    assert list(there.server.runs) == ["kfp-1"]


def test_cancelling_stops_the_run_on_the_cluster(far: tuple[Place, Cluster, str]) -> None:
    place, there, project = far
    there.behaviour = "quiet"
    run = ask_far(place, project)
    with working(place):
        wait_until(lambda: Path(there.folder, "waiting").exists(), 120.0)
        with place.database.writing() as session:
            runs.cancel(session, "local", run.id)
        wait_until(lambda: look(place.database, run.id).state == "cancelled", 60.0)
    Path(there.folder, "go").touch()
    wait_until(lambda: there.server.runs["kfp-1"].state == "CANCELED", 20.0)
    assert "POST /apis/v2beta1/runs/kfp-1:terminate" in there.server.requests


def test_stopping_the_worker_leaves_the_run_on_the_cluster_alone(far: tuple[Place, Cluster, str]) -> None:
    place, there, project = far
    there.behaviour = "wait"
    run = ask_far(place, project)
    with working(place):
        wait_until(lambda: look(place.database, run.id).external_id is not None)
    assert look(place.database, run.id).state == "queued" and look(place.database, run.id).losses == 0
    assert not any("terminate" in r for r in there.server.requests)
    with place.database.writing() as session:
        runs.cancel(session, "local", run.id)  # its steps are told so when they speak next
    wait_until(lambda: there.server.runs["kfp-1"].state in ("FAILED", "CANCELED"), 20.0)


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        ("refuse", "no_person_found", ""),
        ("die", "worker_died", "killed for its memory"),
    ],  # by the step, the exit handler
)
def test_a_failure_on_the_cluster_is_told(
    behaviour: str, code: str, words: str, far: tuple[Place, Cluster, str]
) -> None:
    place, there, project = far
    there.behaviour = behaviour
    run = ask_far(place, project)
    with working(place):
        last = ended(place, run.id, 90.0)
    assert last.state == "failed" and last.error is not None
    assert last.error["code"] == code and words in last.error["message"]


def test_only_the_runs_own_token_may_tell(far: tuple[Place, Cluster, str]) -> None:
    place, _, project = far
    run = ask_far(place, project).id
    values = {"stage": "compose", "state": "running"}
    with place.database.writing() as session:
        found = session.get(Run, run)
        assert found is not None
        found.event_token = hashlib.sha256(b"right").hexdigest()
    for token in ("", "wrong", found.event_token or ""):
        with place.database.writing() as session, pytest.raises(TroupeError) as refusal:
            post(session, run, token, "stage", values)
        assert refusal.value.code == "not_found"
    with place.database.writing() as session:
        assert post(session, run, "right", "stage", values) == 2


def test_a_cluster_that_does_not_answer(far: tuple[Place, Cluster, str]) -> None:
    _, there, _ = far
    runner = KubeflowRunner(Address(there.server.url), Placement(IMAGE))
    with pytest.raises(TroupeError) as refusal:
        runner.status("kfp-none")
    assert refusal.value.code == "runner_unreachable" and there.server.url in refusal.value.message


def test_a_stored_source_is_fetched_for_its_stage(
    far: tuple[Place, Cluster, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _, project = far
    key = ask_far(place, project).arguments["photo"]["key"]
    with pytest.raises(TroupeError, match="TROUPE_STORAGE_URL"), brought(f"stored:{key}"):
        pass
    monkeypatch.setenv("TROUPE_STORAGE_URL", place.settings.storage)
    with brought(f"stored:{key}") as file:
        assert Path(file).read_bytes() == b"".join(place.storage.read(key))
    assert not Path(file).exists()
    with brought("disco") as name:
        assert name == "disco"
