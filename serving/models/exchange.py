"""Requests become arrays, arrays become answers: both protocols of KServe, checked against a contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from kserve.errors import InvalidInput
from kserve.protocol.infer_type import InferOutput, InferRequest, InferResponse

from components.core import TroupeError
from components.models.contract import Tensor
from components.models.inference_protocol import DATATYPES, NUMPY_TYPES
from components.models.tensors import Array, check, spelled


class Exchange:
    """What a model takes and gives on the wire, where tensors have the file's names.

    Args:
        model: name, for the sentences.
        inputs, outputs: of its contract.
    """

    def __init__(self, model: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        self._model = model
        self._inputs = [replace(t, name=t.source) for t in inputs]
        self._outputs = tuple(outputs)
        self._ours = {t.source: t.name for t in inputs}

    def arrays(self, request: InferRequest) -> dict[str, Array]:
        """The arrays of a V2 request, by the contract's names.

        Raises:
            InvalidInput: they are not what the contract says, or the request asks for an output that is not there;
                expected and got are told. 400 over HTTP, INVALID_ARGUMENT over gRPC.
        """
        known = [t.source for t in self._outputs]
        unknown = [o.name for o in request.request_outputs or () if o.name not in known]
        if unknown:
            raise InvalidInput(f"The model {self._model} gives {', '.join(known)}, but {', '.join(unknown)} was asked.")
        found = {i.name: self._array(i) for i in request.inputs}
        if len(found) != len(request.inputs):
            raise self._refused("a tensor twice")
        return self._checked(found)

    def _array(self, given: Any) -> Array:
        got = f"{given.name} {given.datatype} {list(given.shape)}"
        if given.datatype not in NUMPY_TYPES:
            raise self._refused(f"{got}, which is no type of numbers")
        if given._raw_data is None and given.data is None:
            raise self._refused(f"{got} without data")
        try:
            array: Array = given.as_numpy()
        except (ValueError, TypeError, OverflowError) as error:
            raise self._refused(f"{got} with data that are not of that type and shape ({error})") from error
        return array

    def instances(self, payload: Any) -> dict[str, Array]:
        """The arrays of a V1 request, {"instances": [{tensor: nested lists, ...}, ...]}, an instance a frame.

        Where a model has one input, an instance may be the nested lists alone.

        Raises:
            InvalidInput: as for `arrays`.
        """
        rows = payload.get("instances") if isinstance(payload, dict) else None
        if not isinstance(rows, list) or not rows:
            raise self._refused('no {"instances": [...]}')
        if not all(t.axes and t.axes[0] == "batch" for t in self._inputs):
            raise InvalidInput(f"The model {self._model} takes no batches: ask it by the V2 protocol.")
        if len(self._inputs) == 1 and not isinstance(rows[0], dict):
            rows = [{self._inputs[0].name: row} for row in rows]
        names = {t.name: t.dtype for t in self._inputs}
        for row in rows:
            if not isinstance(row, dict) or set(row) != set(names):
                got = ", ".join(sorted(row)) if isinstance(row, dict) else "no names"
                raise self._refused(f"an instance with {got or 'nothing'}")
        found = {}
        for name, dtype in names.items():
            try:
                found[name] = np.array([row[name] for row in rows], dtype)
            except (ValueError, TypeError, OverflowError) as error:
                raise self._refused(f"{name} that is no {dtype} of one shape ({error})") from error
        return self._checked(found)

    def _checked(self, found: Mapping[str, Array]) -> dict[str, Array]:
        try:
            check(self._model, self._inputs, found)
        except TroupeError as error:
            raise InvalidInput(error.message) from error
        return {self._ours[name]: array for name, array in found.items()}

    def _refused(self, got: str) -> InvalidInput:
        expected = "; ".join(spelled(t) for t in self._inputs)
        return InvalidInput(f"The model {self._model} takes {expected}, but got {got}.")

    def answer(self, request: InferRequest, given: Mapping[str, Array], version: str) -> InferResponse:
        """A V2 answer with the outputs that were asked for, all where none was named."""
        asked = [o.name for o in request.request_outputs or ()]
        outputs = []
        for tensor in self._outputs:
            if asked and tensor.source not in asked:
                continue
            array = np.ascontiguousarray(given[tensor.name])
            output = InferOutput(tensor.source, list(array.shape), DATATYPES[tensor.dtype], array)
            if request.from_grpc:
                output.set_data_from_numpy(array, binary_data=request.use_binary_outputs or tensor.dtype == "float16")
            outputs.append(output)
        return InferResponse(
            str(request.id or ""),
            self._model,
            outputs,
            model_version=version,
            use_binary_outputs=request.use_binary_outputs,
            requested_outputs=request.request_outputs,
        )

    def predictions(self, given: Mapping[str, Array]) -> dict[str, Any]:
        """A V1 answer: {"predictions": [{tensor: array, ...}, ...]}, a prediction an instance."""
        arrays = {t.source: np.ascontiguousarray(given[t.name]) for t in self._outputs}
        count = len(next(iter(arrays.values())))
        return {"predictions": [{name: array[i] for name, array in arrays.items()} for i in range(count)]}
