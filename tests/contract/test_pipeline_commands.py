"""`troupe pipelines` against a Kubeflow Pipelines of the tests: versions, runs, schedules, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kfp_server_api as api
import pytest
import yaml
from typer.testing import CliRunner

from components.core import TroupeError
from pipelines.pipeline_commands import pipelines
from tests.conftest import REPOSITORY
from tests.kubeflow_server import KubeflowServer, kubeflow_server, spec_of

IMAGE = "registry.example/troupe@sha256:" + "1" * 64
OTHER = "registry.example/troupe@sha256:" + "2" * 64
DELIVER = "import sys, pathlib; from components.media.delivery import deliver; deliver(pathlib.Path(sys.argv[1]))"
VIDEO = b"a video"
Ask = Callable[..., str]


def finish(run: api.V2beta1Run) -> None:
    """A run that stores what its last step is told to, or fails."""
    run.state = "RUNNING"
    if run.runtime_config.parameters.get("photo") == "nobody":
        run.error = api.GoogleRpcStatus(code=13, message="Nobody is there")
        run.state = "FAILED"
        return
    container = spec_of(run)["deploymentSpec"]["executors"]["exec-compose"]["container"]
    told = {v["name"]: v.get("value", "") for v in container["env"]}
    if "TROUPE_DELIVER" in told:
        made = Path(told["TROUPE_STORAGE_URL"]) / "made"
        made.mkdir(exist_ok=True)
        (made / "video.mp4").write_bytes(VIDEO)
        (made / "meta.json").write_text('{"uri": {"uri": "video.mp4"}}')
        done = subprocess.run([sys.executable, "-c", DELIVER, str(made)], env=os.environ | told, cwd=REPOSITORY)
        if done.returncode:
            run.state = "FAILED"
            return
    run.state = "SUCCEEDED"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[KubeflowServer]:
    with kubeflow_server(finish) as server:
        monkeypatch.setenv("TROUPE_KUBEFLOW_HOST", server.url)
        monkeypatch.setenv("TROUPE_KUBEFLOW_IMAGE", IMAGE)
        monkeypatch.setenv("TROUPE_REVISION", "1a2b3c4d5e6f")
        yield server


@pytest.fixture
def ask() -> Ask:
    """Gives a command and returns what it prints; a refusal is raised."""

    def given(*words: str) -> str:
        done = CliRunner().invoke(pipelines, list(words), standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return given


def refused(ask: Ask, *words: str) -> TroupeError:
    with pytest.raises(TroupeError) as refusal:
        ask(*words)
    return refusal.value


def test_a_version_is_uploaded_once_and_never_changes(
    there: KubeflowServer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "0.1.0+1a2b3c4d5e6f uploaded" in ask("upload", "dance-clip", "dance-motion")
    assert "was there already" in ask("upload", "dance-clip")
    assert [p.display_name for p in there.pipelines.values()] == ["troupe-dance-clip", "troupe-dance-motion"]
    assert {v.display_name for v in there.versions.values()} == {"0.1.0+1a2b3c4d5e6f"}
    spec = there.versions["version-1"].pipeline_spec["pipeline_spec"]
    assert {e["container"]["image"] for e in spec["deploymentSpec"]["executors"].values()} == {IMAGE}
    assert refused(ask, "upload", "dance-clip", "--image", OTHER).code == "conflict"
    for revision in ("2" * 12, "3" * 12):
        monkeypatch.setenv("TROUPE_REVISION", revision)
        ask("upload", "dance-clip", "--image", OTHER)
    told = json.loads(ask("list", "--json"))
    clip = next(p for p in told["pipelines"] if p["name"] == "dance-clip")
    assert clip["versions"] == ["0.1.0+333333333333", "0.1.0+222222222222", "0.1.0+1a2b3c4d5e6f"]
    assert clip["parameters"]["photo"]["kind"] == "str" and "engine" not in clip["parameters"]


def test_a_lost_answer_to_an_upload_leaves_one_version(there: KubeflowServer, ask: Ask) -> None:
    there.moods.append((r"POST .*/upload_version", "lose_answer"))
    assert refused(ask, "upload", "dance-motion").code == "runner_unreachable"
    assert "was there already" in ask("upload", "dance-motion")
    assert len(there.versions) == len(there.pipelines) == 1


def test_a_run_is_waited_for_and_its_video_fetched(
    there: KubeflowServer, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TROUPE_STORAGE_URL", str(tmp_path))
    words = ("run", "dance-motion", "--set", "photo=p.png", "--set", "reference=disco", "--set", "width=720")
    out = tmp_path / "video.mp4"
    told = json.loads(ask(*words, "--name", "first", "--output", str(out), "--json"))
    assert told["state"] == "succeeded" and told["stored"] == "runs/first/video.mp4"
    assert out.read_bytes() == VIDEO
    given = there.runs[told["id"]].runtime_config.parameters
    assert (given["photo"], given["width"], given["fps"], given["label"]) == ("p.png", 720, 30.0, False)
    assert json.loads(ask(*words, "--name", "first", "--json"))["id"] == told["id"]
    assert len(there.runs) == 1
    assert refused(ask, *words, "--output", str(out)).code == "output_exists"
    dances = json.dumps([{"photo": "a.png"}, {"photo": "b.png", "background": "green"}])
    batch = ("run", "dance-batch", "--set", f"dances={dances}", "--set", "reference=r.mp4", "--name", "many")
    assert json.loads(ask(*batch, "--json"))["stored"] == "runs/many/"
    given = there.runs["kfp-2"].runtime_config.parameters["dances"]
    assert given[0] == {"photo": "a.png", "performer": "auto", "background": "original"}
    assert [p.stem for p in (tmp_path / "runs" / "many").iterdir()] == [hashlib.sha256(VIDEO).hexdigest()]


def test_a_run_that_fails_says_why(there: KubeflowServer, ask: Ask) -> None:
    refusal = refused(ask, "run", "dance-motion", "--set", "photo=nobody", "--set", "reference=disco")
    assert refusal.code == "worker_died" and "Nobody is there" in refusal.message


def test_a_schedule_runs_a_version_and_is_replaced_and_removed(there: KubeflowServer, ask: Ask) -> None:
    words = ("schedule", "train-deepdance", "--set", "video=s3://b/v.mp4", "--name", "nightly")
    ask(*words, "--cron", "0 0 3 * * *")
    ask(*words, "--cron", "0 0 4 * * *", "--set", "minutes=30")
    (made,) = there.schedules.values()
    assert made.trigger.cron_schedule.cron == "0 0 4 * * *" and made.mode == "ENABLE"
    assert made.max_concurrency == "1" and made.no_catchup is True
    assert made.pipeline_version_reference.pipeline_version_id == "version-1"
    assert made.runtime_config.parameters["minutes"] == 30.0
    assert [s["name"] for s in json.loads(ask("list", "--json"))["schedules"]] == ["nightly"]
    ask("schedule", "train-deepdance", "--name", "nightly", "--remove")
    assert not there.schedules
    assert refused(ask, "schedule", "train-deepdance", "--name", "nightly", "--remove").code == "not_found"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "nothing"), "dance-clip"),
        (("run", "dance-motion", "--set", "photo"), "NAME=VALUE"),
        (("run", "dance-motion", "--set", "engine=puppet"), "NAME=VALUE"),
        (("run", "dance-motion", "--set", "photo=p"), "missing"),
        (("run", "dance-motion", "--set", "photo=p", "--set", "reference=r", "--set", "width=wide"), "whole number"),
        (("run", "dance-motion", "--set", "photo=p", "--set", "reference=r", "--set", "label=1"), "true or false"),
        (("run", "dance-batch", "--set", "dances=a", "--set", "reference=r"), "JSON list"),
        (("run", "dance-batch", "--set", "dances=[]", "--set", "reference=r"), "list of items"),
        (("run", "dance-motion", "--set", "photo=p", "--set", "reference=r", "--output", "x"), "TROUPE_STORAGE_URL"),
        (("schedule", "dance-motion", "--cron", "0 3 * * *"), "six fields"),
        (("upload", "dance-motion", "--image", "troupe:latest"), "digest"),
        (("compile", "nothing"), "dance-clip"),
    ],
)
def test_what_is_typed_wrongly_is_refused(there: KubeflowServer, ask: Ask, words: tuple[str, ...], said: str) -> None:
    refusal = refused(ask, *words)
    assert refusal.code == "invalid_setting" and said in refusal.message
    assert not there.runs and not there.versions


def test_compiling_needs_no_cluster(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TROUPE_KUBEFLOW_HOST", raising=False)
    monkeypatch.setenv("TROUPE_REVISION", "1a2b3c4d5e6f")
    out = tmp_path / "compiled"
    assert ask("compile", "dance-motion", "-o", str(out), "--image", IMAGE).split() == [str(out / "dance-motion.yaml")]
    spec, platform = yaml.safe_load_all((out / "dance-motion.yaml").read_text())
    assert {e["container"]["image"] for e in spec["deploymentSpec"]["executors"].values()} == {IMAGE}
    pods: Any = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert pods["exec-compose"]["podMetadata"]["annotations"] == {"troupe/version": "0.1.0+1a2b3c4d5e6f"}
