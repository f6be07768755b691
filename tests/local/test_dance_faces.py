"""One input through both faces of every stage: this machine's runner, and the Kubeflow pipeline through kfp.local."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.dance.wiring import DANCE_WIRING
from pipelines.runners.local import run
from tests.conftest import REPOSITORY, DrawnMedia
from tests.perceive_part import PART_WIRING

KUBEFLOW = """
import json, sys
from kfp import local
from pipelines.kubeflow.build import build
root, variant, arguments = sys.argv[1:]
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=root)
build(variant)(**json.loads(arguments))
"""
KUBEFLOW_PART = """
import json, sys
from kfp import local
from pipelines.kubeflow.build import pipeline_of
from tests.perceive_part import PART_WIRING
root, fixed, arguments = sys.argv[1:]
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=root)
pipeline_of(PART_WIRING, json.loads(fixed), "troupe-part")(**json.loads(arguments))
"""


def content(folder: Path) -> Any:
    """What a stored noun holds, with every file by its bytes instead of by where it lies."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"npy"}:
                return digest(folder / value["npy"])
            if set(value) == {"uri"}:
                return digest(folder / value["uri"])
            return {k: walk(v) for k, v in value.items()}
        if isinstance(value, list):
            return [walk(v) for v in value]
        if isinstance(value, str) and value.startswith("/"):
            return digest(Path(value))
        return value

    return walk(json.loads((folder / "meta.json").read_text()))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def through_kubeflow(
    variant: str, arguments: dict[str, Any], root: Path, cwd: Path, program: str = KUBEFLOW
) -> dict[str, Path]:
    """Run a compiled pipeline's tasks one process each; artifact folders by noun name."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(root), variant, json.dumps(arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return {meta.parent.parent.name: meta.parent for meta in root.rglob("meta.json")}


@pytest.mark.parametrize("variant", ["dance-clip", "dance-motion"])
def test_every_face_of_every_stage_gives_the_same(variant: str, drawn: DrawnMedia, tmp_path: Path) -> None:
    reference = str(drawn.clip) if variant == "dance-clip" else "disco"
    arguments = {
        "photo": str(drawn.photo),
        "reference": reference,
        "width": 180,
        "height": 240,
        "duration": 0.8,
        "quality": "draft",
        "background": "original" if variant == "dance-clip" else "retro_disco",
    }
    fixed = {"reference_kind": variant.removeprefix("dance-"), "judged": variant == "dance-clip"}
    here = run(DANCE_WIRING, arguments | fixed, tmp_path / "store", workers=2)
    (tmp_path / "elsewhere").mkdir()
    there = through_kubeflow(variant, arguments, tmp_path / "root", tmp_path / "elsewhere")
    assert len(there) == len(here.steps)
    for step in here.steps:
        face = next(folder for name, folder in there.items() if name == task_of(step.name))
        assert content(step.folder) == content(face), f"the faces of {step.name} differ"


def test_a_part_cut_out_of_the_whole_is_the_same_through_both_faces(drawn: DrawnMedia, tmp_path: Path) -> None:
    arguments = {"reference": str(drawn.clip), "cut_start": 0.4, "cut_duration": 0.8}
    fixed = {"reference_kind": "clip", "cut": True}
    here = run(PART_WIRING, arguments | fixed, tmp_path / "store", workers=2)
    there = through_kubeflow(json.dumps(fixed), arguments, tmp_path / "root", tmp_path, KUBEFLOW_PART)
    cut = here.steps[-1]
    assert cut.name == "cut" and here.output.frames == 20
    assert content(cut.folder) == content(there["perceive-cut"])


def task_of(step: str) -> str:
    """The name that kfp gives a step's task: that of its component."""
    from pipelines.kubeflow.build import component_of

    found = next(s for s in DANCE_WIRING.steps if s.name == step)
    return str(component_of(found).name)  # type: ignore[attr-defined]


def test_the_comparison_fails_when_one_face_has_another_setting(drawn: DrawnMedia, tmp_path: Path) -> None:
    from components.core.stage import call

    photo = call("components.ingest.photo", {"source": str(drawn.photo)}, {}, tmp_path / "a")
    assert photo.width > 0
    call("components.ingest.photo", {"source": str(drawn.photo)}, {}, tmp_path / "b", self_contained=True)
    call("components.ingest.photo", {"source": str(drawn.photo)}, {"max_side": 320}, tmp_path / "c")
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert content(tmp_path / "a") != content(tmp_path / "c")
