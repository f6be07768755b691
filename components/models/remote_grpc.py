"""A model on a server that speaks the Open Inference Protocol (V2) over gRPC, tensors as raw bytes."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from components.core import TroupeError
from components.models.contract import ModelContract
from components.models.inference_messages import SERVICE, message
from components.models.inference_protocol import (
    DATATYPES,
    NUMPY_TYPES,
    TIMEOUT,
    contract_of_metadata,
    hold_against,
)
from components.models.memory import keep_freed_memory
from components.models.tensors import Array, check

LARGEST = 64 << 20
"""Bytes of the largest message, both ways; gRPC's own limit of 4 MiB is one picture of 512 px."""
CHANNEL = (
    ("grpc.max_send_message_length", LARGEST),
    ("grpc.max_receive_message_length", LARGEST),
    # a picture goes out in one piece, not in windows of 64 KiB that are each waited for
    ("grpc.http2.lookahead_bytes", 16 << 20),
    ("grpc.http2.max_frame_size", 8 << 20),
    ("grpc.http2.bdp_probe", 0),
)
"""Options of both ends of a connection."""
_ADDRESS = re.compile(r"grpc://(?P<host>[^/@\s]+:\d{1,5})/(?P<name>\w[\w.-]*)")


class GrpcModel:
    """A served model. Several threads may call it at once.

    Args:
        address: grpc://HOST:PORT/NAME.
        contract: what is expected of it; None: what the server's metadata say.
    """

    contract: ModelContract

    def __init__(self, address: str, contract: ModelContract | None = None) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise TroupeError(
                "invalid_setting", f"{address!r} names no model; give grpc://HOST:PORT/NAME.", model=address
            )
        if importlib.util.find_spec("grpc") is None or importlib.util.find_spec("google.protobuf") is None:
            raise TroupeError(
                "extra_missing",
                "Models behind gRPC need the extra `models`: pip install 'troupe[models]' sets it up.",
                extra="models",
            )
        import grpc

        self._address = address
        keep_freed_memory()
        self._name = found["name"]
        self._channel = grpc.insecure_channel(found["host"], options=CHANNEL)
        self._calls: dict[str, Any] = {}
        self._given = contract
        if contract is not None:
            self.contract = contract

    def load(self) -> None:
        """Ask for the metadata, and hold them against the contract where one was given.

        Raises:
            TroupeError: model_unreachable, model_unknown; model_broken: server and contract disagree.
        """
        said = self._ask("ModelMetadata", message("ModelMetadataRequest")(name=self._name))
        inputs, outputs = (
            [{"name": t.name, "datatype": t.datatype, "shape": list(t.shape)} for t in side]
            for side in (said.inputs, said.outputs)
        )
        served = contract_of_metadata(self._name, inputs, outputs, self._address)
        if self._given is None:
            self.contract = served
        else:
            hold_against(self._given, served, self._address)

    def __call__(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run; arrays by the contract's names on both sides.

        Raises:
            TroupeError: wrong_tensor, model_unreachable, model_unknown; model_broken: not what the contract says.
        """
        if not hasattr(self, "contract"):
            self.load()
        network = self.contract.network
        check(self.contract.name, network.inputs, inputs)
        answer = self._ask(
            "ModelInfer",
            message("ModelInferRequest")(
                model_name=self._name,
                inputs=[
                    {"name": t.source, "datatype": DATATYPES[t.dtype], "shape": inputs[t.name].shape}
                    for t in network.inputs
                ],
                outputs=[{"name": t.source} for t in network.outputs],
                raw_input_contents=[np.ascontiguousarray(inputs[t.name]).tobytes() for t in network.inputs],
            ),
        )
        given = _arrays(answer, self._address)
        missing = [t.source for t in network.outputs if t.source not in given]
        if missing:
            raise TroupeError("model_broken", f"The server at {self._address} gave no {missing}.", model=self._name)
        return {t.name: given[t.source] for t in network.outputs}

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _ask(self, method: str, request: Any) -> Any:
        import grpc

        if method not in self._calls:
            self._calls[method] = self._channel.unary_unary(
                f"/{SERVICE}/{method}",
                request_serializer=type(request).SerializeToString,
                response_deserializer=message(f"{method}Response").FromString,
            )
        try:
            return self._calls[method](request, timeout=TIMEOUT)
        except grpc.RpcError as error:
            status, said = error.code(), str(error.details())[:500]
            code = {
                grpc.StatusCode.NOT_FOUND: "model_unknown",
                grpc.StatusCode.INVALID_ARGUMENT: "wrong_tensor",
                grpc.StatusCode.RESOURCE_EXHAUSTED: "wrong_tensor",
            }.get(status, "model_unreachable")
            sentence = f"The model at {self._address} answered {status.name}: {said}"
            raise TroupeError(code, sentence, model=self._address) from error


def _arrays(answer: Any, address: str) -> dict[str, Array]:
    """Outputs of an answer by the file's names, from raw bytes or from typed numbers."""
    found: dict[str, Array] = {}
    raw = iter(answer.raw_output_contents)  # all outputs or none
    for output in answer.outputs:
        try:
            dtype = np.dtype(NUMPY_TYPES[output.datatype])
            shape = tuple(output.shape)
            if not answer.raw_output_contents:
                fields = output.contents.ListFields()
                found[output.name] = np.array(fields[0][1] if fields else [], dtype).reshape(shape)
            else:
                found[output.name] = np.frombuffer(next(raw), dtype).reshape(shape)
        except (KeyError, ValueError, StopIteration) as error:
            raise TroupeError(
                "model_broken",
                f"The server at {address} gave an output {output.name} that is not what it announces "
                f"({output.datatype} {list(output.shape)}).",
                model=address,
            ) from error
    return found
