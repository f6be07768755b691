"""A model on a server that speaks the Open Inference Protocol (V2) over HTTP, tensors as raw bytes."""

from __future__ import annotations

import functools
import http.client
import json
import urllib.parse
from collections import deque
from collections.abc import Mapping

import numpy as np

from components.core import TroupeError
from components.models.contract import ModelContract
from components.models.inference_protocol import (
    DATATYPES,
    NUMPY_TYPES,
    TIMEOUT,
    contract_of_metadata,
    hold_against,
)
from components.models.memory import keep_freed_memory
from components.models.tensors import Array, check

_CODES = {404: "model_unknown", 400: "wrong_tensor", 413: "wrong_tensor", 422: "wrong_tensor"}


class HttpModel:
    """A served model. Connections are kept open; several threads may call it at once.

    Args:
        address: http(s)://HOST[:PORT]/NAME.
        contract: what is expected of it; None: what the server's metadata say.
    """

    contract: ModelContract

    def __init__(self, address: str, contract: ModelContract | None = None) -> None:
        parts = urllib.parse.urlsplit(address)
        self._address = address
        keep_freed_memory()
        self._name = parts.path.strip("/").rpartition("/")[2]
        try:
            port = parts.port
        except ValueError:
            port = -1
        if not parts.hostname or not self._name or port == -1:
            raise TroupeError(
                "invalid_setting", f"{address!r} names no model; give http://HOST:PORT/NAME.", model=address
            )
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connect = functools.partial(kind, parts.hostname, port, timeout=TIMEOUT)
        self._free: deque[http.client.HTTPConnection] = deque()
        self._given = contract
        if contract is not None:
            self.contract = contract

    def load(self) -> None:
        """Ask for the metadata, and hold them against the contract where one was given.

        Raises:
            TroupeError: model_unreachable, model_unknown; model_broken: server and contract disagree.
        """
        try:
            said = json.loads(self._ask("GET", f"/v2/models/{self._name}")[0])
            inputs, outputs = said["inputs"], said["outputs"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._other(error) from error
        served = contract_of_metadata(self._name, inputs, outputs, self._address)
        if self._given is None:
            self.contract = served
        else:
            hold_against(self._given, served, self._address)

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
        try:
            answer = _tensors(body, length)
        except (ValueError, KeyError, TypeError) as error:
            raise self._other(error) from error
        missing = [t.source for t in network.outputs if t.source not in answer]
        if missing:
            raise TroupeError("model_broken", f"The server at {self._address} gave no {missing}.", model=self._name)
        return {t.name: answer[t.source] for t in network.outputs}

    def close(self) -> None:
        """Close the connections."""
        while self._free:
            self._free.pop().close()

    def _other(self, error: Exception) -> TroupeError:
        sentence = f"What answers at {self._address} does not speak the Open Inference Protocol ({error!r})."
        return TroupeError("model_broken", sentence, model=self._address)

    def _ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, int]:
        """The body of an answer, and how much of it is JSON."""
        try:
            connection, kept = self._free.pop(), True
        except IndexError:
            connection, kept = self._connect(), False
        for again in (kept, False):
            try:
                connection.request(method, path, body or None, dict(headers or {}))
                answer = connection.getresponse()
                got = answer.read()
                break
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if again and isinstance(error, (ConnectionError, http.client.BadStatusLine)):
                    continue  # the server had closed the connection that was kept
                sentence = f"The model at {self._address} does not answer ({error})."
                raise TroupeError("model_unreachable", sentence, model=self._address) from error
        self._free.append(connection)
        if answer.status >= 400:
            said = got.decode(errors="replace")[:500]
            code = _CODES.get(answer.status, "model_unreachable")
            raise TroupeError(
                code, f"The model at {self._address} answered {answer.status}: {said}", model=self._address
            )
        return got, int(answer.getheader("Inference-Header-Content-Length") or len(got))


def _tensors(body: bytes, length: int) -> dict[str, Array]:
    """Outputs of an answer by the file's names, raw ones in the order in which they are announced."""
    found: dict[str, Array] = {}
    at = length
    for output in json.loads(body[:length])["outputs"]:
        dtype, shape = np.dtype(NUMPY_TYPES[output["datatype"]]), tuple(output["shape"])
        size = (output.get("parameters") or {}).get("binary_data_size")
        if size is None:
            found[output["name"]] = np.array(output["data"], dtype).reshape(shape)
        else:
            found[output["name"]] = np.frombuffer(body, dtype, int(size) // dtype.itemsize, at).reshape(shape)
            at += int(size)
    return found
