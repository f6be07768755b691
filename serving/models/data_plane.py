"""KServe's data plane with tensors left as bytes: its own turns them into lists of numbers while health waits.

Large JSON, where numbers have to be made of text, is left to a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from kserve.errors import InvalidInput, ModelNotReady
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.infer_type import InferInput, InferRequest, InferResponse, RequestedOutput

from components.models.inference_protocol import NUMPY_TYPES
from serving.models.large_json import LARGE, UNREAD, Died, Reader, Unread, as_binary, instances, written

LENGTH = "inference-header-content-length"
PLATFORM = "onnxruntime_onnx"
_FIRST = ("", "application/json", "application/octet-stream")
"""Types under which KServe takes a V1 request in JSON."""


class RawDataPlane(DataPlane):  # type: ignore[misc]
    """KServe's data plane; it also tells versions, and that it is not ready while the server stops."""

    stopping = False

    def __init__(self, model_registry: Any) -> None:
        super().__init__(model_registry=model_registry)
        self._apart = Reader()

    def close(self) -> None:
        """No more requests come."""
        self._apart.close()

    async def ready(self) -> bool:
        """Whether requests may come."""
        return not self.stopping and bool(await super().ready())

    async def model_metadata(self, model_name: str) -> dict[str, Any]:
        """The protocol's metadata of a model."""
        told: dict[str, Any] = await super().model_metadata(model_name)
        version = getattr(self.get_model_from_registry(model_name), "version", "")
        return told | {"platform": PLATFORM, "versions": [version] if version else []}

    def decode(
        self, body: Any, headers: Mapping[str, str], protocol_version: str = "v1", model_name: str = ""
    ) -> tuple[Any, dict[str, Any]]:
        """See KServe; large JSON is left unread for `infer`, which can wait for it."""
        kind = headers.get("content-type", "")
        first = protocol_version == "v1" and kind in _FIRST and len(body) > LARGE and not _is_event(headers)
        if isinstance(body, bytes) and (first or kind == UNREAD):
            return Unread(body), {}
        return super().decode(body, headers, protocol_version, model_name)  # type: ignore[no-any-return]

    async def infer(
        self, model_name: str, request: Any, headers: Mapping[str, str] | None = None
    ) -> tuple[Any, dict[str, str]]:
        """See KServe; large JSON is read and written by a process of its own."""
        headers = headers or {}
        try:
            if isinstance(request, Unread):
                request = await self._read(model_name, request.body, headers.get("content-type") == UNREAD)
            answer, told = await super().infer(model_name, request, headers)
            if isinstance(answer, InferResponse):
                return answer if request.from_grpc else await self._written(answer), told
            if 8 * _numbers(answer) > LARGE and not _is_event(headers):
                return await self._apart(written, answer), told | {"content-type": "application/json"}
        except Died as error:
            raise ModelNotReady(model_name, str(error)) from error
        return answer, told

    async def _read(self, model_name: str, body: bytes, second: bool) -> Any:
        try:
            if not second:
                return await self._apart(instances, body)
            whole, length = await self._apart(as_binary, body)
        except ValueError as error:
            raise InvalidInput(f"This is no request that the server understands ({error}).") from error
        return self.decode_inference_request(whole, {LENGTH: str(length)}, model_name)

    async def _written(self, response: InferResponse) -> Any:
        """What `encode` makes of a response, where that would take long."""
        head, raw = _parts(response)
        if 8 * _numbers(head) <= LARGE:
            return response
        return _Encoded(*_joined(await self._apart(written, head), raw))

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
        if isinstance(response, _Encoded):
            return response.body, response.headers
        if not isinstance(response, InferResponse):
            return super().encode(model_name, response, headers, req_attributes)  # type: ignore[no-any-return]
        head, raw = _parts(response)
        return _joined(written(head), raw)


@dataclass(frozen=True)
class _Encoded:
    """An answer that is written already."""

    body: bytes
    headers: dict[str, str]


def _parts(response: InferResponse) -> tuple[dict[str, Any], list[bytes]]:
    """What JSON says of an answer, with arrays in it, and the bytes that follow."""
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
    head = {"model_name": response.model_name, "model_version": response.model_version, "id": response.id}
    return head | {"outputs": outputs}, raw


def _joined(head: bytes, raw: list[bytes]) -> tuple[bytes, dict[str, str]]:
    # KServe drops a content-type in small letters
    if not raw:
        return head, {"Content-Type": "application/json"}
    return b"".join((head, *raw)), {"Content-Type": "application/octet-stream", LENGTH: str(len(head))}


def _numbers(answer: Any) -> int:
    """Numbers in the arrays of an answer."""
    if isinstance(answer, np.ndarray):
        return int(answer.size)
    if isinstance(answer, dict):
        return sum(map(_numbers, answer.values()))
    return sum(map(_numbers, answer)) if isinstance(answer, list) else 0


def _is_event(headers: Mapping[str, str]) -> bool:
    """Whether a call is a CloudEvent, whose answer KServe wraps."""
    return "ce-specversion" in headers or headers.get("content-type", "").startswith("application/cloudevents")
