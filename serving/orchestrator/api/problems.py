"""Refusals over HTTP: application/problem+json (RFC 9457) with the codes of the command."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from components.core.errors import ERRORS, TroupeError

MEDIA_TYPE = "application/problem+json"

STATUSES: Mapping[str, int] = {
    "invalid_request": 400,
    "not_authenticated": 401,
    "not_permitted": 403,
    "quota_exceeded": 403,
    "not_found": 404,
    "file_not_found": 404,
    "conflict": 409,
    "not_ready": 409,
    "consent_missing": 409,
    "cancelled": 409,
    "link_expired": 410,
    "file_too_large": 413,
    "unsupported_media": 415,
    "range_unsatisfiable": 416,
    "too_many_requests": 429,
    "internal_error": 500,
    "storage_unreachable": 503,
    "disk_full": 507,
}
"""Every other code is 422: the request was understood, and what it names cannot be used."""

_BY_STATUS = {401: "not_authenticated", 403: "not_permitted", 404: "not_found", 413: "file_too_large"}


class Problem(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:troupe:error:not_found",
                "title": "There is no such object, or it belongs to somebody else.",
                "status": 404,
                "detail": "There is no such project; check the address.",
                "code": "not_found",
                "values": {"project": "01m7z8sexps3123h0sfkdhf98r"},
            }
        }
    )

    type: str = Field(description="Names the kind of problem; its last part is the code.")
    title: str = Field(description="What the code means in general.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="One sentence that says what to do.")
    code: str = Field(description="Stable, for programs; the same as the command's. See docs/errors.md.")
    values: dict[str, Any] = Field(description="The offending values by name.")


def problem(error: TroupeError, status: int | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as a response."""
    status = status or STATUSES.get(error.code, 422)
    body = {
        "type": f"urn:troupe:error:{error.code}",
        "title": ERRORS[error.code],
        "status": status,
        "detail": error.message,
        "code": error.code,
        "values": error.values,
    }
    return Response(
        to_json(body, inf_nan_mode="null", serialize_unknown=True),
        status,
        dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route for its OpenAPI description."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in ("not_authenticated", "not_permitted", "too_many_requests", "storage_unreachable", *codes):
        status = STATUSES.get(code, 422)
        entry = found.setdefault(
            status, {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        )
        entry["description"] = f"{entry['description']} `{code}`: {ERRORS[code]}".strip()
    return found


def install(app: FastAPI) -> None:
    """Make every refusal of the application a problem."""
    app.add_exception_handler(TroupeError, refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _system)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(Exception, _unexpected)


def _refused(
    request: Request, error: TroupeError, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A refusal for whoever asks: a page for a person, a problem for a program."""
    draw = getattr(request.app.state, "problem_page", None)
    shown: Response | None = draw(request, error, status) if draw is not None else None
    if shown is None:
        return problem(error, status, headers)
    shown.headers.update(headers or {})
    return shown


async def refusal(request: Request, error: Exception) -> Response:
    """A TroupeError as a response, with the headers that its code asks for."""
    assert isinstance(error, TroupeError)
    headers = {"Retry-After": str(error.values["seconds"])} if "seconds" in error.values else {}
    if error.code == "not_authenticated":
        headers["WWW-Authenticate"] = "Bearer"
    if error.code == "range_unsatisfiable":
        headers = {"Content-Range": f"bytes */{error.values.get('bytes', '*')}"}
    return _refused(request, error, headers=headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"]), "rule": str(fault["msg"])} for fault in error.errors()
    ]
    first = faults[0] if faults else {"field": "body", "rule": "malformed"}
    return _refused(
        request,
        TroupeError("invalid_request", f"{first['field']}: {first['rule']}.", field=first["field"], faults=faults),
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "invalid_request")
    detail = "There is nothing at this address." if error.status_code == 404 else f"{error.detail}."
    return _refused(request, TroupeError(code, detail), error.status_code, error.headers)


async def _system(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _refused(request, TroupeError("disk_full", "The server's disk is full; try again when there is space."))
    raise error


async def _database(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    text = str(error.orig)
    if "full" in text:  # SQLite: "database or disk is full"; PostgreSQL: "No space left on device" is DiskFull
        return _refused(request, TroupeError("disk_full", "The server's disk is full; try again when there is space."))
    if error.connection_invalidated or "locked" in text or type(error.orig).__name__ == "OperationalError":
        return _refused(
            request, TroupeError("storage_unreachable", "The database does not answer; try again in a moment.")
        )
    raise error


async def _unexpected(request: Request, error: Exception) -> Response:
    """A fault of ours; whoever asked is told so, and the error goes on to the log."""
    return _refused(
        request,
        TroupeError("internal_error", "Something went wrong here, and not with what you asked; try again in a moment."),
    )
