"""Runs a model folder's network in this process with ONNX Runtime."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.core import TroupeError
from components.models.contract import ANY, ModelContract, Tensor
from components.models.tensors import Array, check

_TYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(int8)": "int8",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
}
"""ONNX Runtime's names of element types, in numpy's."""


class OnnxModel:
    """A network of named arrays in, named arrays out. Several threads may call it at once.

    Args:
        contract: of a model with one part.
        folder: that its weights' uri is relative to.
        threads: of one call; 0: as many as cores.
    """

    def __init__(self, contract: ModelContract, folder: Path, *, threads: int = 0) -> None:
        self.contract = contract
        self._part = contract.network
        self._file = folder / self._part.weights.uri
        self._threads = threads
        self._session: Any = None
        self._sources = [t.source for t in self._part.outputs]

    def load(self) -> None:
        """Read and check the weights and make the session; later calls do nothing.

        Raises:
            TroupeError: extra_missing: ONNX Runtime is not installed; model_missing, model_broken.
        """
        if self._session is not None:
            return
        if importlib.util.find_spec("onnxruntime") is None:
            raise TroupeError(
                "extra_missing",
                "Models in ONNX need the extra `models`: pip install 'troupe[models]' sets it up.",
                extra="models",
            )
        import onnxruntime

        data = self._part.weights.verify(self._file)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        available = onnxruntime.get_available_providers()
        providers = [p for p in ("CUDAExecutionProvider", "CPUExecutionProvider") if p in available]
        try:
            session = onnxruntime.InferenceSession(data, options, providers=providers)
        except Exception as error:  # ONNX Runtime has a dozen kinds, none of them public
            raise TroupeError(
                "model_broken",
                f"The file {self._file} is not a network that can be run: {error}.",
                path=str(self._file),
            ) from error
        self._agree("inputs", self._part.inputs, session.get_inputs())
        self._agree("outputs", self._part.outputs, session.get_outputs())
        self._session = session

    def _agree(self, side: str, tensors: Sequence[Tensor], found: Sequence[Any]) -> None:
        has = {f.name: (_TYPES.get(f.type, f.type), _lengths(f.shape)) for f in found}
        says = {t.source: (t.dtype, t.shape) for t in tensors}
        if has != says:
            raise TroupeError(
                "model_broken",
                f"The file of the model {self.contract.name} and its contract disagree: its {side} are {has}, the "
                f"contract says {says}. Export it anew.",
                model=self.contract.name,
            )

    def __call__(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run.

        Args:
            inputs: arrays by the contract's names of its inputs.

        Returns:
            arrays by the contract's names of its outputs.

        Raises:
            TroupeError: wrong_tensor; as `load`.
        """
        self.load()
        check(self.contract.name, self._part.inputs, inputs)
        feed = {t.source: np.ascontiguousarray(inputs[t.name]) for t in self._part.inputs}
        answer = self._session.run(self._sources, feed)
        return {t.name: array for t, array in zip(self._part.outputs, answer, strict=True)}

    def close(self) -> None:
        """Let go of the session."""
        self._session = None


def _lengths(shape: Sequence[Any]) -> tuple[int, ...]:
    return tuple(n if isinstance(n, int) and n > 0 else ANY for n in shape)
