"""A model folder behind KServe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import kserve
from kserve.errors import InvalidInput, ModelNotReady
from kserve.protocol.infer_type import InferRequest, InferResponse

from components.core import TroupeError
from components.models.contract import ModelContract
from components.models.folder import read_contract
from components.models.inference_protocol import described
from components.models.onnx_model import OnnxModel
from components.models.tensors import Array
from serving.models.exchange import Exchange
from serving.models.metrics import REFUSED, WAITING

MOST_WAITING = 64
"""Calls of a model that may run or wait; more are turned away, so that a server cannot be filled up."""


class Busy(ModelNotReady):  # type: ignore[misc]
    """Too many calls wait: 503 over HTTP, UNAVAILABLE over gRPC."""

    def __init__(self, model: str) -> None:
        super().__init__(model, f"{MOST_WAITING} calls wait already.")


class Answering(kserve.Model):  # type: ignore[misc]
    """Something that takes and gives the tensors of a contract. It runs in a thread, so that health is answered.

    Args:
        name: that it is served under.
        contract: its only part says what goes in and out.
        call: named arrays to named arrays, by the contract's names; several threads call it at once.
        version: number in the registry; empty: none.
    """

    def __init__(
        self,
        name: str,
        contract: ModelContract,
        call: Callable[[Mapping[str, Array]], Mapping[str, Array]],
        version: str = "",
    ) -> None:
        super().__init__(name)
        self.contract = contract
        self.version = version
        self._call = call
        self._exchange = Exchange(name, contract.network.inputs, contract.network.outputs)
        self._waiting = 0

    async def get_input_types(self) -> list[dict[str, Any]]:
        """The protocol's metadata of the inputs."""
        return described(self.contract.network.inputs)

    async def get_output_types(self) -> list[dict[str, Any]]:
        """The protocol's metadata of the outputs."""
        return described(self.contract.network.outputs)

    async def predict(
        self, payload: Any, headers: Any = None, response_headers: Any = None
    ) -> InferResponse | dict[str, Any]:
        """Answer a V1 or V2 request.

        Raises:
            InvalidInput: wrong name, type or shape; expected and got are told.
            Busy: too many calls wait.
        """
        if self._waiting >= MOST_WAITING:
            raise Busy(self.name)
        self._waiting += 1
        WAITING.labels(self.name).set(self._waiting)
        try:
            return await asyncio.to_thread(self._answer, payload)
        except InvalidInput:
            REFUSED.labels(self.name).inc()
            raise
        finally:
            self._waiting -= 1
            WAITING.labels(self.name).set(self._waiting)

    def _answer(self, payload: Any) -> InferResponse | dict[str, Any]:
        if isinstance(payload, InferRequest):
            arrays = self._exchange.arrays(payload)
            return self._exchange.answer(payload, self._run(arrays), self.version)
        return self._exchange.predictions(self._run(self._exchange.instances(payload)))

    def _run(self, arrays: Mapping[str, Array]) -> Mapping[str, Array]:
        try:
            return self._call(arrays)
        except TroupeError as error:
            if error.code == "wrong_tensor":
                raise InvalidInput(error.message) from error
            raise


class Predictor(Answering):
    """The network of a model folder, under its contract's name.

    Args:
        folder: with contract.json and the network.
        version: number in the registry; empty: none.
        threads: of one call; 0: as many as cores.
    """

    def __init__(self, folder: Path, *, version: str = "", threads: int = 0) -> None:
        self.folder = folder
        self.network = OnnxModel(read_contract(folder), folder, threads=threads)
        contract = self.network.contract
        super().__init__(contract.name, contract, self.network, version)

    def load(self) -> bool:
        """Read the weights. Raises TroupeError: model_missing, model_broken, extra_missing."""
        self.network.load()
        self.ready = True
        return True
