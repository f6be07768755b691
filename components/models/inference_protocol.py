"""The Open Inference Protocol (V2) as our contracts see it: its names of types, and what a server's metadata say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.core import TroupeError
from components.models.contract import ModelContract, Part, Tensor, Weights

TIMEOUT = 30.0
"""Seconds that an answer is waited for."""
DATATYPES: Mapping[str, str] = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "int8": "INT8",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
}
"""The protocol's names of element types by numpy's."""
NUMPY_TYPES: Mapping[str, str] = {name: dtype for dtype, name in DATATYPES.items()}
"""numpy's names by the protocol's."""


def described(tensors: Sequence[Tensor]) -> list[dict[str, Any]]:
    """Tensors as a server's metadata tell them, by the file's names."""
    return [{"name": t.source, "datatype": DATATYPES[t.dtype], "shape": list(t.shape)} for t in tensors]


def contract_of_metadata(
    name: str, inputs: Sequence[Mapping[str, Any]], outputs: Sequence[Mapping[str, Any]], address: str
) -> ModelContract:
    """What a server's metadata say of a model.

    Args:
        name: of the model.
        inputs, outputs: a mapping a tensor, with name, datatype and shape.
        address: for the sentence.

    Raises:
        TroupeError: model_broken: an element type that has no contract, as BYTES.
    """

    def tensor(entry: Mapping[str, Any]) -> Tensor:
        shape = tuple(int(n) for n in entry["shape"])
        # metadata do not say which axes belong together; only the first is one of all tensors
        axes = ("batch", *(f"{entry['name']} axis {i}" for i in range(1, len(shape))))
        try:
            dtype = NUMPY_TYPES[entry["datatype"]]
        except KeyError as error:
            raise TroupeError(
                "model_broken",
                f"The model at {address} has a tensor {entry['name']} of type {entry['datatype']}, which no contract "
                "can describe.",
                model=name,
            ) from error
        return Tensor(entry["name"], entry["name"], axes[: len(shape)], shape, dtype)

    taken, given = (tuple(tensor(t) for t in side) for side in (inputs, outputs))
    weights = Weights("", "", "", "The server has them.")
    return ModelContract(name, "", (Part(name, "remote", taken, given, (), weights),))


def hold_against(contract: ModelContract, served: ModelContract, address: str) -> None:
    """Refuse a server whose tensors are others than a contract's.

    Raises:
        TroupeError: model_broken: both are told.
    """
    for side, here, there in (
        ("inputs", contract.network.inputs, served.network.inputs),
        ("outputs", contract.network.outputs, served.network.outputs),
    ):
        wanted, found = ({t.source: (t.dtype, t.shape) for t in tensors} for tensors in (here, there))
        if wanted != found:
            raise TroupeError(
                "model_broken",
                f"The server at {address} says that its {side} are {found}, the contract says {wanted}.",
                model=contract.name,
            )
