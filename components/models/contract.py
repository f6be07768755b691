"""What a model is, as data: its tensors, how its input is prepared, and where its weights come from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.core import TroupeError


@dataclass(frozen=True)
class Tensor:
    """One input or output of a model.

    Attributes:
        name: how our code calls it.
        source: how the model file calls it.
        axes: one name an axis, as ("batch", "height", "width", "colour").
        shape: length of each axis; -1 for any.
        dtype: numpy name of the element type.
        unit: what a value means, as "0..1", "px of the input", "logit", "m".
    """

    name: str
    source: str
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str = "float32"
    unit: str = ""

    def __post_init__(self) -> None:
        if len(self.axes) != len(self.shape):
            raise ValueError(f"tensor {self.name}: {len(self.axes)} axes but shape {self.shape}")


@dataclass(frozen=True)
class Operation:
    """A named step that prepares an input, with its parameters: "square_crop", "letterbox", "scale", ..."""

    name: str
    values: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Weights:
    """Where weights come from.

    Attributes:
        uri: `bundled:<distribution>/<path>` (a file inside an installed package) or a path.
        sha256: hex of the file's bytes.
        licence: SPDX name.
        obtain: what a person does to get them.
    """

    uri: str
    sha256: str
    licence: str
    obtain: str

    def verify(self, path: Path) -> bytes:
        """Read the weights and check them.

        Raises:
            TroupeError: model_missing: no such file; model_broken: other bytes than the contract says.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise TroupeError(
                "model_missing", f"The model file {path} is not there. {self.obtain}", path=str(path)
            ) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise TroupeError(
                "model_broken", f"The model file {path} is damaged or another version. {self.obtain}", path=str(path)
            )
        return data


@dataclass(frozen=True)
class Part:
    """One network of a model.

    Attributes:
        name: unique within the model.
        runtime: "litert", "onnxruntime" or "torch".
        inputs, outputs: its tensors.
        preprocessing: what is done to a picture before it goes in, in order.
        weights: its file.
    """

    name: str
    runtime: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    preprocessing: tuple[Operation, ...]
    weights: Weights

    def operation(self, name: str) -> Operation:
        """A preprocessing step by name; KeyError where there is none."""
        for operation in self.preprocessing:
            if operation.name == name:
                return operation
        raise KeyError(name)


@dataclass(frozen=True)
class ModelContract:
    """Everything that a caller, a server or a registry must know of a model.

    Attributes:
        name: stable name.
        version: of the weights, as their maker counts.
        parts: the networks it is made of, in the order they run.
        window: frames that one call sees (1 for a model of single pictures).
    """

    name: str
    version: str
    parts: tuple[Part, ...]
    window: int = 1

    def part(self, name: str) -> Part:
        """A part by name; KeyError where there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)
