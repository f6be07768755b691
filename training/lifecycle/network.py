"""A torch network called as any other model: named arrays in, named arrays out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.models.contract import ModelContract
from components.models.tensors import Array, check


def network_answers(network: Any, contract: ModelContract) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """A call of a `torch.nn.Module` by the contract's names.

    Args:
        network: takes the inputs and gives the outputs in the contract's order (one output may stand alone).
        contract: of it.
    """
    import torch

    part = contract.network

    def answer(inputs: Mapping[str, Array]) -> dict[str, Array]:
        check(contract.name, part.inputs, inputs)
        with torch.inference_mode():
            given = network(*(torch.from_numpy(inputs[t.name]) for t in part.inputs))
        several = given if isinstance(given, tuple | list) else (given,)
        return {t.name: g.cpu().numpy() for t, g in zip(part.outputs, several, strict=True)}

    return answer
