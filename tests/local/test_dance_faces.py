"""One input through both faces of every stage: this machine's runner, and the Kubeflow pipeline through kfp.local."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.dance.wiring import DANCE_WIRING
from pipelines.kubeflow.variants import variant_of
from pipelines.runners.local import run
from tests.conftest import DrawnMedia
from tests.kubeflow_local import through_kubeflow
from tests.perceive_part import PART_WIRING


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
    fixed = dict(variant_of(variant).fixed)
    here = run(DANCE_WIRING, arguments | fixed, tmp_path / "store", workers=2)
    there = through_kubeflow("pipelines.dance.wiring:DANCE_WIRING", arguments, tmp_path / "there", fixed)
    assert len(there) == len(here.steps)
    for step in here.steps:
        face = next(folder for name, folder in there.items() if name == task_of(step.name))
        assert content(step.folder) == content(face), f"the faces of {step.name} differ"


def test_a_part_cut_out_of_the_whole_is_the_same_through_both_faces(drawn: DrawnMedia, tmp_path: Path) -> None:
    arguments = {"reference": str(drawn.clip), "cut_start": 0.4, "cut_duration": 0.8}
    fixed = {"reference_kind": "clip", "cut": True}
    here = run(PART_WIRING, arguments | fixed, tmp_path / "store", workers=2)
    there = through_kubeflow("tests.perceive_part:PART_WIRING", arguments, tmp_path / "there", fixed)
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
