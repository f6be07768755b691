"""An array that is written to a file row by row, so that it never has to be in memory as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from components.core.arrays import Float32


class ArrayFile:
    """A .npy file that is written row after row, and then read as a memory map.

    Args:
        path: of the file.
        shape: of the whole array.
    """

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self._path = path
        self._file = path.open("wb")
        self._rest = shape[0]
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def append(self, rows: Float32) -> None:
        """Write the next rows."""
        self._rest -= len(rows)
        self._file.write(np.ascontiguousarray(rows, np.float32).tobytes())

    def close(self) -> Float32:
        """The array, mapped from the file."""
        if self._rest:
            raise ValueError(f"{self._path}: {self._rest} rows are missing")
        self._file.close()
        mapped: Float32 = np.load(self._path, mmap_mode="r")
        return mapped
