"""TorchServe's face of a model folder. It needs Troupe with the extra `models` in the server's Python.

A request is JSON, {tensor: nested lists with a batch axis}, or the bytes of an .npz; the answer has the same form.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.core import TroupeError
from components.models.folder import read_contract
from components.models.onnx_model import OnnxModel
from components.models.tensors import Array, spelled

_ZIP = b"PK\x03\x04"


class Handler:
    """See TorchServe: `initialize` once, `handle` for each batch of requests."""

    def __init__(self) -> None:
        self.initialized = False
        self.network: OnnxModel | None = None

    def initialize(self, context: Any) -> None:
        """Read contract and weights beside this file. Raises TroupeError: model_missing, model_broken."""
        folder = Path(context.system_properties["model_dir"])
        self.network = OnnxModel(read_contract(folder), folder, threads=1)
        self.network.load()
        self.initialized = True

    def handle(self, data: Sequence[Mapping[str, Any]], context: Any) -> list[Any]:
        """Answer each request; one that is wrong gets 400 and a sentence, the others their answers."""
        answers: list[Any] = []
        for index, request in enumerate(data):
            body = request.get("body", request.get("data"))
            try:
                answers.append(self._answer(body))
            except TroupeError as error:
                if error.code != "wrong_tensor":
                    raise
                context.set_response_status(code=400, phrase="Bad Request", idx=index)
                answers.append({"error": error.message})
        return answers

    def _answer(self, body: Any) -> Any:
        assert self.network is not None, "TorchServe initialises a handler before it asks it"
        network = self.network.contract.network
        binary = isinstance(body, (bytes, bytearray)) and bytes(body[:4]) == _ZIP
        given = self._arrays(body, binary)
        ours = {t.source: t.name for t in network.inputs}
        answer = self.network({ours.get(name, name): array for name, array in given.items()})
        named = {t.source: answer[t.name] for t in network.outputs}
        if not binary:
            return {name: array.tolist() for name, array in named.items()}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **named)
        return buffer.getvalue()

    def _arrays(self, body: Any, binary: bool) -> dict[str, Array]:
        assert self.network is not None
        contract = self.network.contract
        types = {t.source: t.dtype for t in contract.network.inputs}
        try:
            if binary:
                with np.load(io.BytesIO(bytes(body)), allow_pickle=False) as stored:
                    return {name: stored[name] for name in stored.files}
            told = json.loads(body) if isinstance(body, (bytes, bytearray, str)) else body
            return {name: np.array(value, types.get(name)) for name, value in told.items()}
        except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
            expected = "; ".join(spelled(t) for t in contract.network.inputs)
            raise TroupeError(
                "wrong_tensor",
                f"The model {contract.name} takes {expected} as JSON or .npz, but got what is neither ({error}).",
                model=contract.name,
            ) from error


_HANDLER = Handler()


def handle(data: Sequence[Mapping[str, Any]] | None, context: Any) -> list[Any] | None:
    """TorchServe's entry."""
    if not _HANDLER.initialized:
        _HANDLER.initialize(context)
    return None if data is None else _HANDLER.handle(data, context)
