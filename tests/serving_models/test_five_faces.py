"""ONNX, MLflow, Triton, KServe and the in-process call are made from one contract, and this holds them together."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from components.core import TroupeError
from components.models.contract import ANY, ModelContract, Tensor
from components.models.folder import read_contract, read_golden, write_contract
from components.models.inference_protocol import DATATYPES, NUMPY_TYPES
from components.models.registry import Registry
from components.models.source import open_model
from serving.triton.config import Serving, configured, parsed
from serving.triton.messages import model_config
from serving.triton.repository import write_model
from tests.serving_models.server_process import Running
from training.lifecycle.register import register
from training.lifecycle.signature import signature_of

Face = dict[str, tuple[str, tuple[int, ...]]]
"""Inputs and outputs by the file's names: numpy's element type, and shape with -1 for any length."""


def of_contract(contract: ModelContract) -> Face:
    network = contract.network
    return {t.source: (t.dtype, t.shape) for t in (*network.inputs, *network.outputs)}


def of_onnx(file: Path) -> Face:
    graph = onnx.load(file).graph
    found = {}
    for value in (*graph.input, *graph.output):
        kind = value.type.tensor_type
        shape = tuple(d.dim_value if d.HasField("dim_value") else ANY for d in kind.shape.dim)
        found[value.name] = (onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name, shape)
    return found


def of_signature(signature: Any) -> Face:
    return {s.name: (s.type.name, tuple(s.shape)) for s in (*signature.inputs.inputs, *signature.outputs.inputs)}


def of_triton(config: Any) -> Face:
    batch = (ANY,) if config.max_batch_size else ()
    name = model_config().DataType.Name
    return {
        t.name: (NUMPY_TYPES[name(t.data_type).removeprefix("TYPE_")], (*batch, *t.dims))
        for t in (*config.input, *config.output)
    }


def test_the_five_faces_agree(registry: Registry, small_model: Path, server: Running, tmp_path: Path) -> None:
    import mlflow

    contract = read_contract(small_model)
    made = register(registry, small_model, tags={}, metrics={})
    place = write_model(tmp_path, small_model, made.version, Serving())
    faces = {
        "onnx": of_onnx(small_model / "model.onnx"),
        "mlflow": of_signature(mlflow.models.Model.load(str(Path(made.uri) / "MLmodel")).signature),
        "triton": of_triton(parsed((place.parent / "config.pbtxt").read_text())),
        "kserve rest": of_contract(open_model(f"{server.rest}/small").contract),
        "kserve grpc": of_contract(open_model(f"{server.grpc}/small").contract),
        "in process": of_contract(open_model("models:/small/1", registry=registry.uri, cache=tmp_path).contract),
    }
    assert {name: face for name, face in faces.items() if face != of_contract(contract)} == {}
    golden = read_golden(contract, small_model)
    for uri in (str(small_model), f"{server.rest}/small", f"{server.grpc}/small"):
        assert max(golden.differences(open_model(uri)(golden.inputs)).values()) <= golden.tolerance


CHANGES: dict[str, dict[str, Any]] = {
    "name": {"source": "skeletton"},
    "type": {"dtype": "float16"},
    "shape": {"shape": (ANY, 3, 32, 31)},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_contract_that_changes_changes_every_face_or_is_refused(
    small_model: Path, server: Running, tmp_path: Path, change: str
) -> None:
    known = read_contract(small_model)
    given: Tensor = dataclasses.replace(known.network.inputs[0], **CHANGES[change])
    changed = dataclasses.replace(known, parts=(dataclasses.replace(known.network, inputs=(given,)),))
    wanted = of_contract(changed)
    assert wanted != of_contract(known)
    assert of_signature(signature_of(changed)) == wanted
    assert of_triton(configured(changed, Serving())) == wanted
    shutil.copytree(small_model, tmp_path / "model")
    write_contract(changed, tmp_path / "model")
    with pytest.raises(TroupeError) as refusal:
        open_model(str(tmp_path / "model"))
    assert refusal.value.code == "model_broken"
    from components.models.remote_grpc import GrpcModel
    from components.models.remote_http import HttpModel

    for served in (GrpcModel(f"{server.grpc}/small", changed), HttpModel(f"{server.rest}/small", changed)):
        with pytest.raises(TroupeError) as refusal:
            served.load()
        assert refusal.value.code == "model_broken" and DATATYPES[given.dtype]
        served.close()


def test_types_have_one_name_each() -> None:
    assert {NUMPY_TYPES[name] for name in DATATYPES.values()} == {np.dtype(d).name for d in DATATYPES}
