"""The Open Inference Protocol's gRPC messages, as far as a caller needs them.

KServe and Triton's client both register these messages under the same names, so a process can import only one of them.
Here they live in a pool of their own beside either. Names and numbers of the fields are the protocol's:
https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/open_inference_grpc.proto
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

SERVICE = "inference.GRPCInferenceService"
_SCALARS = {"bool": 8, "int32": 5, "int64": 3, "uint32": 13, "uint64": 4, "float": 2, "double": 1, "string": 9}
_BYTES = 12
_MESSAGE = 11
_CONTENTS = {"bool": 1, "int": 2, "int64": 3, "uint": 4, "uint64": 5, "fp32": 6, "fp64": 7}
_CONTENT_TYPES = {
    "bool": "bool",
    "int": "int32",
    "int64": "int64",
    "uint": "uint32",
    "uint64": "uint64",
    "fp32": "float",
    "fp64": "double",
}
_TENSOR = {"name": (1, "string"), "datatype": (2, "string"), "shape": (3, "int64*")}
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "InferTensorContents": {f"{n}_contents": (i, f"{_CONTENT_TYPES[n]}*") for n, i in _CONTENTS.items()}
    | {"bytes_contents": (8, "bytes*")},
    "ServerReadyRequest": {},
    "ServerReadyResponse": {"ready": (1, "bool")},
    "ModelReadyRequest": {"name": (1, "string"), "version": (2, "string")},
    "ModelReadyResponse": {"ready": (1, "bool")},
    "ModelMetadataRequest": {"name": (1, "string"), "version": (2, "string")},
    "TensorMetadata": _TENSOR,
    "ModelMetadataResponse": {
        "name": (1, "string"),
        "versions": (2, "string*"),
        "platform": (3, "string"),
        "inputs": (4, "TensorMetadata*"),
        "outputs": (5, "TensorMetadata*"),
    },
    "InferInputTensor": _TENSOR | {"contents": (5, "InferTensorContents")},
    "InferRequestedOutputTensor": {"name": (1, "string")},
    "InferOutputTensor": _TENSOR | {"contents": (5, "InferTensorContents")},
    "ModelInferRequest": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        "inputs": (5, "InferInputTensor*"),
        "outputs": (6, "InferRequestedOutputTensor*"),
        "raw_input_contents": (7, "bytes*"),
    },
    "ModelInferResponse": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        "outputs": (5, "InferOutputTensor*"),
        "raw_output_contents": (6, "bytes*"),
    },
}
"""Fields of each message: number and type; a star: repeated."""


@functools.cache
def message(name: str) -> Any:
    """The class of a message, as "ModelInferRequest"; KeyError where there is none."""
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"inference.{name}"))


@functools.cache
def _pool() -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(name="troupe/open_inference.proto", package="inference", syntax="proto3")
    for name, fields in _MESSAGES.items():
        described = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            base = kind.rstrip("*")
            entry = described.field.add(name=field, number=number, label=3 if kind.endswith("*") else 1)
            if base in _MESSAGES:
                entry.type, entry.type_name = _MESSAGE, f".inference.{base}"
            else:
                entry.type = _SCALARS.get(base, _BYTES)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool
