"""Runs one network in LiteRT on this machine's CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.core import Float32, TroupeError, UInt8
from components.models.bundled import locate
from components.models.contract import ModelContract
from components.models.native_lines import kept_off_the_terminal

_GREETING = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
"""LiteRT has no setting that would leave it out."""


class LiteRtNetwork:
    """A network of one picture in, some arrays out.

    Args:
        contract: of a model with one part.
        path: another file with the same weights; by default the bundled one.
        threads: threads of one call.
    """

    def __init__(self, contract: ModelContract, *, path: Path | None = None, threads: int = 1) -> None:
        self.contract = contract
        self.part = contract.parts[0]
        self.path = path
        self.threads = threads
        scale = self.part.operation("scale").values
        self._low = np.float32(scale["low"])
        self._gain = np.float32((float(scale["high"]) - float(scale["low"])) / 255.0)
        self._interpreter: Any = None
        self._input = 0
        self._outputs: dict[str, int] = {}

    def load(self) -> None:
        """Read and check the weights and build the interpreter; later calls do nothing.

        Raises:
            TroupeError: model_missing, model_broken.
        """
        if self._interpreter is not None:
            return
        from ai_edge_litert.interpreter import Interpreter

        data = self.part.weights.verify(self.path or locate(self.part.weights))
        try:
            with kept_off_the_terminal(_GREETING):
                interpreter = Interpreter(model_content=data, num_threads=self.threads)
                interpreter.allocate_tensors()
            inputs = {d["name"]: d for d in interpreter.get_input_details()}
            outputs = {d["name"]: d for d in interpreter.get_output_details()}
            tensors = [(inputs, t) for t in self.part.inputs] + [(outputs, t) for t in self.part.outputs]
            for found, tensor in tensors:
                if tuple(found[tensor.source]["shape"]) != tensor.shape:
                    raise ValueError(f"{tensor.source} has shape {tuple(found[tensor.source]['shape'])}")
        except (RuntimeError, ValueError, KeyError) as error:
            raise TroupeError(
                "model_broken",
                f"The model {self.contract.name} does not fit its contract: {error}",
                model=self.part.name,
            ) from error
        self._input = inputs[self.part.inputs[0].source]["index"]
        self._outputs = {t.name: outputs[t.source]["index"] for t in self.part.outputs}
        self._interpreter = interpreter

    @property
    def size(self) -> int:
        """Side of the square input, px."""
        return self.part.inputs[0].shape[1]

    def __call__(self, image: UInt8) -> dict[str, Float32]:
        """Run on a picture.

        Args:
            image: (size, size, 3) uint8 sRGB.

        Returns:
            outputs by the contract's names, without the batch axis.
        """
        self.load()
        value: npt.NDArray[np.float32] = image.astype(np.float32)
        value *= self._gain
        if self._low:
            value += self._low
        self._interpreter.set_tensor(self._input, value[None])
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(index)[0] for name, index in self._outputs.items()}
