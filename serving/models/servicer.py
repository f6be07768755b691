"""KServe's gRPC service, which also tells which version of a model answers."""

from __future__ import annotations

from typing import Any

from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.servicer import InferenceServicer


class Servicer(InferenceServicer):  # type: ignore[misc]
    """See KServe."""

    async def ModelMetadata(self, request: Any, context: Any) -> Any:
        """Name, versions, inputs and outputs of a model."""
        told = await self._data_plane.model_metadata(model_name=request.name)
        return messages.ModelMetadataResponse(**told)
