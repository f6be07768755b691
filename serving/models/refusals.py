"""What REST answers to requests that cannot be: 400 with one sentence, 413 for bodies that are too large."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from kserve.errors import InvalidInput
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def refuse_in_rest(app: FastAPI) -> None:
    """Let an application answer what a caller did wrong with 400 and a sentence, without a traceback in the log."""

    async def invalid(_: Any, error: InvalidInput) -> JSONResponse:
        return JSONResponse({"error": error.reason}, HTTPStatus.BAD_REQUEST)

    async def malformed(_: Any, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "InferenceRequest"))
        sentence = f"This is no request of the Open Inference Protocol: {where}: {first['msg']}."
        return JSONResponse({"error": sentence}, HTTPStatus.BAD_REQUEST)

    app.add_exception_handler(InvalidInput, invalid)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, malformed)  # type: ignore[arg-type]


class Limited:
    """Turns bodies away that are larger than a number of bytes, announced or not.

    Args:
        app: what answers the others.
        most: bytes.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._most:
            sentence = f"The body has {int(announced)} bytes, more than {self._most}: send fewer frames at once."
            await JSONResponse({"error": sentence}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)(scope, receive, send)
            return
        come = 0

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > self._most:
                raise InvalidInput(f"The body has more than {self._most} bytes: send fewer frames at once.")
            return message

        await self._app(scope, counted, send)
