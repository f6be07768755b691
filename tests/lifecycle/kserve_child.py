"""The program of a child process: a KServe server of one model folder.

python -m tests.lifecycle.kserve_child FOLDER PORT
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import kserve
from kserve.protocol.infer_type import InferOutput, InferRequest, InferResponse

from components.models.folder import read_contract
from components.models.onnx_model import OnnxModel
from components.models.remote_http import DATATYPES


class Served(kserve.Model):  # type: ignore[misc]
    """A model folder behind KServe."""

    def __init__(self, folder: Path) -> None:
        self.network = OnnxModel(read_contract(folder), folder, threads=1)
        super().__init__(self.network.contract.name)

    def load(self) -> bool:
        """Read the weights."""
        self.network.load()
        self.ready = True
        return True

    async def get_input_types(self) -> list[dict[str, Any]]:
        """The protocol's metadata."""
        return _described(self.network.contract.network.inputs)

    async def get_output_types(self) -> list[dict[str, Any]]:
        """The protocol's metadata."""
        return _described(self.network.contract.network.outputs)

    async def predict(self, payload: InferRequest, headers: Any = None, response_headers: Any = None) -> InferResponse:
        """Run the network."""
        inputs = {i.name: i.as_numpy() for i in payload.inputs}
        answer = await asyncio.to_thread(self.network, inputs)
        outputs = []
        for name, array in answer.items():
            output = InferOutput(name, list(array.shape), DATATYPES[str(array.dtype)])
            output.set_data_from_numpy(array, binary_data=True)
            outputs.append(output)
        return InferResponse(
            str(payload.id), self.name, outputs, use_binary_outputs=True, requested_outputs=payload.request_outputs
        )


def _described(tensors: Any) -> list[dict[str, Any]]:
    return [{"name": t.source, "datatype": DATATYPES[t.dtype], "shape": list(t.shape)} for t in tensors]


if __name__ == "__main__":
    model = Served(Path(sys.argv[1]))
    model.load()
    kserve.ModelServer(http_port=int(sys.argv[2]), enable_grpc=False, workers=1).start([model])
