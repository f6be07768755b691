"""A wiring's Kubeflow pipeline, compiled and run by kfp on this machine, one process a task."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY

_PROGRAM = """
import importlib, json, sys
from kfp import local
from pipelines.kubeflow.build import pipeline_of
where, fixed, root, arguments = sys.argv[1:]
module, _, name = where.partition(":")
wiring = getattr(importlib.import_module(module), name)
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=root)
pipeline_of(wiring, json.loads(fixed), wiring.name)(**json.loads(arguments))
"""


def through_kubeflow(
    wiring: str,
    arguments: Mapping[str, Any],
    folder: Path,
    fixed: Mapping[str, Any] | None = None,
    **environment: str,
) -> dict[str, Path]:
    """Run a pipeline to its end.

    Args:
        wiring: where it is found, as "module:NAME".
        arguments: of the pipeline.
        folder: empty or missing; tasks write below it, and none is started in the repository.
        fixed: values that decide which steps there are.
        environment: variables of the tasks beside this process's.

    Returns:
        folders of the artifacts by name of the task.
    """
    root, elsewhere = folder / "root", folder / "elsewhere"
    elsewhere.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, wiring, json.dumps(dict(fixed or {})), str(root), json.dumps(dict(arguments))],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        capture_output=True,
        text=True,
    )
    told = done.stdout[-4000:] + done.stderr[-4000:]
    assert done.returncode == 0 and "outcome: SUCCEEDED" in done.stdout + done.stderr, told
    return {meta.parent.parent.name: meta.parent for meta in root.rglob("meta.json")}
