"""Array types of the nouns, and the check that runs when a noun is made."""

from __future__ import annotations

import errno
import mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Int32 = npt.NDArray[np.int32]
UInt8 = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]

ANY = -1
"""Stands in a shape for an axis of any length."""


def check_array(name: str, value: npt.NDArray[Any], shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    """Raise ValueError unless the array has this dtype and shape (ANY matches every length)."""
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{name}: expected an array, got {type(value).__name__}")
    if value.dtype != np.dtype(dtype):
        raise ValueError(f"{name}: expected dtype {np.dtype(dtype)}, got {value.dtype}")
    fits = value.ndim == len(shape) and all(e in (ANY, a) for a, e in zip(value.shape, shape, strict=True))
    if not fits:
        want = tuple("any" if e == ANY else e for e in shape)
        raise ValueError(f"{name}: expected shape {want}, got {value.shape}")


def release(array: npt.NDArray[Any]) -> None:
    """Give back the memory that was read of a memory-mapped array; what is used again is read again.

    A loop over a long array that calls this now and then needs no more memory than over a short one. Arrays that are
    not mapped stay as they are, and so does what was written to a mapped one.
    """
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


def save_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write an array as .npy.

    Raises:
        OSError: as the system says; ENOSPC where fewer bytes were written than asked for, which numpy tells without
            a number.
    """
    try:
        np.save(path, array)
    except OSError as error:
        if error.errno is not None:
            raise
        raise OSError(errno.ENOSPC, f"short write ({error})", str(path)) from error
