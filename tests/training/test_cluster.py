"""The training under launchers that start its processes themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import REPOSITORY
from training.deepdance.cluster import main
from training.deepdance.trainer import read_course
from training.lifecycle.records import Prepared


def test_torchrun_starts_the_processes(prepared: Prepared, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "-m", "training.deepdance.cluster", str(prepared.folder), str(tmp_path / "out"),
            "--steps", "4", "--minutes", "0", "--batch", "4", "--look", "2", "--registry", "off",
        ],
        cwd=REPOSITORY, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert read_course(tmp_path / "out").step == 4
    assert (tmp_path / "out" / "weights.pt").is_file()


def test_a_train_job_runs_the_same_command(capsys: pytest.CaptureFixture[str]) -> None:
    main(["pairs", "out", "--train-job", "--nodes", "3", "--gpus", "1", "--method", "gan", "--claim", "people"])
    job = yaml.safe_load(capsys.readouterr().out)
    spec = job["spec"]
    assert (job["kind"], spec["trainer"]["numNodes"]) == ("TrainJob", 3)
    assert spec["trainer"]["command"][:5] == [
        "torchrun",
        "-m",
        "training.deepdance.cluster",
        "/data/pairs",
        "/data/out",
    ]
    assert spec["trainer"]["command"][5:] == ["--method", "gan"]
    assert spec["trainer"]["resourcesPerNode"] == {"limits": {"nvidia.com/gpu": "1"}}
    assert "people" in str(spec["podTemplateOverrides"])
