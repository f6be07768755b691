"""A network that costs next to nothing and moves as much as a learned person of 128 px does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from components.models.contract import ANY, ModelContract, Part, Tensor, Weights
from components.models.folder import write_contract

SIDE, CHANNELS = 128, 18


def transport_folder(folder: Path) -> Path:
    """A model folder: skeleton (batch, 18, 128, 128) to image (batch, 3, 128, 128) and matte (batch, 1, 128, 128)."""
    folder.mkdir(parents=True)
    value, axes = helper.make_tensor_value_info, ("batch", "channel", "height", "width")
    graph = helper.make_graph(
        [
            helper.make_node("Constant", [], ["parts"], value_ints=[3, 1, CHANNELS - 4]),
            helper.make_node("Split", ["skeleton", "parts"], ["image", "matte", "rest"], axis=1),
        ],
        "transport",
        [value("skeleton", TensorProto.FLOAT, ["batch", CHANNELS, SIDE, SIDE])],
        [
            value("image", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE]),
            value("matte", TensorProto.FLOAT, ["batch", 1, SIDE, SIDE]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, folder / "model.onnx")
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()

    def pictures(name: str, channels: int) -> Tensor:
        return Tensor(name, name, axes, (ANY, channels, SIDE, SIDE))

    part = Part(
        "transport",
        "onnxruntime",
        (pictures("skeleton", CHANNELS),),
        (pictures("image", 3), pictures("matte", 1)),
        (),
        Weights("model.onnx", digest, "CC0-1.0", "The bench makes it."),
    )
    write_contract(ModelContract("transport", "1", (part,)), folder)
    return folder
