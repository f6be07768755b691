"""Writes the model repository that Triton serves: `<model>/config.pbtxt`, `<model>/<version>/<file>`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from components.core import TroupeError
from components.models.folder import read_contract
from serving.triton.config import BACKENDS, Serving, as_text, configured, parsed


def write_model(repository: Path, folder: Path, version: int, serving: Serving, *, plan: Path | None = None) -> Path:
    """Add a version of a model. Triton, which may be looking, never sees half of one.

    Args:
        repository: root; it is made where it is absent.
        folder: model folder with contract.json and model.onnx.
        version: number of it; Triton serves the highest.
        serving: how it is run.
        plan: the TensorRT plan, for the variant "tensorrt".

    Returns:
        The folder of the version.

    Raises:
        TroupeError: model_missing, model_broken; invalid_setting: no plan, or a version below 1; disk_full.
    """
    contract = read_contract(folder)
    file = BACKENDS[serving.variant][1] if serving.variant in BACKENDS else ""
    config = configured(contract, serving)
    text = as_text(config)
    if parsed(text) != config:
        raise TroupeError("model_broken", f"The configuration of {contract.name} does not come back from its text.")
    if version < 1:
        raise TroupeError("invalid_setting", f"A version of Triton's is 1 or more, not {version}.", version=version)
    weights = contract.network.weights
    if serving.variant == "tensorrt":
        if plan is None:
            raise TroupeError(
                "invalid_setting",
                "A TensorRT variant needs a plan, built on the GPU it runs on: python -m training.lifecycle.plan.",
                model=contract.name,
            )
        data = plan.read_bytes()
    else:
        data = weights.verify(folder / weights.uri)
    place = repository / contract.name / str(version)
    part = repository / contract.name / f".{version}.{os.getpid()}.part"
    try:
        part.mkdir(parents=True)
        if serving.variant == "python":
            (part / "model.onnx").write_bytes(data)
            shutil.copyfile(Path(__file__).with_name("python_model.py"), part / file)
        else:
            (part / file).write_bytes(data)
        _replace(repository / contract.name / "config.pbtxt", text)
        if place.exists():
            shutil.rmtree(place)
        part.rename(place)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        code = "disk_full" if error.errno == 28 else "output_unwritable"
        raise TroupeError(code, f"{place} cannot be written: {error}.", path=str(place)) from error
    return place


def write_repository(repository: Path, models: Sequence[tuple[Path, int]], serving: Serving) -> list[Path]:
    """Add versions of several models. Raises as `write_model`."""
    return [write_model(repository, folder, version, serving) for folder, version in models]


def _replace(target: Path, text: str) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.write_text(text)
    part.replace(target)
