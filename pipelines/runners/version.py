"""The version of a stage's code: what it would take for the same inputs to give another output."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OWN = ("components", "training")
_BY_NAME = tuple(f"{room}." for room in OWN)


@functools.cache
def stage_version(module: str) -> str:
    """A hash of a stage's sources, of ours that they import, and of the versions of the libraries that those import.

    Args:
        module: dotted name of the stage module.

    Returns:
        Hex digest.
    """
    digest = hashlib.sha256()
    sources, libraries = _closure(module)
    for path in sorted(sources):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    for library in sorted(libraries):
        digest.update(f"{library}={_library_version(library)}\0".encode())
    return digest.hexdigest()


def _closure(module: str) -> tuple[set[Path], set[str]]:
    sources: set[Path] = set()
    libraries: set[str] = set()
    waiting = [module]
    while waiting:
        path = _source(waiting.pop())
        if path is None or path in sources:
            continue
        sources.add(path)
        own, foreign = _imports(path)
        waiting.extend(own)
        libraries |= foreign
    return sources, libraries


def _source(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


@functools.cache
def _imports(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(_BY_NAME):
            names.add(node.value)  # a module imported by name
    own = {n for n in names if n.split(".")[0] in OWN}
    foreign = {n.split(".")[0] for n in names} - set(OWN) - set(sys.stdlib_module_names)
    return frozenset(own), frozenset(foreign)


@functools.cache
def _library_version(name: str) -> str:
    for distribution in _distributions().get(name, ()):
        return f"{distribution}-{importlib.metadata.version(distribution)}"
    return "absent"


@functools.cache
def _distributions() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())
