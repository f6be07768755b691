"""Whether arrays are what a contract says: names, element types, shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from components.core import TroupeError
from components.models.contract import ANY, Tensor

Array: TypeAlias = npt.NDArray[Any]


def spelled(tensor: Tensor) -> str:
    """A tensor in words, as "pose float32 (batch, value 26)"."""
    axes = ", ".join(a if n == ANY else f"{a} {n}" for a, n in zip(tensor.axes, tensor.shape, strict=True))
    return f"{tensor.name} {tensor.dtype} ({axes})"


def check(model: str, tensors: Sequence[Tensor], given: Mapping[str, Array]) -> None:
    """Refuse arrays that do not fit.

    Args:
        model: name, for the sentence.
        tensors: what is expected.
        given: arrays by our names of the tensors.

    Raises:
        TroupeError: wrong_tensor: a name is missing or unknown, or a type, number of axes or length is another one, or
            axes of one name differ in length, or one is empty.
    """
    expected = "; ".join(spelled(t) for t in tensors)
    names = {t.name for t in tensors}
    if set(given) != names:
        got = ", ".join(sorted(given)) or "none"
        raise _wrong(model, expected, f"the tensors {got}", tensor=",".join(sorted(names ^ set(given))))
    lengths: dict[str, int] = {}
    for tensor in tensors:
        array = given[tensor.name]
        got = f"{tensor.name} {array.dtype} {tuple(array.shape)}"
        fits = array.dtype == np.dtype(tensor.dtype) and array.ndim == len(tensor.shape) and 0 not in array.shape
        if fits:
            for axis, length, actual in zip(tensor.axes, tensor.shape, array.shape, strict=True):
                fits &= length in (ANY, actual) and lengths.setdefault(axis, actual) == actual
        if not fits:
            raise _wrong(model, expected, got, tensor=tensor.name)


def _wrong(model: str, expected: str, got: str, *, tensor: str) -> TroupeError:
    return TroupeError(
        "wrong_tensor",
        f"The model {model} takes {expected}, but got {got}.",
        model=model,
        tensor=tensor,
        expected=expected,
        got=got,
    )
