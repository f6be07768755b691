"""A model with what its stage does before and after: what a caller has goes in, what a caller wants comes out.

A stage that has such steps says so in `components.animate.<family>.exchange`, with one function

    exchange(contract: ModelContract) -> Stage | None

so that training, engine and server do the same by the same code. A transformer is served as NAME-transformer beside its
predictor, or in a pod of its own before a predictor elsewhere (`python -m serving.models FOLDER --before ADDRESS`).
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from components.models.contract import ModelContract, Tensor
from components.models.tensors import Array
from serving.models.predictor import Answering, Predictor

SUFFIX = "-transformer"
_PLACES = ("components.animate",)


class Stage(Protocol):
    """What a stage does around its network.

    Attributes:
        inputs, outputs: what a caller gives and gets.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    def before(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """What the network is asked. Raises TroupeError: wrong_tensor."""

    def after(self, answer: Mapping[str, Array], given: Mapping[str, Array]) -> dict[str, Array]:
        """What the caller gets."""


@dataclass(frozen=True)
class _Call:
    """Before, network, after, as one call."""

    stage: Stage
    network: Callable[[Mapping[str, Array]], Mapping[str, Array]]

    def __call__(self, given: Mapping[str, Array]) -> Mapping[str, Array]:
        return self.stage.after(self.network(self.stage.before(given)), given)


def stage_of(contract: ModelContract) -> Stage | None:
    """The steps around a model's network, or None where its family has none."""
    if not contract.family.isidentifier():
        return None
    for place in _PLACES:
        module = f"{place}.{contract.family}.exchange"
        try:
            found = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is not None:
            stage: Stage | None = importlib.import_module(module).exchange(contract)
            return stage
    return None


def transformer(contract: ModelContract, stage: Stage, network: Any, version: str = "") -> Answering:
    """A model that takes and gives what the stage's callers have and want."""
    name = contract.name + SUFFIX
    part = replace(contract.network, inputs=stage.inputs, outputs=stage.outputs)
    made = Answering(name, replace(contract, name=name, parts=(part,)), _Call(stage, network), version)
    made.ready = True
    return made


def transformers(predictor: Predictor) -> list[Answering]:
    """The transformer before a predictor of this process, where its family has one."""
    stage = stage_of(predictor.contract)
    return [] if stage is None else [transformer(predictor.contract, stage, predictor.network, predictor.version)]
