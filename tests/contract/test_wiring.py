"""The wiring, the stages and their Kubeflow faces say the same."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from components.core.stage import stage_of
from pipelines.dance.inspection import CLIP_WIRING, PHOTO_WIRING
from pipelines.dance.judgement import JUDGE_WIRING
from pipelines.dance.wiring import DANCE_WIRING
from pipelines.kubeflow.build import compile_to, component_of
from pipelines.train_deepdance.wiring import TRAIN_DEEPDANCE_WIRING
from pipelines.wiring import Parameter, Step, Wiring

COMPILED = Path(__file__).parents[2] / "pipelines" / "kubeflow" / "compiled"
STEPS = [
    (w, s) for w in (DANCE_WIRING, CLIP_WIRING, PHOTO_WIRING, JUDGE_WIRING, TRAIN_DEEPDANCE_WIRING) for s in w.steps
]


@pytest.mark.parametrize(("wiring", "step"), STEPS, ids=[f"{w.name}-{s.name}" for w, s in STEPS])
def test_a_step_feeds_its_stage_what_it_takes(wiring: Wiring, step: Step) -> None:
    stage = stage_of(step.stage)
    assert set(step.inputs) == set(stage.nouns)
    assert set(step.values) == set(stage.values)
    fields = stage.settings.model_fields  # type: ignore[attr-defined]
    assert set(step.settings) <= set(fields)
    for name, sources in step.inputs.items():
        for source in sources:
            giver = next(s for s in wiring.steps if s.name == source)
            assert stage_of(giver.stage).output is stage.nouns[name], f"{source} does not give {name}"


@pytest.mark.parametrize("step", (*DANCE_WIRING.steps, *TRAIN_DEEPDANCE_WIRING.steps), ids=lambda s: s.name)
def test_a_component_takes_what_its_step_gives(step: Step) -> None:
    inputs = set(component_of(step).component_spec.inputs)  # type: ignore[attr-defined]
    assert inputs == {*step.inputs, *step.values, *step.settings}


def test_the_stages_defaults_are_the_wirings() -> None:
    for wiring in (DANCE_WIRING, TRAIN_DEEPDANCE_WIRING):
        for step in wiring.steps:
            fields = stage_of(step.stage).settings.model_fields  # type: ignore[attr-defined]
            for field, parameter in step.settings.items():
                if fields[field].is_required() or parameter == "name":
                    continue
                default = fields[field].default
                assert (default or 0) == (wiring.parameters[parameter].default or 0), f"{step.name}.{field}"


def test_the_compiled_pipelines_are_up_to_date(tmp_path: Path) -> None:
    files = compile_to(tmp_path)
    assert {f.name for f in files} == {f.name for f in COMPILED.glob("*.yaml")}
    for file in files:
        golden = COMPILED / file.name
        assert golden.read_text() == file.read_text(), f"{golden.name}: run python -m pipelines.kubeflow.build"


def test_a_wiring_with_a_loose_end_is_refused() -> None:
    step = Step("a", "tests.sample_stages.write", inputs={"text": ("nobody",)})
    with pytest.raises(ValueError, match="nobody"):
        Wiring("w", {}, (step,), "a")
    with pytest.raises(ValueError, match="unknown parameter"):
        Wiring("w", {}, (Step("a", "tests.sample_stages.write", values={"source": "p"}),), "a")
    with pytest.raises(ValueError, match="missing"):
        Wiring("w", {"p": Parameter(str)}, (Step("a", "x"),), "a").fill({})


def test_every_stage_of_the_tree_is_in_the_wiring() -> None:
    root = Path(__file__).parents[2] / "components"
    found = {".".join(("components", *p.relative_to(root).with_suffix("").parts)) for p in root.rglob("stage.py")}
    wired = {s.stage for s in DANCE_WIRING.steps}
    assert {f for f in found if f != "components.core.stage"} <= wired
    assert inspect.getdoc(stage_of) is not None
