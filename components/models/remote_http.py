"""A model on a server that speaks the Open Inference Protocol (V2) over HTTP, tensors as raw bytes."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

import numpy as np

from components.core import TroupeError
from components.models.contract import ModelContract, Part, Tensor, Weights
from components.models.tensors import Array, check

TIMEOUT = 30.0
"""Seconds that an answer is waited for."""
DATATYPES: Mapping[str, str] = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "int8": "INT8",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
}
"""The protocol's names of element types by numpy's."""
_NUMPY = {name: dtype for dtype, name in DATATYPES.items()}


class HttpModel:
    """A served model. One connection, kept open; not for several threads at once.

    Args:
        address: http(s)://HOST[:PORT]/NAME.
        contract: what is expected of it; None: what the server's metadata say.
    """

    contract: ModelContract

    def __init__(self, address: str, contract: ModelContract | None = None) -> None:
        parts = urllib.parse.urlsplit(address)
        self._address = address
        self._name = parts.path.strip("/").rpartition("/")[2]
        if not parts.hostname or not self._name:
            raise TroupeError(
                "invalid_setting", f"{address!r} names no model; give http://HOST:PORT/NAME.", model=address
            )
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
        self._given = contract
        if contract is not None:
            self.contract = contract

    def load(self) -> None:
        """Ask for the metadata, and hold them against the contract where one was given.

        Raises:
            TroupeError: model_unreachable, model_unknown; model_broken: server and contract disagree.
        """
        said = json.loads(self._ask("GET", f"/v2/models/{self._name}")[0])
        served = _contract(self._name, said)
        if self._given is None:
            self.contract = served
            return
        for side, here, there in (
            ("inputs", self.contract.network.inputs, served.network.inputs),
            ("outputs", self.contract.network.outputs, served.network.outputs),
        ):
            wanted, found = ({t.source: (t.dtype, t.shape) for t in tensors} for tensors in (here, there))
            if wanted != found:
                raise TroupeError(
                    "model_broken",
                    f"The server at {self._address} says that its {side} are {found}, the contract says {wanted}.",
                    model=self._name,
                )

    def __call__(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run; arrays by the contract's names on both sides.

        Raises:
            TroupeError: wrong_tensor, model_unreachable, model_unknown.
        """
        if not hasattr(self, "contract"):
            self.load()
        network = self.contract.network
        check(self.contract.name, network.inputs, inputs)
        raw = [np.ascontiguousarray(inputs[t.name]).tobytes() for t in network.inputs]
        head = json.dumps(
            {
                "inputs": [
                    {
                        "name": t.source,
                        "shape": inputs[t.name].shape,
                        "datatype": DATATYPES[t.dtype],
                        "parameters": {"binary_data_size": len(data)},
                    }
                    for t, data in zip(network.inputs, raw, strict=True)
                ],
                "outputs": [{"name": t.source, "parameters": {"binary_data": True}} for t in network.outputs],
            }
        ).encode()
        headers = {
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(len(head)),
        }
        body, length = self._ask("POST", f"/v2/models/{self._name}/infer", head + b"".join(raw), headers)
        answer = _tensors(body, length)
        missing = [t.source for t in network.outputs if t.source not in answer]
        if missing:
            raise TroupeError("model_broken", f"The server at {self._address} gave no {missing}.", model=self._name)
        return {t.name: answer[t.source] for t in network.outputs}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, int]:
        """The body of an answer, and how much of it is JSON."""
        try:
            self._connection.request(method, path, body or None, dict(headers or {}))
            answer = self._connection.getresponse()
            got = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise TroupeError(
                "model_unreachable", f"The model at {self._address} does not answer ({error}).", model=self._address
            ) from error
        if answer.status >= 400:
            said = got.decode(errors="replace")[:500]
            code = {404: "model_unknown", 400: "wrong_tensor"}.get(answer.status, "model_unreachable")
            raise TroupeError(
                code, f"The model at {self._address} answered {answer.status}: {said}", model=self._address
            )
        return got, int(answer.getheader("Inference-Header-Content-Length") or len(got))


def _tensors(body: bytes, length: int) -> dict[str, Array]:
    """Outputs of an answer by the file's names, raw ones in the order in which they are announced."""
    found: dict[str, Array] = {}
    at = length
    for output in json.loads(body[:length])["outputs"]:
        dtype, shape = np.dtype(_NUMPY[output["datatype"]]), tuple(output["shape"])
        size = (output.get("parameters") or {}).get("binary_data_size")
        if size is None:
            found[output["name"]] = np.array(output["data"], dtype).reshape(shape)
        else:
            found[output["name"]] = np.frombuffer(body, dtype, int(size) // dtype.itemsize, at).reshape(shape)
            at += int(size)
    return found


def _contract(name: str, said: Mapping[str, Any]) -> ModelContract:
    """What a server's metadata say of a model."""

    def tensor(entry: Mapping[str, Any]) -> Tensor:
        shape = tuple(int(n) for n in entry["shape"])
        axes = ("batch", *(f"axis{i}" for i in range(1, len(shape))))
        return Tensor(entry["name"], entry["name"], axes[: len(shape)], shape, _NUMPY[entry["datatype"]])

    inputs, outputs = (tuple(tensor(t) for t in said[side]) for side in ("inputs", "outputs"))
    weights = Weights("", "", "", "The server has them.")
    return ModelContract(name, "", (Part(name, "remote", inputs, outputs, (), weights),))
