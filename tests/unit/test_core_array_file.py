"""Arrays that never have to be in memory as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.core import ArrayFile, release


def resident(path: Path) -> int:
    """KiB of a mapped file that this process has in memory."""
    found, counting = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ", 1)[0] and not line.startswith(("Rss", "Vm")) and ":" not in line.split(" ", 1)[0]:
            counting = line.endswith(str(path))
        elif counting and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found


def test_rows_are_written_one_after_the_other(tmp_path: Path) -> None:
    rows = np.random.default_rng(3).random((10, 4, 2)).astype(np.float32)
    file = ArrayFile(tmp_path / "a.npy", rows.shape)
    file.append(rows[:7])
    file.append(rows[7:])
    assert np.array_equal(file.close(), rows)
    short = ArrayFile(tmp_path / "b.npy", rows.shape)
    short.append(rows[:7])
    with pytest.raises(ValueError, match="3 rows are missing"):
        short.close()


def test_what_was_read_of_a_mapped_array_is_given_back_and_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "long.npy"
    values = np.arange(1_000_000, dtype=np.float32).reshape(-1, 10)
    np.save(path, values)
    mapped: np.ndarray = np.load(path, mmap_mode="r")  # type: ignore[type-arg]
    total = float(mapped.sum(dtype=np.float64))
    assert resident(path) > 3000
    release(mapped[5:, 2:])
    assert resident(path) == 0
    assert float(mapped.sum(dtype=np.float64)) == total
    release(values)
    assert float(values.sum(dtype=np.float64)) == total


def test_what_was_written_to_a_mapped_array_stays(tmp_path: Path) -> None:
    mapped = np.lib.format.open_memmap(tmp_path / "w.npy", mode="w+", dtype=np.float32, shape=(50_000, 10))  # type: ignore[no-untyped-call]
    mapped[:] = 7
    release(mapped)
    assert float(np.load(tmp_path / "w.npy").min()) == 7
