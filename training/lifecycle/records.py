"""What the steps of a model's life hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.core import Notice
from components.core.clip import Uri


@dataclass(frozen=True)
class Prepared:
    """Data that a model is trained on.

    Attributes:
        family: of the models that can learn from it.
        folder: what the family reads.
        sha256: of what is in it, hex: the same data have the same.
        frames: how many there are.
        notices: warnings met while making it.
    """

    family: str
    folder: Uri
    sha256: str
    frames: int
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes:
        family: what can read the checkpoint.
        checkpoint: file or folder.
        data: sha256 of the data it learned from.
        parameters: of the training, as text.
        steps: optimiser steps made.
        seconds: of training.
        notices: warnings.
    """

    family: str
    checkpoint: Uri
    data: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A model against another on the same held-out blocks.

    Attributes:
        figure: what is compared.
        against: a baseline's name, or "champion".
        mean, other: mean of the model and of the other.
        difference: mean - other.
        low, high: interval of the difference, by bootstrap over blocks; infinite where there are too few blocks.
        blocks: how many were measured.
    """

    figure: str
    against: str
    mean: float
    other: float
    difference: float
    low: float
    high: float
    blocks: int


@dataclass(frozen=True)
class Evaluation:
    """How good a model is.

    Attributes:
        figures: mean over all held-out frames by figure.
        comparisons: with baselines, and with the champion where there is one.
        confidence: of the intervals, as 0.95.
        champion: version of the champion that it was compared with; 0: there was none, or none that can be compared.
        notices: warnings.
    """

    figures: Mapping[str, float]
    comparisons: tuple[Comparison, ...]
    confidence: float
    champion: int = 0
    notices: tuple[Notice, ...] = ()

    def against(self, figure: str, other: str) -> Comparison | None:
        """One comparison, or None."""
        return next((c for c in self.comparisons if (c.figure, c.against) == (figure, other)), None)


@dataclass(frozen=True)
class ExportedModel:
    """A model folder with a network that other programs can run.

    Attributes:
        folder: with contract.json, model.onnx and golden.npz.
        name: of the model.
        precision: "fp32" or "int8".
        parity: largest absolute difference from the trained network, on random and on real inputs.
        figures: what was compared to decide on the precision.
        notices: warnings: int8_refused.
    """

    folder: Uri
    name: str
    precision: str
    parity: float
    figures: Mapping[str, float] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class TensorRTPlan:
    """A network as TensorRT runs it on one kind of GPU.

    Attributes:
        folder: with model.plan and plan.json.
        capability: compute capability of that GPU, as "9.0".
        release: of TensorRT, as "10.3.0".
        precision: "fp32" or "fp16".
        difference: largest absolute difference from the golden answers.
    """

    folder: Uri
    capability: str
    release: str
    precision: str
    difference: float


@dataclass(frozen=True)
class Registration:
    """A version in the registry: `uri` is its folder in storage, `registry` MLflow's address."""

    name: str
    version: int
    uri: str
    registry: str


@dataclass(frozen=True)
class Verification:
    """What a server made of a candidate.

    Attributes:
        name, version: the candidate.
        endpoint: who served it.
        parity: largest absolute difference from the golden answers.
        latency: median milliseconds of a call.
    """

    name: str
    version: int
    endpoint: str
    parity: float
    latency: float


@dataclass(frozen=True)
class Promotion:
    """What became of a candidate.

    Attributes:
        name, version: the candidate.
        promoted: whether it is the champion now.
        champion: version that is the champion now; 0: none.
        previous: version that was it before; 0: none.
        verdicts: a sentence a gate.
    """

    name: str
    version: int
    promoted: bool
    champion: int
    previous: int
    verdicts: tuple[str, ...]
