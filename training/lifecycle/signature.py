"""MLflow's face of a contract: the signature that is stored with a registered model."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.models.contract import ModelContract, Tensor


def signature_of(contract: ModelContract) -> Any:
    """An `mlflow.models.ModelSignature` with the file's tensor names, types and shapes (-1: any length)."""
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    def specification(tensor: Tensor) -> Any:
        return TensorSpec(np.dtype(tensor.dtype), tensor.shape, tensor.source)

    network = contract.network
    return ModelSignature(
        inputs=Schema([specification(t) for t in network.inputs]),
        outputs=Schema([specification(t) for t in network.outputs]),
    )
