"""A model's life as a pipeline: from data to promoted champion, here and through kfp.local."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.core.artifact import load
from components.core.stage import stage_of
from components.models.registry import Registry
from pipelines.kubeflow.build import component_of
from pipelines.model_life import LIFE_PARAMETERS, life_steps
from pipelines.runners.local import RunResult, run
from pipelines.wiring import Parameter, Step, Wiring
from tests.kubeflow_local import through_kubeflow
from training.lifecycle.records import Promotion

GATES = """
gates:
  - {figure: error, better: lower, against: [mean]}
  - {figure: likeness, better: higher, against: [champion], permitted: 0.0001, optional: true}
latency: 5000
tolerance: 0.0001
"""
SMALL_WIRING = Wiring(
    name="train-small",
    parameters={**LIFE_PARAMETERS, "source": Parameter(str), "noise": Parameter(float, 0.0)},
    steps=(
        Step("dataset", "tests.lifecycle.small_dataset", values={"source": "source"}),
        Step("train", "tests.lifecycle.small_train", inputs={"dataset": ("dataset",)}, settings={"noise": "noise"}),
        *life_steps("dataset", "train"),
    ),
    result="promote",
    purpose="The tests' own model goes the whole way.",
)


@pytest.fixture
def arguments(registry: Registry, tmp_path: Path) -> dict[str, Any]:
    """Of the wiring."""
    gates = tmp_path / "small.yaml"
    gates.write_text(GATES)
    return {"name": "small", "registry": registry.uri, "family": str(gates), "source": "here", "endpoint": ""}


@pytest.mark.parametrize("step", SMALL_WIRING.steps, ids=lambda s: s.name)
def test_steps_stages_and_components_agree(step: Step) -> None:
    stage = stage_of(step.stage)
    assert set(step.inputs) == set(stage.nouns) and set(step.values) == set(stage.values)
    assert set(step.settings) <= set(stage.settings.model_fields)  # type: ignore[attr-defined]
    for name, (source,) in step.inputs.items():
        giver = next(s for s in SMALL_WIRING.steps if s.name == source)
        assert stage_of(giver.stage).output is stage.nouns[name]
    inputs = set(component_of(step).component_spec.inputs)  # type: ignore[attr-defined]
    assert inputs == {*step.inputs, *step.values, *step.settings}


def test_a_better_model_becomes_champion_and_a_worse_one_does_not(
    arguments: dict[str, Any], registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))

    def life(noise: float) -> RunResult:
        return run(SMALL_WIRING, arguments | {"noise": noise}, tmp_path / "store", workers=1)

    first = life(0.01).output
    assert (first.promoted, first.champion, first.previous) == (True, 1, 0)
    worse = life(0.05).output
    assert (worse.promoted, worse.champion) == (False, 1)
    assert any("champion" in v and v.endswith("failed") for v in worse.verdicts)
    better = life(0.0)
    assert (better.output.promoted, better.output.champion, better.output.previous) == (True, 3, 1)
    assert [v.tags["gates"] for v in registry.versions("small")] == ["passed", "failed", "passed"]
    again = life(0.0)
    assert {s.name for s in again.steps if s.reused} == {"dataset", "train", "export"}
    tags = registry.find("small", alias="champion").tags
    assert len(tags["data"]) == 64 and len(tags["revision"]) in (7, 40) and tags["verified_sha256"]


def test_the_same_steps_run_through_kubeflow(arguments: dict[str, Any], registry: Registry, tmp_path: Path) -> None:
    folders = through_kubeflow(
        "tests.lifecycle.test_pipeline:SMALL_WIRING",
        arguments | {"noise": 0.0, "int8": False},
        tmp_path / "there",
        XDG_CACHE_HOME=str(tmp_path / "home"),
    )
    promotion = load(Promotion, folders["lifecycle-decide"])
    assert (promotion.promoted, promotion.champion) == (True, 1)
    assert Registry(registry.uri, tmp_path / "cache").aliases("small") == {"champion": 1}
