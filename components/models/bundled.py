"""The models that come inside the mediapipe wheel, and where their files lie. The package itself is never imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from components.core import TroupeError
from components.models.contract import ModelContract, Operation, Part, Tensor, Weights

_OBTAIN = "Install mediapipe==0.10.21, the last release whose wheel carries models: pip install mediapipe==0.10.21"
_IMAGE = ("batch", "height", "width", "colour")


def _network(
    name: str,
    sha256: str,
    source: str,
    size: int,
    *outputs: Tensor,
    low: float = 0.0,
    crop: str = "rotated_square_crop",
) -> ModelContract:
    """A network of one square picture: `size` px a side, values low..1, fed to its tensor `source`."""
    folder = name.removesuffix("_full").removesuffix("_short_range")
    part = Part(
        name,
        "litert",
        (Tensor("image", source, _IMAGE, (1, size, size, 3), unit=f"{low:g}..1"),),
        outputs,
        (Operation(crop, {"size": size}), Operation("scale", {"low": low, "high": 1.0})),
        Weights(f"bundled:mediapipe/modules/{folder}/{name}.tflite", sha256, "Apache-2.0", _OBTAIN),
    )
    return ModelContract(name, "0.10.21", (part,))


def _values(name: str, source: str, count: int, unit: str) -> Tensor:
    return Tensor(name, source, ("batch", "value"), (1, count), unit=unit)


def _anchors(name: str, source: str, anchors: int, count: int, unit: str) -> Tensor:
    return Tensor(name, source, ("batch", "anchor", "value"), (1, anchors, count), unit=unit)


POSE_DETECTION = _network(
    "pose_detection",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "input_1",
    224,
    _anchors("boxes", "Identity", 2254, 12, "px of the input"),
    _anchors("scores", "Identity_1", 2254, 1, "logit"),
    low=-1.0,
    crop="letterbox",
)

POSE_LANDMARK = _network(
    "pose_landmark_full",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "input_1",
    256,
    _values("landmarks", "Identity", 195, "px of the input, logits"),
    _values("flag", "Identity_1", 1, "0..1"),
    Tensor("matte", "Identity_2", ("batch", "height", "width", "value"), (1, 256, 256, 1), unit="logit"),
    Tensor("heatmap", "Identity_3", ("batch", "height", "width", "landmark"), (1, 64, 64, 39), unit="logit"),
    _values("world", "Identity_4", 117, "m"),
)

HAND_LANDMARK = _network(
    "hand_landmark_full",
    "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
    "input_1",
    224,
    _values("landmarks", "Identity", 63, "px of the input"),
    _values("flag", "Identity_1", 1, "0..1"),
    _values("handedness", "Identity_2", 1, "0..1"),
)

FACE_DETECTION = _network(
    "face_detection_short_range",
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "input",
    128,
    _anchors("boxes", "regressors", 896, 16, "px of the input"),
    _anchors("scores", "classificators", 896, 1, "logit"),
    low=-1.0,
)

FACE_LANDMARK = _network(
    "face_landmark",
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    "input_1",
    192,
    Tensor("landmarks", "conv2d_21", ("batch", "y", "x", "value"), (1, 1, 1, 1404), unit="px of the input"),
    Tensor("flag", "conv2d_31", ("batch", "y", "x", "value"), (1, 1, 1, 1), unit="logit"),
)

IRIS_LANDMARK = _network(
    "iris_landmark",
    "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    "input_1",
    64,
    _values("contour", "output_eyes_contours_and_brows", 213, "px of the input"),
    _values("iris", "output_iris", 15, "px of the input"),
)

CONTRACTS: tuple[ModelContract, ...] = (
    POSE_DETECTION,
    POSE_LANDMARK,
    HAND_LANDMARK,
    FACE_DETECTION,
    FACE_LANDMARK,
    IRIS_LANDMARK,
)
"""All bundled models."""


def locate(weights: Weights) -> Path:
    """The file of some weights: inside an installed package (which is not imported), or by path.

    Raises:
        TroupeError: model_missing: the package that carries them is not installed.
    """
    if not weights.uri.startswith("bundled:"):
        return Path(weights.uri)
    package, _, inner = weights.uri.removeprefix("bundled:").partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise TroupeError(
            "model_missing",
            f"The package {package} that carries a model is not installed. {weights.obtain}",
            uri=package,
        )
    return Path(next(iter(spec.submodule_search_locations))) / inner


def verify() -> list[str]:
    """Read every bundled model and check its bytes; their names.

    Raises:
        TroupeError: model_missing, model_broken.
    """
    for contract in CONTRACTS:
        for part in contract.parts:
            part.weights.verify(locate(part.weights))
    return [contract.name for contract in CONTRACTS]
