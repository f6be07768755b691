"""A learned person behind a transformer: joints in pixels go in, a picture comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from components.animate.deepdance.skeleton_map import CHANNELS, as_input, draw_map
from components.animate.deepdance.window import Window
from components.core import DEEPDANCE_13, TroupeError
from components.models.contract import ANY, ModelContract, Operation, Part, Tensor, Weights
from components.models.folder import write_contract
from components.models.source import open_model
from tests.serving_models.server_process import Running, running

SIDE, POSES = 32, 2
NAME = "deepdance-drawn"
WINDOW = Window(-0.5, -0.6, 1.2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of the family deepdance: one convolution of the maps of two poses."""
    place = tmp_path_factory.mktemp("deepdance")
    value, numbers = helper.make_tensor_value_info, np.random.default_rng(3)
    kernel = numbers.normal(0, 0.4, (4, POSES * CHANNELS, 5, 5)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["skeleton", "kernel"], ["drawn"], pads=[2, 2, 2, 2]),
            helper.make_node("Sigmoid", ["drawn"], ["shown"]),
            helper.make_node("Split", ["shown", "parts"], ["image", "matte"], axis=1),
        ],
        "person",
        [value("skeleton", TensorProto.FLOAT, ["batch", POSES * CHANNELS, SIDE, SIDE])],
        [
            value("image", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE]),
            value("matte", TensorProto.FLOAT, ["batch", 1, SIDE, SIDE]),
        ],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(np.array([3, 1]), "parts")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, place / "model.onnx")
    digest = hashlib.sha256((place / "model.onnx").read_bytes()).hexdigest()
    axes = ("batch", "channel", "height", "width")
    part = Part(
        "generator",
        "onnxruntime",
        (Tensor("skeleton", "skeleton", axes, (ANY, POSES * CHANNELS, SIDE, SIDE)),),
        (Tensor("image", "image", axes, (ANY, 3, SIDE, SIDE)), Tensor("matte", "matte", axes, (ANY, 1, SIDE, SIDE))),
        (Operation("hip_centred", {"frames": POSES}), Operation("window", WINDOW.values())),
        Weights("model.onnx", digest, "CC0-1.0", "The test makes it."),
    )
    write_contract(ModelContract(NAME, "1", (part,), family="deepdance"), place)
    return place


@pytest.fixture(scope="module")
def person(folder: Path) -> Iterator[Running]:
    """A server of that model."""
    with running("serving.models", folder, "--threads", "1") as found:
        yield found


def poses() -> np.ndarray:
    """(5, 2, 13, 2) float32 relative to the middle of the hips, in heights."""
    drawn = np.random.default_rng(8).uniform(-0.4, 0.4, (5, POSES, 13, 2)).astype(np.float32)
    left, right = DEEPDANCE_13.index("left_hip"), DEEPDANCE_13.index("right_hip")
    drawn[:, :, left], drawn[:, :, right] = (0.05, 0.0), (-0.05, 0.0)
    return drawn


def asked(heights: tuple[float, ...], where: tuple[float, float]) -> dict[str, np.ndarray]:
    """Those people, so many px tall, with their hips there."""
    height = np.array(heights, np.float32)[:, None]
    joints = poses() * height[:, None, None] + np.array(where, np.float32)
    return {"joints": joints.astype(np.float32), "height": height}


def near(address: str, truth: np.ndarray) -> None:
    model = open_model(address)
    for heights, where in (((200.0,) * 5, (0.0, 0.0)), ((100.0, 150.0, 90.0, 512.0, 77.0), (640.0, -30.0))):
        given = model(asked(heights, where))
        assert given["picture"].dtype == given["matte"].dtype == np.uint8
        assert given["picture"].shape == (5, SIDE, SIDE, 3) and given["matte"].shape == (5, SIDE, SIDE)
        different = np.abs(given["picture"].astype(float) - truth)
        # a line's edge may fall on the other side of a sixteenth of a pixel
        assert np.mean(different) < 1.0 and np.mean(different > 2) < 0.02
    model.close()


def test_a_transformer_gives_pictures_of_joints_wherever_they_lie(person: Running, folder: Path) -> None:
    maps = np.stack([np.concatenate([draw_map(p, WINDOW, SIDE) for p in frame]) for frame in poses()])
    drawn = open_model(str(folder), threads=1)({"skeleton": as_input(maps)})
    truth = np.round(drawn["image"] * 255).transpose(0, 2, 3, 1)
    with running("serving.models", folder, "--before", f"{person.grpc}/{NAME}") as before:
        for server in (person, before):
            for address in (server.grpc, server.rest):
                near(f"{address}/{NAME}-transformer", truth)
    assert truth.std() > 20


def test_joints_that_are_no_numbers_are_refused(person: Running) -> None:
    model = open_model(f"{person.grpc}/{NAME}-transformer")
    for height, first in ((0.0, 0.0), (-1.0, 0.0), (100.0, np.nan)):
        given = asked((100.0,) * 5, (0.0, 0.0))
        given["height"][2] = height
        given["joints"][0, 0, 0, 0] += first
        with pytest.raises(TroupeError, match="finite joints") as refusal:
            model(given)
        assert refusal.value.code == "wrong_tensor"
