"""What the chart's containers run exists, takes the arguments that it is given, and does what its probe asks about."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import inspect
from typer.main import get_command

from serving.orchestrator.database import Database
from serving.orchestrator.database.tables import Base
from tests.charts.conftest import CHART, EXAMPLES, Object, Render, pods
from tests.conftest import REPOSITORY
from troupe import app

GPU = CHART / "ci" / "gpu-values.yaml"


def started(container: Object, folder: Path, *more: str, **changed: str) -> subprocess.Popen[str]:
    """A container's own command line, with its plain variables, on this machine."""
    words = [*container["command"], *container.get("args", ()), *more]
    assert words[0] == "python"
    plain = {v["name"]: v["value"] for v in container.get("env", ()) if "value" in v}
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("TROUPE_", "KUBE"))}
    here = {"HOME": str(folder), "TROUPE_DATA": str(folder / "data"), "TROUPE_CACHE": str(folder / "cache")}
    return subprocess.Popen(
        [sys.executable, *words[1:]], env=outside | plain | here | changed, text=True, cwd=REPOSITORY,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_migrations_bring_an_empty_database_to_its_newest_version(render: Render, tmp_path: Path) -> None:
    (migrations,) = pods(render())["Deployment/t-troupe"]["initContainers"]
    (tmp_path / "data").mkdir()
    process = started(migrations, tmp_path)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    database = Database(f"sqlite:///{tmp_path / 'data' / 'troupe.db'}")
    assert set(Base.metadata.tables) <= set(inspect(database.engine).get_table_names())
    database.close()


def test_migrations_fail_with_a_sentence_where_no_database_answers(render: Render, tmp_path: Path) -> None:
    (migrations,) = pods(render())["Deployment/t-troupe"]["initContainers"]
    nobody = "postgresql+psycopg://troupe:secret@127.0.0.1:9/troupe?connect_timeout=2"
    process = started(migrations, tmp_path, TROUPE_DATABASE_URL=nobody)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "TROUPE_DATABASE_URL" in said and "Traceback" not in said and "secret" not in said


def test_the_workers_probe_is_of_a_worker_that_goes_round(render: Render, tmp_path: Path) -> None:
    (worker,) = pods(render(GPU))["Deployment/t-troupe-worker"]["containers"]
    probe = worker["livenessProbe"]["exec"]["command"]
    assert probe == worker["startupProbe"]["exec"]["command"]
    here = [part.replace("/data/", f"{tmp_path}/data/") for part in probe]
    assert subprocess.run(here, stderr=subprocess.DEVNULL).returncode != 0
    database = f"sqlite:///{tmp_path}/data/troupe.db"
    (tmp_path / "data").mkdir()
    process = started(
        worker, tmp_path,
        TROUPE_DATABASE_URL=database, TROUPE_STORAGE_URL=str(tmp_path / "files"), TROUPE_RUNNER="local",
    )  # fmt: skip
    try:
        end = time.monotonic() + 120
        while subprocess.run(here, stderr=subprocess.DEVNULL).returncode != 0 and time.monotonic() < end:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.2)
        assert subprocess.run(here).returncode == 0
    finally:
        process.terminate()
        process.wait(30)
    os.utime(tmp_path / "data" / "worker.turn", (time.time() - 120,) * 2)
    assert subprocess.run(here).returncode != 0, "a worker that hangs for two minutes is seen"


def test_the_rollout_takes_its_arguments_and_asks_for_a_cluster(render: Render, tmp_path: Path) -> None:
    (rollout,) = pods(render(GPU))["Deployment/t-troupe-rollout"]["containers"]
    process = started(rollout, tmp_path, TROUPE_REGISTRY=f"sqlite:///{tmp_path}/registry.db")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1 and "runner_unreachable" in said


def test_the_transformer_takes_its_arguments_and_those_that_kserve_adds(render: Render, tmp_path: Path) -> None:
    (transformer,) = pods(render(GPU))["InferenceService/anna-transformer"]["containers"]
    added = ("--model_name", "anna", "--predictor_host", "anna-predictor.dances", "--http_port", "8080")
    process = started(transformer, tmp_path, *added)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1 and "model_missing" in said and "/mnt/models" in said


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_commands_of_troupe_exist_with_their_options(file: Path, render: Render) -> None:
    found = pods(render(file))
    command = get_command(app)
    words = [
        [*c["command"], *c.get("args", ())][1:]
        for pod in found.values()
        for c in pod["containers"]
        if c["command"][0] == "troupe"
    ]
    assert ["serve"] in words and any(w[0] == "demo" for w in words)
    for name, *options in words:
        inner = command.commands[name]  # type: ignore[attr-defined]
        inner.make_context(name, list(options), parent=command.make_context("troupe", [name]))
