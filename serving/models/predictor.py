"""A model folder behind KServe."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import kserve
from kserve.protocol.infer_type import InferOutput, InferRequest, InferResponse

from components.models.contract import Tensor
from components.models.folder import read_contract
from components.models.onnx_model import OnnxModel
from components.models.remote_http import DATATYPES


class Predictor(kserve.Model):  # type: ignore[misc]
    """One network under its contract's name. It runs in a thread, so that health is answered meanwhile.

    Args:
        folder: with contract.json and the network.
        threads: of one call; 0: as many as cores.
    """

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self.network = OnnxModel(read_contract(folder), folder, threads=threads)
        super().__init__(self.network.contract.name)

    def load(self) -> bool:
        """Read the weights. Raises TroupeError: model_missing, model_broken, extra_missing."""
        self.network.load()
        self.ready = True
        return True

    async def get_input_types(self) -> list[dict[str, Any]]:
        """The protocol's metadata of the inputs."""
        return _described(self.network.contract.network.inputs)

    async def get_output_types(self) -> list[dict[str, Any]]:
        """The protocol's metadata of the outputs."""
        return _described(self.network.contract.network.outputs)

    async def predict(self, payload: InferRequest, headers: Any = None, response_headers: Any = None) -> InferResponse:
        """Run the network on a V2 request; tensors have the file's names."""
        part = self.network.contract.network
        names = {t.source: t.name for t in part.inputs}
        answer = await asyncio.to_thread(
            self.network, {names.get(i.name, i.name): i.as_numpy() for i in payload.inputs}
        )
        outputs = []
        for tensor in part.outputs:
            output = InferOutput(tensor.source, list(answer[tensor.name].shape), DATATYPES[tensor.dtype])
            output.set_data_from_numpy(answer[tensor.name], binary_data=True)
            outputs.append(output)
        return InferResponse(
            str(payload.id or ""),
            self.name,
            outputs,
            use_binary_outputs=True,
            requested_outputs=payload.request_outputs,
        )


def _described(tensors: Sequence[Tensor]) -> list[dict[str, Any]]:
    return [{"name": t.source, "datatype": DATATYPES[t.dtype], "shape": list(t.shape)} for t in tensors]
