"""The network in Triton's Python backend, for servers that have no other: it stands in for ONNX Runtime's backend.

Triton executes this file by itself, so it imports nothing of ours: names and shapes come from the configuration that
Triton hands over, the network runs through onnxruntime where that is installed.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton  # type: ignore[import-not-found]


class TritonPythonModel:
    """See Triton's Python backend."""

    def initialize(self, args):  # type: ignore[no-untyped-def]
        """Open the network that lies beside this file."""
        config = json.loads(args["model_config"])
        self.inputs = [entry["name"] for entry in config["input"]]
        self.outputs = [entry["name"] for entry in config["output"]]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        file = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def execute(self, requests):  # type: ignore[no-untyped-def]
        """Run the requests of a batch at once."""
        asked = {name: [triton.get_input_tensor_by_name(r, name).as_numpy() for r in requests] for name in self.inputs}
        lengths = [len(array) for array in asked[self.inputs[0]]]
        given = self.session.run(self.outputs, {name: np.concatenate(a) for name, a in asked.items()})
        ends = np.cumsum(lengths)[:-1]
        parts = [np.split(array, ends) for array in given]
        return [
            triton.InferenceResponse([triton.Tensor(n, p[i]) for n, p in zip(self.outputs, parts, strict=True)])
            for i in range(len(requests))
        ]
