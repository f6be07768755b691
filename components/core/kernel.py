"""Kernels: functions that numba compiles once, and whose machine code is kept until anything they are made of changes.

Numba's own cache watches the file that a kernel stands in. A kernel also holds the code of the kernels that it calls
and the values of the constants that it reads, which may stand in other files: an edit there would go unnoticed. Here
the code of a kernel is kept under a hash of all of these, one file for each combination of argument types. So two
processes that compile at the same time never mix their files, and a folder that cannot be written, as in a container
image, can still be read.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import sys
import types
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import config
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)
from numba.core.serialize import dumps

F = TypeVar("F", bound=Callable[..., Any])

KERNELS: list[Any] = []
"""Every kernel of the modules that were imported, as numba's dispatcher."""
_OWN = __name__.split(".")[0]


def kernel(**options: bool) -> Callable[[F], F]:
    """Compile a function at its first call with each combination of argument types; it runs without the GIL.

    The machine code is kept in `NUMBA_CACHE_DIR` where that is set, else in `__pycache__` beside the source, else in
    the user's cache folder; where none can be written it is compiled anew by each process.

    Args:
        options: of numba.njit, as fastmath or forceinline.
    """

    def compiled(function: F) -> F:
        dispatcher = numba.njit(nogil=True, **options)(function)  # noqa: TID251
        dispatcher._cache = _KernelCache(dispatcher)
        KERNELS.append(dispatcher)
        return dispatcher  # type: ignore[no-any-return]

    return compiled


def stamp(dispatcher: Any) -> str:
    """A hash of everything of ours that goes into a kernel's machine code.

    These are the source files of the kernel and of all kernels that it calls, directly or not, and the values of the
    constants that they read.

    Returns:
        Hex digest.
    """
    digest = hashlib.sha256()
    seen: set[int] = set()
    waiting = [dispatcher.py_func]
    while waiting:
        function = waiting.pop(0)
        if id(function) in seen:
            continue
        seen.add(id(function))
        digest.update(_source_hash(function.__code__.co_filename) + function.__qualname__.encode() + b"\0")
        for name, value in _globals(function):
            if hasattr(value, "py_func"):
                waiting.append(value.py_func)
            elif isinstance(value, np.ndarray):
                digest.update(f"{name}={value.dtype}{value.shape}".encode() + value.tobytes())
            elif isinstance(value, int | float | complex | str | bytes | tuple | np.generic):
                digest.update(f"{name}={value!r}\0".encode())
    return digest.hexdigest()


def _globals(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function reads of its module, and of modules of ours that it names, by name."""
    names: set[str] = set()
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        names |= set(code.co_names)
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    for name in sorted(names & function.__globals__.keys()):
        value = function.__globals__[name]
        if not isinstance(value, types.ModuleType):
            yield name, value
        elif value.__name__.split(".")[0] == _OWN:
            yield from ((f"{name}.{n}", vars(value)[n]) for n in sorted(names & vars(value).keys()))


def _source_hash(path: str) -> bytes:
    status = Path(path).stat()
    return _content_hash(path, status.st_mtime_ns, status.st_size)


@cache
def _content_hash(path: str, changed: int, size: int) -> bytes:
    return hashlib.sha256(Path(path).read_bytes()).digest()


class _CompileResults(CompileResultCacheImpl):  # type: ignore[misc]
    """Turns compiled code into bytes and back; where these lie is the cache's own business."""

    class _Anywhere(UserWideCacheLocator):  # type: ignore[misc]
        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> Any:
            return cls(py_func, py_file)

    _locator_classes = (_Anywhere,)


class _KernelCache(FunctionCache):  # type: ignore[misc]
    """One kernel's machine code: a file for each combination of argument types and processor."""

    _impl_class = _CompileResults

    def __init__(self, dispatcher: Any) -> None:
        super().__init__(dispatcher.py_func)
        self._dispatcher = dispatcher
        function, path = dispatcher.py_func, dispatcher.py_func.__code__.co_filename
        if config.CACHE_DIR:
            self._folders = [Path(UserProvidedCacheLocator(function, path).get_cache_path())]
        else:
            user = UserWideCacheLocator(function, path).get_cache_path()
            self._folders = [Path(path).parent / "__pycache__", Path(user)]
        self._cache_path = str(self._folders[0])
        self._prefix = f"{Path(path).stem}.{function.__qualname__}-"
        self._stamp = ""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code for these argument types, or None."""
        target_context.refresh()
        name = self._file(sig, target_context.codegen())
        for folder in self._folders:
            # A file that cannot be read to its end is as good as none.
            with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
                return self._impl.rebuild(target_context, pickle.loads((folder / name).read_bytes()))
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code in the first folder that can be written; older code of this kernel is deleted there."""
        if not self._impl.check_cachable(data):
            return
        name, content = self._file(sig, data.codegen), dumps(self._impl.reduce(data))
        for folder in self._folders:
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                self._write(folder / name, content)
                return

    def flush(self) -> None:
        """Delete all code of this kernel that may be deleted."""
        for folder in self._folders:
            for path in folder.glob(self._prefix + "*.nbc"):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _file(self, sig: Any, codegen: Any) -> str:
        # Not before the first call: by then all that the kernel names is defined.
        self._stamp = self._stamp or stamp(self._dispatcher)[:16]
        key = repr((numba.__version__, sys.version_info[:3], self._index_key(sig, codegen)))
        return f"{self._prefix}{self._stamp}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.nbc"

    def _write(self, path: Path, content: bytes) -> None:
        part = path.with_suffix(f".{uuid.uuid4().hex}")
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        for old in path.parent.glob(self._prefix + "*.nbc"):
            if not old.name.startswith(self._prefix + self._stamp):
                old.unlink(missing_ok=True)
