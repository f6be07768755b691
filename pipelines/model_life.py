"""What every model goes through once it is trained, as steps of a wiring: a family adds its own before them."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.wiring import Parameter, Resources, Step, When

LIFE_PARAMETERS: Mapping[str, Parameter] = {
    "name": Parameter(str, help="name of the model in the registry"),
    "registry": Parameter(str, "", "MLflow's tracking URI; empty: this machine's"),
    "family": Parameter(str, help="whose gates hold"),
    "int8": Parameter(bool, False, "8-bit numbers where they draw as well"),
    "tensorrt": Parameter(bool, False, "build a TensorRT plan too; its step needs a GPU and an image with trtexec"),
    "fp16": Parameter(bool, False, "numbers of 16 bits in the plan"),
    "endpoint": Parameter(str, "", "server that verifies the candidate; empty: a child process"),
}


def life_steps(dataset: str, trained: str) -> tuple[Step, ...]:
    """Evaluate, export, register, verify, and promote when better.

    Args:
        dataset: step that gives a Prepared.
        trained: step that gives a Trained.
    """
    data, network = (dataset,), (trained,)
    return (
        Step(
            "evaluate",
            "training.lifecycle.evaluate",
            inputs={"trained": network, "dataset": data},
            settings={"registry": "registry", "name": "name"},
            resources=Resources(cpu=2, memory=4),
            cache=False,
            fresh=True,
        ),
        Step(
            "export",
            "training.lifecycle.export",
            inputs={"trained": network, "dataset": data},
            settings={"name": "name", "int8": "int8"},
            resources=Resources(cpu=2, memory=4),
        ),
        Step(
            "plan",
            "training.lifecycle.plan",
            inputs={"model": ("export",)},
            settings={"fp16": "fp16"},
            when=(When("tensorrt", True),),
            resources=Resources(cpu=2, memory=8, gpu=1),
        ),
        Step(
            "register",
            "training.lifecycle.register",
            inputs={"model": ("export",), "trained": network, "evaluation": ("evaluate",)},
            settings={"registry": "registry"},
            cache=False,
            fresh=True,
        ),
        Step(
            "verify",
            "training.lifecycle.trial",
            inputs={"registration": ("register",)},
            settings={"family": "family", "endpoint": "endpoint"},
            resources=Resources(cpu=2, memory=4),
            cache=False,
            fresh=True,
        ),
        Step(
            "promote",
            "training.lifecycle.decide",
            inputs={"registration": ("register",), "evaluation": ("evaluate",), "verification": ("verify",)},
            settings={"family": "family"},
            cache=False,
            fresh=True,
        ),
    )
