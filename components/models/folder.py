"""A model on disk: a folder with `contract.json`, the network's file, and golden inputs with their answers."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.core import TroupeError
from components.models.contract import Golden, ModelContract
from components.models.tensors import Array

CONTRACT = "contract.json"
GOLDEN = "golden.npz"


@dataclass(frozen=True)
class GoldenAnswers:
    """What a model is asked and has to answer, by tensor name; `tolerance` is the largest absolute difference."""

    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]
    tolerance: float

    def differences(self, answer: Mapping[str, Array]) -> dict[str, float]:
        """Largest absolute difference of each output; inf where one is missing, has another shape or is not finite."""
        found = {}
        for name, expected in self.outputs.items():
            got = answer.get(name)
            same = got is not None and got.shape == expected.shape and bool(np.isfinite(got).all())
            found[name] = float(np.abs(got - expected).max()) if got is not None and same else float("inf")
        return found


def read_contract(folder: Path) -> ModelContract:
    """The contract of a model folder.

    Raises:
        TroupeError: model_missing: no such folder, or no contract in it; model_broken.
    """
    try:
        return ModelContract.from_json((folder / CONTRACT).read_bytes())
    except OSError as error:
        raise TroupeError(
            "model_missing", f"There is no model in {folder}: it has no {CONTRACT}.", path=str(folder)
        ) from error


def write_contract(contract: ModelContract, folder: Path) -> None:
    """Write a contract into a model folder."""
    (folder / CONTRACT).write_text(contract.to_json())


def read_golden(contract: ModelContract, folder: Path) -> GoldenAnswers:
    """Golden inputs and answers of a model folder.

    Raises:
        TroupeError: model_missing: it has none; model_broken: other bytes than the contract says.
    """
    if contract.golden is None:
        raise TroupeError("model_missing", f"The model {contract.name} has no golden inputs; export it anew.")
    path = folder / contract.golden.uri
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TroupeError("model_missing", f"The golden inputs {path} are not there.", path=str(path)) from error
    if hashlib.sha256(data).hexdigest() != contract.golden.sha256:
        raise TroupeError("model_broken", f"The golden inputs {path} are damaged.", path=str(path))
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        sides: dict[str, dict[str, Array]] = {"input": {}, "output": {}}
        for key in stored.files:
            side, _, name = key.partition(".")
            sides[side][name] = stored[key]
    return GoldenAnswers(sides["input"], sides["output"], contract.golden.tolerance)


def with_golden(
    contract: ModelContract,
    folder: Path,
    inputs: Mapping[str, Array],
    outputs: Mapping[str, Array],
    tolerance: float = 1e-4,
) -> ModelContract:
    """Write golden inputs and answers into a model folder; the contract that names them."""
    buffer = io.BytesIO()
    arrays = {f"input.{n}": a for n, a in inputs.items()} | {f"output.{n}": a for n, a in outputs.items()}
    np.savez(buffer, allow_pickle=False, **arrays)
    data = buffer.getvalue()
    (folder / GOLDEN).write_bytes(data)
    return dataclasses.replace(contract, golden=Golden(GOLDEN, hashlib.sha256(data).hexdigest(), tolerance))
