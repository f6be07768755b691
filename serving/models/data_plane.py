"""KServe's data plane with tensors left as bytes: its own turns them into lists of numbers while health waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from kserve.errors import InvalidInput
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.infer_type import InferInput, InferRequest, InferResponse, RequestedOutput

from components.models.inference_protocol import NUMPY_TYPES

LENGTH = "inference-header-content-length"
PLATFORM = "onnxruntime_onnx"


class RawDataPlane(DataPlane):  # type: ignore[misc]
    """KServe's data plane; it also tells versions, and that it is not ready while the server stops."""

    stopping = False

    async def ready(self) -> bool:
        """Whether requests may come."""
        return not self.stopping and bool(await super().ready())

    async def model_metadata(self, model_name: str) -> dict[str, Any]:
        """The protocol's metadata of a model."""
        told: dict[str, Any] = await super().model_metadata(model_name)
        version = getattr(self.get_model_from_registry(model_name), "version", "")
        return told | {"platform": PLATFORM, "versions": [version] if version else []}

    def decode_inference_request(self, body: Any, headers: Mapping[str, str], model_name: str) -> InferRequest:
        """A V2 request of the REST protocol; of the binary one the tensors' bytes are kept as they are."""
        if not isinstance(body, bytes):
            return super().decode_inference_request(body, headers, model_name)
        try:
            length = int(headers[LENGTH])
            if not 0 <= length <= len(body):
                raise ValueError(f"{LENGTH} is {length} and the body has {len(body)} bytes")
            said = orjson.loads(body[:length])
            at, inputs = length, []
            for entry in said["inputs"]:
                tensor = InferInput(entry["name"], list(entry["shape"]), str(entry["datatype"]), entry.get("data"))
                size = (entry.get("parameters") or {}).get("binary_data_size")
                if size is not None:
                    tensor._raw_data = body[at : at + int(size)]
                    at += int(size)
                inputs.append(tensor)
            asked = [RequestedOutput(o["name"], o.get("parameters")) for o in said.get("outputs") or ()]
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise InvalidInput(f"This is no request of the Open Inference Protocol ({error!r}).") from error
        return InferRequest(
            model_name,
            inputs,
            request_id=said.get("id"),
            parameters=said.get("parameters"),
            request_outputs=asked or None,
        )

    def encode(
        self, model_name: str, response: Any, headers: Mapping[str, str], req_attributes: Mapping[str, Any]
    ) -> tuple[Any, dict[str, str]]:
        """The body of an answer, and its headers."""
        if not isinstance(response, InferResponse):
            return super().encode(model_name, response, headers, req_attributes)  # type: ignore[no-any-return]
        every = bool(response._use_binary_outputs)
        asked = {o.name: o.binary_data for o in response._requested_outputs or ()}
        outputs, raw = [], []
        for output in response.outputs:
            array = np.asarray(output.data, NUMPY_TYPES[output.datatype])
            told: dict[str, Any] = {"name": output.name, "shape": output.shape, "datatype": output.datatype}
            binary = asked.get(output.name)
            if every if binary is None else binary:
                raw.append(array.tobytes())
                told["parameters"] = {"binary_data_size": len(raw[-1])}
            elif output.datatype == "FP16":
                raise InvalidInput(f"The output {output.name} is FP16, which JSON cannot hold: ask for it in binary.")
            else:
                told["data"] = array.ravel()
            outputs.append(told)
        head = orjson.dumps(
            {
                "model_name": response.model_name,
                "model_version": response.model_version,
                "id": response.id,
                "outputs": outputs,
            },
            option=orjson.OPT_SERIALIZE_NUMPY,
        )
        # KServe drops a content-type in small letters
        if not raw:
            return head, {"Content-Type": "application/json"}
        return b"".join((head, *raw)), {"Content-Type": "application/octet-stream", LENGTH: str(len(head))}
