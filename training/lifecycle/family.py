"""What the life cycle asks of a kind of model. A new kind answers these questions and has the whole life for it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from components.core import TroupeError
from components.models.contract import ModelContract
from components.models.tensors import Array

Frames: TypeAlias = npt.NDArray[np.int64]
Float64: TypeAlias = npt.NDArray[np.float64]
Answers: TypeAlias = Mapping[str, Array]
"""Outputs of a model, or what a baseline gives in their place, by the contract's names; the first axis is the frame."""


class Family(Protocol):
    """A kind of model, as DeepDance. A dataset and a checkpoint are paths that only the family understands.

    Attributes:
        name: as contracts and `training.<name>` say.
        calibrating: name of the figure by which a model with 8-bit numbers is compared; more is better.
    """

    name: str
    calibrating: str

    def contract_of(self, checkpoint: Path) -> ModelContract:
        """What a checkpoint's network takes and gives; the weights' uri and sha256 are still empty."""

    def network_of(self, checkpoint: Path) -> Any:
        """The `torch.nn.Module`, in evaluation mode on the CPU: inputs and outputs in the contract's order."""

    def blocks(self, dataset: Path) -> tuple[Frames, ...]:
        """Held-out stretches of consecutive frames, a second or more away from all that was trained on."""

    def inputs(self, contract: ModelContract, dataset: Path, frames: Frames) -> dict[str, Array]:
        """What a model of this family with that contract is asked about these frames.

        Raises:
            TroupeError: wrong_tensor: the contract asks for what the dataset does not have.
        """

    def figures(self, answers: Answers, dataset: Path, frames: Frames) -> dict[str, Float64]:
        """How good answers are, a number a frame (N,) by figure; NaN where a frame cannot be measured."""

    def baselines(self, dataset: Path) -> Mapping[str, Callable[[Frames], Answers]]:
        """What a model has to be better than."""


def family_of(name: str) -> Family:
    """A family by name: `training.<name>.family`, or a dotted module elsewhere, that has a FAMILY.

    Raises:
        TroupeError: invalid_setting: there is none.
    """
    module = name if "." in name else f"training.{name}.family"
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise TroupeError("invalid_setting", f"There is no family of models {name!r} ({module}).", family=name)
    family: Family = importlib.import_module(module).FAMILY
    return family
