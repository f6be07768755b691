"""What a model is, as data: its tensors, how its input is prepared, and where its weights come from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.core import TroupeError

SCHEMA = "troupe.model_contract/1"
ANY = -1
"""Length of an axis that a caller chooses; axes of one name have one length in a call."""


@dataclass(frozen=True)
class Tensor:
    """One input or output of a model.

    Attributes:
        name: how our code calls it.
        source: how the model file calls it.
        axes: one name an axis, as ("batch", "height", "width", "colour").
        shape: length of each axis; ANY (-1) for any.
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
    """A named step before or after a network, with its parameters: "square_crop", "letterbox", "scale", ..."""

    name: str
    values: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Weights:
    """Where weights come from.

    Attributes:
        uri: `bundled:<distribution>/<path>` (a file inside an installed package), or a path; in a model folder
            relative to it.
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
        postprocessing: what is done to the outputs, in order.
    """

    name: str
    runtime: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    preprocessing: tuple[Operation, ...]
    weights: Weights
    postprocessing: tuple[Operation, ...] = ()

    def operation(self, name: str) -> Operation:
        """A step of pre- or postprocessing by name; KeyError where there is none."""
        for operation in (*self.preprocessing, *self.postprocessing):
            if operation.name == name:
                return operation
        raise KeyError(name)


@dataclass(frozen=True)
class Golden:
    """Inputs with the answers that the trained network gave: whoever serves the model must give them again.

    Attributes:
        uri: an .npz in the model folder with one array "input.<tensor>" an input and one "output.<tensor>" an output.
        sha256: hex of the file's bytes.
        tolerance: largest absolute difference of an answer.
    """

    uri: str
    sha256: str
    tolerance: float = 1e-4


@dataclass(frozen=True)
class ModelContract:
    """Everything that a caller, a server or a registry must know of a model.

    Attributes:
        name: stable name.
        version: of the weights, as their maker counts.
        parts: the networks it is made of, in the order they run.
        window: frames that one call sees (1 for a model of single pictures).
        family: what kind of model it is, as "deepdance": which engine can use it; empty where only one can.
        golden: inputs with known answers, or None where there are none.
    """

    name: str
    version: str
    parts: tuple[Part, ...]
    window: int = 1
    family: str = ""
    golden: Golden | None = None

    def part(self, name: str) -> Part:
        """A part by name; KeyError where there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    @property
    def network(self) -> Part:
        """The only part of a model that is one network, as every model that is trained here.

        Raises:
            ValueError: it has several.
        """
        if len(self.parts) != 1:
            raise ValueError(f"model {self.name} has {len(self.parts)} parts")
        return self.parts[0]

    def to_json(self) -> str:
        """As text that `from_json` reads; equal contracts give equal text."""
        return json.dumps({"schema": SCHEMA, **dataclasses.asdict(self)}, indent=1, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> ModelContract:
        """Read a contract back.

        Raises:
            TroupeError: model_broken: the text is none, or one of another version; the field is named.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            values: dict[str, Any] = json.loads(text)
            found = values.pop("schema", None)
            if found != SCHEMA:
                raise ValueError(f"schema {found!r}, expected {SCHEMA!r}")
            return TypeAdapter(cls).validate_python(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise TroupeError(
                "model_broken", f"The model's contract cannot be used: {where}: {first['msg']}.", field=where
            ) from error
        except (ValueError, AttributeError, TypeError) as error:
            raise TroupeError("model_broken", f"The model's contract cannot be used: {error}.") from error
