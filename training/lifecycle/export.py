"""Makes of a trained network a model folder that any server can run: ONNX, contract, golden answers."""

from __future__ import annotations

import dataclasses
import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from components.core import Notice, StageContext, TroupeError
from components.core.clip import Uri
from components.models.contract import ANY, ModelContract
from components.models.folder import with_golden, write_contract
from components.models.onnx_model import OnnxModel
from components.models.tensors import Array
from training.lifecycle.family import Family, Frames, family_of
from training.lifecycle.network import network_answers
from training.lifecycle.quantise import quantise
from training.lifecycle.records import ExportedModel, Prepared, Trained

FILE = "model.onnx"
PARITY = 1e-4
"""Largest absolute difference of an exported network from the trained one."""
WORSE = 0.01
"""Largest share of the calibrating figure that 8-bit numbers may cost."""
_OPSET = 17
_GOLDEN = 2
_REAL = 32


class ExportSettings(BaseModel, frozen=True):
    """Settings of export.

    Attributes:
        name: of the model; empty: the contract's.
        int8: store 8-bit weights and activations where that costs no more than WORSE of the calibrating figure.
    """

    name: str = ""
    int8: bool = False


def run(trained: Trained, dataset: Prepared, *, settings: ExportSettings, context: StageContext) -> ExportedModel:
    """Export a trained network.

    Raises:
        TroupeError: model_broken: the exported network answers otherwise than the trained one; extra_missing.
    """
    family = family_of(trained.family)
    checkpoint, data, folder = Path(trained.checkpoint), Path(dataset.folder), context.workdir / "model"
    folder.mkdir(exist_ok=True)
    contract = family.contract_of(checkpoint)
    if settings.name:
        contract = dataclasses.replace(contract, name=settings.name)
    network = family.network_of(checkpoint)
    frames = np.concatenate(family.blocks(data))
    frames = frames[np.unique(np.linspace(0, len(frames) - 1, min(_REAL, len(frames))).astype(int))]
    real = family.inputs(contract, data, frames)
    contract, parity = export(network, contract, real, folder)
    precision = "fp32"
    figures: dict[str, float] = {}
    notices: list[Notice] = []
    if settings.int8:
        smaller, figures = _smaller(family, contract, data, frames, real, folder)
        if smaller is None:
            message = (
                f"8-bit numbers bring {family.calibrating} from {figures['fp32']:.4f} to {figures['int8']:.4f}, "
                f"more than {WORSE:.0%}; the network with 32 bits is kept."
            )
            notices.append(Notice("int8_refused", message, figures))
        else:
            contract, precision = smaller, "int8"
    write_contract(contract, folder)
    return ExportedModel(Uri(str(folder)), contract.name, precision, parity, figures, tuple(notices))


def export(
    network: Any, contract: ModelContract, real: Mapping[str, Array], folder: Path
) -> tuple[ModelContract, float]:
    """Write a torch network as ONNX and compare it with itself.

    Args:
        network: `torch.nn.Module` in evaluation mode, inputs and outputs in the contract's order.
        contract: of it; axes of any length stay so in the file.
        real: inputs (N, ...) as they come in use.
        folder: where `model.onnx` and the golden answers go.

    Returns:
        The contract with weights and golden answers, and the largest difference found.

    Raises:
        TroupeError: model_broken: it differs by more than PARITY on random or real inputs.
    """
    import torch

    part = contract.network
    tensors = (*part.inputs, *part.outputs)
    dynamic = {
        t.source: {i: a for i, (a, n) in enumerate(zip(t.axes, t.shape, strict=True)) if n == ANY} for t in tensors
    }
    example = tuple(torch.from_numpy(real[t.name][:2]) for t in part.inputs)
    with warnings.catch_warnings():
        # the newer exporter writes fixed lengths for what is said to be of any length (an LSTM's time axis)
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            example,
            str(folder / FILE),
            input_names=[t.source for t in part.inputs],
            output_names=[t.source for t in part.outputs],
            dynamic_axes=dynamic,
            opset_version=_OPSET,
            dynamo=False,
        )
    contract = weighed(contract, folder)
    answer, model = network_answers(network, contract), OnnxModel(contract, folder, threads=1)
    parity = 0.0
    for asked in (*_random(real), real, {n: a[:1] for n, a in real.items()}):
        expected, got = answer(asked), model(asked)
        parity = max(parity, *(float(np.abs(expected[n] - got[n]).max()) for n in expected))
    if not parity <= PARITY:
        raise TroupeError(
            "model_broken",
            f"The exported network of {contract.name} differs from the trained one by {parity:.2g}, more "
            f"than {PARITY:g}.",
            model=contract.name,
            parity=parity,
        )
    golden = {n: a[:_GOLDEN] for n, a in real.items()}
    return with_golden(contract, folder, golden, answer(golden), PARITY), parity


def weighed(contract: ModelContract, folder: Path) -> ModelContract:
    """The contract with the sha256 of the network's file in the folder."""
    digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    weights = dataclasses.replace(contract.network.weights, uri=FILE, sha256=digest)
    return dataclasses.replace(contract, parts=(dataclasses.replace(contract.network, weights=weights),))


def _random(real: Mapping[str, Array]) -> list[dict[str, Array]]:
    """Noise with the spread of the real inputs, in batches of one and three."""
    generator = np.random.default_rng(0)
    return [
        {n: generator.uniform(a.min(), a.max(), (count, *a.shape[1:])).astype(a.dtype) for n, a in real.items()}
        for count in (1, 3)
    ]


def _smaller(
    family: Family, contract: ModelContract, data: Path, frames: Frames, real: Mapping[str, Array], folder: Path
) -> tuple[ModelContract | None, dict[str, float]]:
    """The contract of the network with 8-bit numbers, now in the folder's file; None where it draws too badly."""
    full = (folder / FILE).read_bytes()
    quantise(folder / FILE, contract, real)
    smaller = weighed(contract, folder)
    figures = {}
    for precision, subject in (("int8", smaller), ("fp32", contract)):
        if precision == "fp32":
            small = (folder / FILE).read_bytes()
            (folder / FILE).write_bytes(full)
        answers = OnnxModel(subject, folder, threads=1)(real)
        figures[precision] = float(np.nanmean(family.figures(answers, data, frames)[family.calibrating]))
    if not figures["int8"] >= figures["fp32"] * (1 - WORSE):
        return None, figures
    (folder / FILE).write_bytes(small)
    golden = {n: a[:_GOLDEN] for n, a in real.items()}
    # integer kernels differ between processors by a rounding step
    return with_golden(smaller, folder, golden, OnnxModel(smaller, folder, threads=1)(golden), 2e-2), figures
