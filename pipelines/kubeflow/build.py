"""The Kubeflow pipeline of a wiring: the same steps, each the component of its stage.

A wiring's conditions are decided when it is built, one compiled file a variant: a pipeline without branches is easier
to read in the Kubeflow page, and `kfp.local` cannot merge branches.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kfp import compiler, dsl

from pipelines.dance.wiring import DANCE_WIRING, NO_CUT, NOBODY_LEARNED
from pipelines.train_deepdance.wiring import TRAIN_DEEPDANCE_WIRING
from pipelines.wiring import Step, Wiring

PLACEHOLDER_IMAGE = "registry.invalid/troupe@sha256:" + "0" * 64
"""Stands for the image in the checked-in compiled pipelines."""

VARIANTS: Mapping[str, tuple[Wiring, Mapping[str, Any]]] = {
    "dance-clip": (DANCE_WIRING, {"reference_kind": "clip", "judged": True} | NO_CUT | NOBODY_LEARNED),
    "dance-motion": (DANCE_WIRING, {"reference_kind": "motion", "judged": False} | NO_CUT | NOBODY_LEARNED),
    "dance-deepdance": (DANCE_WIRING, {"reference_kind": "clip", "judged": True, "engine": "deepdance"} | NO_CUT),
    "train-deepdance": (TRAIN_DEEPDANCE_WIRING, {"tensorrt": False, "fp16": False}),
    "train-deepdance-tensorrt": (TRAIN_DEEPDANCE_WIRING, {"tensorrt": True}),
}
"""Name of each compiled file: its wiring and the values of the parameters that decide which steps there are."""


@dataclass(frozen=True)
class Told:
    """Who is told about a run, and where its video is put.

    Attributes:
        environment: variables of all steps: where events are posted and files stored.
        deliver: key under which the video is stored.
        secret: Kubernetes secret with the storage's AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; empty: none is needed.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    deliver: str = ""
    secret: str = ""


NOBODY = Told()

SHAPES = {str: str, int: int, float: float, bool: bool}


def component_of(step: Step) -> Callable[..., Any]:
    """The Kubeflow component of a step's stage: `<folder>/component.py`, named after the folder and, where the stage
    is not `stage.py`, its module."""
    folder, _, module = step.stage.rpartition(".")
    name = folder.rpartition(".")[2]
    face = importlib.import_module(f"{folder}.component")
    found: Callable[..., Any] = getattr(face, name if module == "stage" else f"{name}_{module}")
    return found


def build(variant: str, image: str = PLACEHOLDER_IMAGE, told: Told = NOBODY) -> Any:
    """A pipeline that kfp can compile or run.

    Args:
        variant: a key of VARIANTS.
        image: of all steps, by digest: Kubeflow caches by this text, so a moved tag would return stale results.
        told: who is told how it goes, and where its video is put.

    Raises:
        ValueError: the image is named by a tag.
    """
    wiring, fixed = VARIANTS[variant]
    return pipeline_of(wiring, fixed, f"troupe-{variant}", image, told)


def pipeline_of(
    wiring: Wiring, fixed: Mapping[str, Any], name: str, image: str = PLACEHOLDER_IMAGE, told: Told = NOBODY
) -> Any:
    """A wiring as a pipeline that kfp can compile or run.

    Args:
        wiring: the steps.
        fixed: values of the parameters that decide which steps there are.
        name: of the pipeline.
        image, told: as for `build`.

    Raises:
        ValueError: the image is named by a tag.
    """
    if "@sha256:" not in image:
        raise ValueError(f"image {image!r} must be named by digest (name@sha256:...)")
    free = {name: p for name, p in wiring.parameters.items() if name not in fixed}
    free = dict(sorted(free.items(), key=lambda entry: entry[1].default is not None))  # as Python wants its arguments
    steps = wiring.active({**{name: p.default for name, p in wiring.parameters.items()}, **fixed})

    def body(*values: Any) -> None:
        given = dict(zip(free, values, strict=True)) | dict(fixed)
        tasks: dict[str, Any] = {}
        for step in steps:
            arguments = {
                name: tasks[next(s for s in options if s in tasks)].output for name, options in step.inputs.items()
            }
            arguments |= {name: given[p] for name, p in {**step.values, **step.settings}.items()}
            task = component_of(step)(**arguments)
            tasks[step.name] = _told(_placed(task, step, image), step, told, step.name == wiring.result)

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


def _placed(task: Any, step: Step, image: str) -> Any:
    task.set_display_name(step.name)
    task.set_container_image(image)
    task.set_cpu_request(str(step.resources.cpu)).set_memory_request(f"{step.resources.memory}Gi")
    task.set_memory_limit(f"{step.resources.memory * 2}Gi")
    task.set_caching_options(step.cache)
    if step.retries:
        task.set_retry(step.retries, backoff_duration="30s")
    if step.resources.gpu:
        task.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(step.resources.gpu)
    return task


def _told(task: Any, step: Step, told: Told, last: bool) -> Any:
    """Give a task the variables by which it tells the server how it goes, and what reaches the server's storage."""
    if told == NOBODY:
        return task
    variables = {**told.environment, "TROUPE_STEP": step.name}
    if last:
        variables["TROUPE_DELIVER"] = told.deliver
        task.set_caching_options(False)  # a cached video would be delivered to nobody
    for name, value in variables.items():
        task.set_env_variable(name, value)
    if told.secret:
        from kfp import kubernetes

        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        kubernetes.use_secret_as_env(task, told.secret, {key: key for key in keys})
    return task


def compile_to(folder: Path, image: str = PLACEHOLDER_IMAGE) -> list[Path]:
    """Compile every variant into a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for variant in VARIANTS:
        target = folder / f"{variant}.yaml"
        compiler.Compiler().compile(build(variant, image), str(target))
        files.append(target)
    return files


if __name__ == "__main__":
    for file in compile_to(Path(__file__).parent / "compiled"):
        print(file)
