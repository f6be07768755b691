"""Large JSON is read and written by a process of its own: whoever does it holds the interpreter, in a thread as well,
and health would wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from components.core.processes import worker_pool
from components.models.inference_protocol import NUMPY_TYPES

LARGE = 1 << 18
"""Bytes of JSON that are read, or eight times the numbers that are written, where health may wait: some ten ms."""
UNREAD = "application/octet-stream; of=json"
"""Type under which a large JSON body is handed on, so that nothing between reads it."""


@dataclass(frozen=True)
class Unread:
    """A JSON body that nobody has read yet."""

    body: bytes


class Died(RuntimeError):
    """The process ended by itself, as where memory runs out."""


class Reader:
    """A process that reads and writes JSON; it is started where it is first needed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._pool: Any = None

    async def __call__(self, function: Callable[[Any], Any], given: Any) -> Any:
        """What a function of this module gives, while other calls are answered.

        Raises:
            ValueError: as the function says.
            Died: the process did; the next call starts another.
        """
        if self._pool is None:
            self._pool = self._stack.enter_context(worker_pool(1))
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, function, given)
        except BrokenProcessPool as error:
            if self._pool is pool:
                self.close()
            raise Died("The server had too little memory for so large a JSON: send raw bytes or gRPC.") from error

    def close(self) -> None:
        """End the process."""
        self._pool = None
        self._stack.close()


class UnreadBodies:
    """Hands large JSON bodies of predictions on as bytes.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith("/infer"):
            headers = dict(scope["headers"])
            length = headers.get(b"content-length", b"")
            large = not length.isdigit() or int(length) > LARGE
            if large and headers.get(b"content-type", b"").split(b";")[0].strip() == b"application/json":
                others = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
                scope = {**scope, "headers": [*others, (b"content-type", UNREAD.encode())]}
        await self._app(scope, receive, send)


def as_binary(body: bytes) -> tuple[bytes, int]:
    """A V2 request in JSON as the binary one of the same protocol.

    Returns:
        the body, and how many bytes of it are the head.

    Raises:
        ValueError: it is no such request.
    """
    try:
        said = orjson.loads(body)
        raw = []
        for entry in said["inputs"]:
            if entry["datatype"] in NUMPY_TYPES and "data" in entry:
                raw.append(_array(entry["name"], entry.pop("data"), NUMPY_TYPES[entry["datatype"]]).tobytes())
                entry["parameters"] = {**(entry.get("parameters") or {}), "binary_data_size": len(raw[-1])}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(repr(error)) from error
    head = orjson.dumps(said)
    return b"".join((head, *raw)), len(head)


def instances(body: bytes) -> Any:
    """A V1 request whose numbers are arrays.

    Raises:
        ValueError: it is no JSON, or nested lists are of no shape.
    """
    said = orjson.loads(body)
    if isinstance(said, Mapping) and isinstance(said.get("instances"), list):
        rows = [
            {name: _array(name, value) for name, value in row.items()} if isinstance(row, dict) else _array("", row)
            for row in said["instances"]
        ]
        return {**said, "instances": rows}
    return said


def written(answer: Any) -> bytes:
    """An answer with arrays in it as JSON."""
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)


def _array(name: str, data: Any, dtype: str | None = None) -> np.ndarray[Any, Any]:
    try:
        return np.array(data, dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"the tensor {name} is no {dtype or 'array'} of one shape: {error}") from error
