"""A contract as Triton's `config.pbtxt`, written and read through Triton's own protobuf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.core import TroupeError
from components.models.contract import ANY, ModelContract, Tensor
from components.models.inference_protocol import DATATYPES
from serving.triton.messages import model_config

BACKENDS = {
    "onnx": ("onnxruntime", "model.onnx"),
    "tensorrt": ("tensorrt", "model.plan"),
    "python": ("python", "model.py"),
}
"""Variants: Triton's backend, and the file that it runs. Nothing else differs between them."""


@dataclass(frozen=True)
class Serving:
    """How a model is run.

    Attributes:
        variant: key of BACKENDS.
        batch: most frames that are run at once.
        delay: microseconds that a frame waits for others.
        instances: copies of the network on each device.
        gpu: on GPUs, else on the processor.
        warm: batch sizes that are run once before the model says that it is ready.
    """

    variant: str = "onnx"
    batch: int = 16
    delay: int = 2000
    instances: int = 1
    gpu: bool = True
    warm: tuple[int, ...] = (1, 16)


def configured(contract: ModelContract, serving: Serving) -> Any:
    """A `ModelConfig` message.

    Raises:
        TroupeError: invalid_setting: an unknown variant, or a tensor that Triton has no type for; extra_missing.
    """
    if serving.variant not in BACKENDS:
        raise TroupeError(
            "invalid_setting",
            f"{serving.variant!r} is no variant of a model for Triton; there are {', '.join(BACKENDS)}.",
            variant=serving.variant,
        )
    messages = model_config()
    network = contract.network
    batched = all(_batched(t) for t in (*network.inputs, *network.outputs))
    backend, file = BACKENDS[serving.variant]
    kind = messages.ModelInstanceGroup.KIND_GPU if serving.gpu else messages.ModelInstanceGroup.KIND_CPU
    config = messages.ModelConfig(
        name=contract.name,
        backend=backend,
        default_model_filename=file,
        max_batch_size=serving.batch if batched else 0,
        input=[messages.ModelInput(name=t.source, data_type=_type(t), dims=_dims(t, batched)) for t in network.inputs],
        output=[
            messages.ModelOutput(name=t.source, data_type=_type(t), dims=_dims(t, batched)) for t in network.outputs
        ],
        instance_group=[messages.ModelInstanceGroup(kind=kind, count=serving.instances)],
    )
    if batched and serving.batch > 1:
        config.dynamic_batching.max_queue_delay_microseconds = serving.delay
        config.dynamic_batching.preferred_batch_size.extend(
            n for n in (serving.batch // 4, serving.batch // 2, serving.batch) if n > 1
        )
    for count in sorted({min(n, serving.batch) for n in serving.warm} if batched else {1} if serving.warm else set()):
        warm = config.model_warmup.add(name=f"batch of {count}", batch_size=count if batched else 0)
        for tensor in network.inputs:
            shown = warm.inputs[tensor.source]
            shown.data_type = _type(tensor)
            shown.dims.extend(1 if n == ANY else n for n in _dims(tensor, batched))
            shown.zero_data = True
    return config


def as_text(config: Any) -> str:
    """A configuration as `config.pbtxt`."""
    from google.protobuf import text_format

    return str(text_format.MessageToString(config))


def parsed(text: str) -> Any:
    """A configuration read back.

    Raises:
        TroupeError: model_broken: it is no configuration; the line is named.
    """
    from google.protobuf import text_format

    try:
        return text_format.Parse(text, model_config().ModelConfig())
    except text_format.ParseError as error:
        raise TroupeError("model_broken", f"The config.pbtxt cannot be used: {error}.") from error


def _batched(tensor: Tensor) -> bool:
    return bool(tensor.axes) and tensor.axes[0] == "batch" and tensor.shape[0] == ANY


def _dims(tensor: Tensor, batched: bool) -> tuple[int, ...]:
    return tensor.shape[1:] if batched else tensor.shape


def _type(tensor: Tensor) -> Any:
    number = model_config().DataType.Value
    return number(f"TYPE_{DATATYPES[tensor.dtype]}")
