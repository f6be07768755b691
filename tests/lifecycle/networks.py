"""A small network of the tests' own, as a checkpoint, a torch module and a contract: maps in, picture and matte out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from components.models.contract import ANY, ModelContract, Part, Tensor, Weights
from components.models.folder import with_golden, write_contract

SIDE = 32
NAME = "small"


class SmallNetwork(torch.nn.Module):  # type: ignore[misc]
    """Two convolutions; (batch, 3, 32, 32) to a picture (batch, 3, 32, 32) and a matte (batch, 1, 32, 32) in 0..1."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.first = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.second = torch.nn.Conv2d(8, 4, 3, padding=1)

    def forward(self, skeleton: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        drawn = torch.sigmoid(self.second(torch.relu(self.first(skeleton))))
        return drawn[:, :3], drawn[:, 3:]


def contract(name: str = NAME, file: str = "", sha256: str = "") -> ModelContract:
    """What `SmallNetwork` takes and gives."""

    def pictures(tensor: str, channels: int, unit: str) -> Tensor:
        axes = ("batch", "channel", "height", "width")
        return Tensor(tensor, tensor, axes, (ANY, channels, SIDE, SIDE), unit=unit)

    part = Part(
        name,
        "onnxruntime",
        (pictures("skeleton", 3, "-1..1"),),
        (pictures("image", 3, "0..1"), pictures("matte", 1, "0..1")),
        (),
        Weights(file, sha256, "CC0-1.0", "The test makes it."),
    )
    return ModelContract(name, "1", (part,), family="small")


def maps(count: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Random inputs."""
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3, SIDE, SIDE)).astype(np.float32)


def model_folder(folder: Path, seed: int = 0, name: str = NAME) -> Path:
    """A model folder with golden inputs, made by PyTorch's exporter and nothing of ours."""
    folder.mkdir(parents=True, exist_ok=True)
    network = SmallNetwork(seed).eval()
    names = ["skeleton", "image", "matte"]
    torch.onnx.export(
        network,
        (torch.zeros(2, 3, SIDE, SIDE),),
        str(folder / "model.onnx"),
        input_names=names[:1],
        output_names=names[1:],
        dynamic_axes={n: {0: "batch"} for n in names},
        opset_version=17,
        dynamo=False,
    )
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    asked = maps(2, seed + 1)
    with torch.no_grad():
        image, matte = network(torch.from_numpy(asked))
    made = with_golden(
        contract(name, "model.onnx", digest),
        folder,
        {"skeleton": asked},
        {"image": image.numpy(), "matte": matte.numpy()},
    )
    write_contract(made, folder)
    return folder
