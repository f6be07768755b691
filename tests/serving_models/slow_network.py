"""A network that runs as long as it is asked to: so many rounds of a product of matrices, made with onnx alone."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from components.models.contract import ANY, ModelContract, Part, Tensor, Weights
from components.models.folder import write_contract
from components.models.source import open_model

SIDE = 192
NAME = "slow"


def slow_folder(folder: Path) -> Path:
    """A model folder: input `rounds` int64 (batch, 1), output `done` int64 (batch, 1), the rounds made."""
    folder.mkdir(parents=True)
    value = helper.make_tensor_value_info
    square = np.eye(SIDE, dtype=np.float32)
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["state", "square"], ["next"]),
            helper.make_node("Identity", ["going"], ["goes_on"]),
        ],
        "round",
        [
            value("number", TensorProto.INT64, []),
            value("going", TensorProto.BOOL, []),
            value("state", TensorProto.FLOAT, [SIDE, SIDE]),
        ],
        [value("goes_on", TensorProto.BOOL, []), value("next", TensorProto.FLOAT, [SIDE, SIDE])],
    )
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMax", ["rounds"], ["most"], keepdims=0),
            helper.make_node("Loop", ["most", "", "square"], ["end"], body=body),
            helper.make_node("ReduceMax", ["end"], ["one"], keepdims=0),
            helper.make_node("Cast", ["one"], ["factor"], to=TensorProto.INT64),
            helper.make_node("Mul", ["rounds", "factor"], ["done"]),
        ],
        "slow",
        [value("rounds", TensorProto.INT64, ["batch", 1])],
        [value("done", TensorProto.INT64, ["batch", 1])],
        [numpy_helper.from_array(square, "square")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, folder / "model.onnx")
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()

    def counts(name: str) -> Tensor:
        return Tensor(name, name, ("batch", "count"), (ANY, 1), "int64")

    weights = Weights("model.onnx", digest, "CC0-1.0", "The test makes it.")
    part = Part(NAME, "onnxruntime", (counts("rounds"),), (counts("done"),), (), weights)
    write_contract(ModelContract(NAME, "1", (part,)), folder)
    return folder


def rounds_of(folder: Path, seconds: float) -> int:
    """How many rounds take about so many seconds on this machine at this moment, on one core."""
    model = open_model(str(folder), threads=1)
    model({"rounds": np.full((1, 1), 10)})
    began = time.perf_counter()
    model({"rounds": np.full((1, 1), 300)})
    return max(1, int(300 * seconds / (time.perf_counter() - began)))
