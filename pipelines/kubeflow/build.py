"""The Kubeflow pipeline of a wiring: the same steps, each the component of its stage, and a report at the end."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kfp import compiler, dsl

from pipelines.kubeflow.placement import Placement, place
from pipelines.kubeflow.report import report
from pipelines.kubeflow.variants import VARIANTS, variant_of
from pipelines.wiring import Resources, Step, Wiring

SHAPES = {str: str, int: int, float: float, bool: bool, list: list}
REPORT = Step("report", "", resources=Resources(cpu=0.1, memory=1), retries=2, timeout=600, cache=False)
"""How the exit handler is placed."""


def component_of(step: Step) -> Callable[..., Any]:
    """The Kubeflow component of a step's stage: `<folder>/component.py`, named after the folder and, where the stage
    is not `stage.py`, its module."""
    folder, _, module = step.stage.rpartition(".")
    name = folder.rpartition(".")[2]
    face = importlib.import_module(f"{folder}.component")
    found: Callable[..., Any] = getattr(face, name if module == "stage" else f"{name}_{module}")
    return found


def build(variant: str, placement: Placement | None = None) -> Any:
    """A pipeline that kfp can compile or run.

    Args:
        variant: a key of VARIANTS.
        placement: how its steps are run; None: as the checked-in files are, of no registry and no revision.

    Raises:
        TroupeError: invalid_setting: no such variant.
    """
    chosen = variant_of(variant)
    return pipeline_of(chosen.wiring, chosen.fixed, f"troupe-{variant}", placement)


def pipeline_of(wiring: Wiring, fixed: Mapping[str, Any], name: str, placement: Placement | None = None) -> Any:
    """A wiring as a pipeline that kfp can compile or run.

    Args:
        wiring: the steps.
        fixed: values of the parameters that decide which steps there are.
        name: of the pipeline.
        placement: as for `build`.
    """
    placed = placement or Placement()
    free = {name: p for name, p in wiring.parameters.items() if name not in fixed}
    free = dict(sorted(free.items(), key=lambda entry: entry[1].default is not None))  # as Python wants its arguments
    steps = wiring.active({**{name: p.default for name, p in wiring.parameters.items()}, **fixed})

    def body(*values: Any) -> None:
        given = dict(zip(free, values, strict=True)) | dict(fixed)
        tasks: dict[str, Any] = {}

        def add(step: Step, values: Mapping[str, Any]) -> None:
            arguments = {
                name: tasks[next(s for s in options if s in tasks)].output for name, options in step.inputs.items()
            }
            arguments |= {name: values[p] for name, p in {**step.values, **step.settings}.items()}
            tasks[step.name] = place(component_of(step)(**arguments), step, placed, step.name == wiring.result)

        with dsl.ExitHandler(place(report(), REPORT, placed, False), name="steps"):
            for step in (s for s in steps if not s.for_each):
                add(step, given)
            listed = [s for s in steps if s.for_each]
            if listed:
                items = listed[0].for_each
                with dsl.ParallelFor(given[items], name=f"each-of-{items}", parallelism=wiring.together) as item:
                    for step in listed:
                        add(step, given | {key: getattr(item, key) for key in wiring.parameters[items].fields})

    body.__name__ = name.replace("-", "_")
    body.__doc__ = wiring.purpose
    body.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                annotation=SHAPES[p.kind],
                default=inspect.Parameter.empty if p.default is None else p.default,
            )
            for name, p in free.items()
        ]
    )
    body.__annotations__ = {name: SHAPES[p.kind] for name, p in free.items()}
    return dsl.pipeline(name=name)(body)


def compile_to(folder: Path, placement: Placement | None = None, variants: tuple[str, ...] = ()) -> list[Path]:
    """Compile variants, by default all, into a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for variant in variants or tuple(VARIANTS):
        target = folder / f"{variant}.yaml"
        compiler.Compiler().compile(build(variant, placement), str(target))
        files.append(target)
    return files


if __name__ == "__main__":
    for file in compile_to(Path(__file__).parent / "compiled"):
        print(file)
