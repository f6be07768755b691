"""How large a request's body may be that a route reads whole."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope

MOST = 1_000_000
"""Bytes of a JSON body; nothing that the API asks for comes near."""
_KEY = "troupe.streamed"


def limited(scope: Scope, receive: Receive) -> Receive:
    """A body that breaks off with 413 where it gets larger than MOST, unless its route takes it by and by."""
    length = 0
    scope.pop(_KEY, None)

    async def receiving() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > MOST and _KEY not in scope:
            # Starlette's own, as FastAPI takes anything else that breaks while it reads JSON for malformed JSON.
            raise HTTPException(413, f"The request is larger than {MOST / 1e6:g} MB")
        return message

    return receiving


def streamed(connection: HTTPConnection) -> None:
    """Say that this request's body is taken by and by, with a limit of its own."""
    connection.scope[_KEY] = True
