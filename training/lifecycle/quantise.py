"""Turns a network's weights and activations into 8-bit numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.models.contract import ModelContract
from components.models.tensors import Array


def quantise(file: Path, contract: ModelContract, real: Mapping[str, Array]) -> None:
    """Replace an ONNX file by one with quantised convolutions (QDQ, static, a scale a channel of the weights).

    Jacob et al. 2018, Quantization and Training of Neural Networks, section 2.

    Args:
        file: of the network.
        contract: of it.
        real: inputs (N, ...) by which the ranges of activations are found.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            count = len(next(iter(real.values())))
            sources = {t.name: t.source for t in contract.network.inputs}
            self._left = iter([{sources[n]: a[i : i + 1] for n, a in real.items()} for i in range(count)])

        def get_next(self) -> Any:
            return next(self._left, None)

    with tempfile.TemporaryDirectory(dir=file.parent) as beside:
        prepared, small = Path(beside) / "prepared.onnx", Path(beside) / "small.onnx"
        quant_pre_process(str(file), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(small),
            Reader(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["Conv", "ConvTranspose", "MatMul", "Gemm"],
        )
        small.replace(file)
