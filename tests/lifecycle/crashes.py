"""The program of a child process: a candidate is registered, verified and promoted by a process that dies before each
write to the registry in turn; told as JSON is what the next process finds, and what it makes of it.

    python -m tests.lifecycle.crashes REGISTRY CACHE OLD_MODEL NEW_MODEL ENDPOINT

Everything is done in forks that open the registry themselves. The process that forks opens another one, so that what
MLflow imports when it is used is imported once.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.core import TroupeError
from components.models.folder import read_contract, read_golden
from components.models.registry import Registry
from components.models.source import open_model
from training.lifecycle.promote import promote, roll_back
from training.lifecycle.register import register
from training.lifecycle.verify import VERIFIED, verify

KILLED = 9
WRITES = ("create_", "set_", "delete_", "log_", "finalize_")


class MortalClient:
    """An `MlflowClient` whose process dies before a write.

    Args:
        client: the real one.
        writes: how many are survived.
    """

    def __init__(self, client: Any, writes: int) -> None:
        self._client = client
        self._left = writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name.startswith(WRITES):
            if self._left == 0:
                os._exit(KILLED)
            self._left -= 1
        return found


class MortalRegistry(Registry):
    """A registry whose process dies before the write of a number."""

    def __init__(self, uri: str, cache: Path, writes: int) -> None:
        super().__init__(uri, cache)
        self._writes = writes

    @property
    def client(self) -> Any:
        """See Registry."""
        if self._opened is None:
            self._opened = MortalClient(super().client, self._writes)
        return self._opened


def forked(work: Callable[[], Any]) -> tuple[int, Any]:
    """Exit code of a fork that does the work, and what it returned."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(write, json.dumps(work()).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        said = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), json.loads(said or b"null")


def main() -> None:
    """See the module."""
    uri, endpoint = sys.argv[1], sys.argv[5]
    cache, old, new = (Path(a) for a in sys.argv[2:5])
    file = Path(uri.removeprefix("sqlite:///"))

    aside = file.with_suffix(".aside")
    shutil.copyfile(file, aside)
    register(Registry(f"sqlite:///{aside}", cache), old, tags={}, metrics={})

    def begin() -> None:
        registry = Registry(uri, cache)
        made = register(registry, old, tags={}, metrics={})
        registry.tag(made.name, made.version, {VERIFIED: made.tags["onnx_sha256"]})
        promote(registry, made.name, made.version)

    def life(registry: Registry) -> int:
        made = register(registry, new, tags={}, metrics={})
        verify(registry, made.name, made.version, endpoint, latency=5000, tolerance=1e-4)
        promote(registry, made.name, made.version)
        return made.version

    def back(registry: Registry) -> int:
        return roll_back(registry, read_contract(old).name).champion

    def champion() -> str:
        """Which model answers as the champion: "old" or "new"."""
        name = read_contract(old).name
        model = open_model(f"models:/{name}@champion", registry=uri, cache=cache, threads=1)
        for who, folder in (("old", old), ("new", new)):
            golden = read_golden(read_contract(folder), folder)
            if max(golden.differences(model(golden.inputs)).values()) <= golden.tolerance:
                return who
        return "neither"

    def after(work: Callable[[Registry], int]) -> dict[str, Any]:
        found = champion()
        try:
            work(Registry(uri, cache))
            again = ""
        except TroupeError as error:
            again = error.code
        aliases = Registry(uri, cache).aliases(read_contract(old).name)
        return {"found": found, "again": again, "then": champion(), "aliases": aliases}

    assert forked(begin)[0] == 0
    told: dict[str, list[Any]] = {}
    for name, work in (("promote", life), ("roll back", back)):
        start = file.with_suffix(f".{name.split()[0]}")
        shutil.copyfile(file, start)
        told[name] = []
        code = KILLED
        while code == KILLED:
            shutil.copyfile(start, file)
            writes = len(told[name])
            code, _ = forked(functools.partial(work, MortalRegistry(uri, cache, writes)))
            if code == KILLED:
                ended, story = forked(functools.partial(after, work))
                told[name].append(story if ended == 0 else None)
        assert code == 0, f"{name} failed by itself"
    print(json.dumps(told))


if __name__ == "__main__":
    main()
