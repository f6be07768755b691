"""Compiled kernels: kept while they hold, compiled anew when anything they are made of changes."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import config

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SHADES = """
from components.core.kernel import kernel

GAIN = {gain}


@kernel()
def shade(x):
    return x * GAIN {more}
"""
PAINT = """
from components.core.kernel import kernel
from own.shades import GAIN, shade


@kernel()
def paint(x):
    return late(x) + shade(x)


@kernel()
def late(x):
    return x + GAIN
"""
CALL = "from own.paint import paint; paint(3); print(sum(paint.stats.cache_misses.values()))"


class Kernels:
    """Two modules of kernels in a folder of their own, imported anew for each call as a new process would."""

    def __init__(self, folder: Path) -> None:
        self.package = folder / "own"
        self.package.mkdir()
        (self.package / "__init__.py").touch()
        (self.package / "paint.py").write_text(PAINT)
        self.write()

    def write(self, gain: int = 2, more: str = "") -> None:
        (self.package / "shades.py").write_text(SHADES.format(gain=gain, more=more))

    def call(self, argument: float = 3) -> tuple[float, int, int]:
        """The result, and how many combinations of types were found compiled and how many were not."""
        for name in [n for n in sys.modules if n.split(".")[0] == "own"]:
            del sys.modules[name]
        paint = importlib.import_module("own.paint").paint
        value = paint(argument)
        hits, misses = (sum(c.values()) for c in (paint.stats.cache_hits, paint.stats.cache_misses))
        return value, hits, misses


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernels:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    # An edit within the same second leaves Python's own cache valid, and a folder set from outside would hide ours.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(config, "CACHE_DIR", "")
    return Kernels(tmp_path)


def test_a_second_process_compiles_nothing(kernels: Kernels) -> None:
    assert kernels.call() == (11, 0, 1)
    assert kernels.call() == (11, 1, 0)


def test_an_edit_of_an_inlined_kernel_in_another_file_is_noticed(kernels: Kernels) -> None:
    kernels.call()
    kernels.write(more="+ 100")
    assert kernels.call() == (111, 0, 1)
    assert kernels.call() == (111, 1, 0)


def test_a_constant_of_another_file_is_noticed(kernels: Kernels) -> None:
    kernels.call()
    kernels.write(gain=5)
    assert kernels.call() == (23, 0, 1)


def test_types_have_files_of_their_own_and_stale_ones_are_deleted(kernels: Kernels) -> None:
    kernels.call()
    kernels.call(3.0)
    cache = kernels.package / "__pycache__"
    assert len(list(cache.glob("paint.paint-*.nbc"))) == 2
    kernels.write(gain=5)
    kernels.call()
    assert len(list(cache.glob("paint.paint-*.nbc"))) == 1


def test_where_the_source_cannot_be_written_the_user_s_cache_is_used(kernels: Kernels) -> None:
    (kernels.package / "__pycache__").touch()  # a file, so that no folder can be made there, even by root
    assert kernels.call() == (11, 0, 1)
    assert kernels.call() == (11, 1, 0)
    assert list((kernels.package.parent / "home" / "numba").rglob("paint.paint-*.nbc"))


def test_code_found_in_a_later_folder_is_read(kernels: Kernels, tmp_path: Path) -> None:
    kernels.call()
    beside, user = kernels.package / "__pycache__", next((tmp_path / "home" / "numba").glob("own_*"), None)
    assert user is None, "nothing is written to the user's cache where the code lies beside the source"
    beside.rename(tmp_path / "moved")
    beside.touch()
    assert kernels.call() == (11, 0, 1)
    beside.unlink()
    assert kernels.call() == (11, 1, 0)


def test_where_nothing_can_be_written_it_still_runs(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    (kernels.package / "__pycache__").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    assert kernels.call() == (11, 0, 1)
    assert kernels.call() == (11, 0, 1)


def test_a_file_that_was_cut_short_is_as_good_as_none(kernels: Kernels) -> None:
    kernels.call()
    for path in (kernels.package / "__pycache__").glob("*.nbc"):
        path.write_bytes(path.read_bytes()[:100])
    assert kernels.call() == (11, 0, 1)


def test_a_folder_of_choice_is_used_alone_and_by_other_processes(kernels: Kernels, tmp_path: Path) -> None:
    chosen = {"NUMBA_CACHE_DIR": str(tmp_path / "chosen"), "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"}
    counts = [
        subprocess.run([sys.executable, "-c", CALL], env=os.environ | chosen, capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert counts == [b"1\n", b"0\n"]
    assert list((tmp_path / "chosen").rglob("paint.paint-*.nbc"))
    assert not list((kernels.package / "__pycache__").glob("*.nbc"))
