"""Runs: asked for, watched, stopped, tried again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session
from starlette.responses import Response, StreamingResponse

from components.core.errors import TroupeError
from serving.orchestrator.api import schemas
from serving.orchestrator.api.answers import answer, page, read, values, write
from serving.orchestrator.api.parameters import Asker, Before, Limit, Name, Server
from serving.orchestrator.api.problems import responses
from serving.orchestrator.context import Context
from serving.orchestrator.database import Run
from serving.orchestrator.services import posted, runs
from serving.orchestrator.services.owned import missing

router = APIRouter(prefix="/runs", tags=["runs"])
RUN = tuple(schemas.Run.model_fields)
_COLUMNS = Run.__table__.c
_STATUS = select(*(_COLUMNS[name] for name in RUN)).where(
    _COLUMNS.id == bindparam("wanted"), _COLUMNS.owner == bindparam("asker")
)
"""Built once, and of the table's columns: to build it anew for every request costs more than to ask it."""
_SUMMARY = tuple(schemas.RunSummary.model_fields)
_LIST = select(*(_COLUMNS[name] for name in _SUMMARY)).order_by(_COLUMNS.id.desc())
_ALIVE = 15.0
"""Seconds of silence after which a stream says that it is still there: proxies cut silent connections."""
_STAGE = ("name", "state", "share", "seconds")
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A repeated key returns what the first request made, and makes nothing.",
        examples=["8f14e45f-ceea-4672-950b-6f0d3b5a0f5c"],
    ),
]


def run_values(run: Any, names: Sequence[str]) -> dict[str, Any]:
    """A run, or a row of its columns, as JSON values."""
    found = values(run, names)
    if "stages" in found:
        found["stages"] = [{k: s[k] for k in _STAGE if k in s} for s in found["stages"]]
    return found


@router.post(
    "", status_code=202, response_model=schemas.Run, operation_id="create_run", summary="Ask for a project's video",
    responses={
        200: {"model": schemas.Run, "description": "The run that this Idempotency-Key made before."},
        **responses(
            "invalid_request", "invalid_setting", "not_found", "consent_missing", "not_ready", "conflict",
            "model_missing",
        ),
    },
)  # fmt: skip
async def create(context: Server, asker: Asker, wanted: schemas.RunRequest, key: Key = None) -> Response:
    """The run begins when its turn comes; it keeps the project's settings of this moment."""

    def work(session: Session) -> tuple[dict[str, Any], bool]:
        known = key is not None and session.scalar(
            select(Run.id).where(Run.owner == asker.owner, Run.idempotency_key == key)
        )
        run = runs.create(session, asker.owner, wanted.project_id, idempotency_key=key)
        return run_values(run, RUN), run.id == known

    made, repeated = await write(context, work)
    return answer(made, 200 if repeated else 202, {"Location": f"/api/v1/runs/{made['id']}"})


@router.get(
    "", response_model=schemas.Page[schemas.RunSummary], operation_id="list_runs", summary="List runs",
    responses=responses("invalid_request"),
)  # fmt: skip
async def listing(
    context: Server,
    asker: Asker,
    project_id: Annotated[schemas.Id | None, Query()] = None,
    batch_id: Annotated[schemas.Id | None, Query()] = None,
    state: Annotated[Literal["queued", "running", "succeeded", "failed", "cancelled"] | None, Query()] = None,
    kind: Annotated[Literal["dance", "photo", "reference"] | None, Query()] = None,
    limit: Limit = 50,
    before: Before = None,
) -> Response:
    """One's own runs, newest first."""
    query = _LIST.where(_COLUMNS.owner == asker.owner).limit(limit)
    for column, wanted in (
        (_COLUMNS.project_id, project_id), (_COLUMNS.batch_id, batch_id), (_COLUMNS.state, state),
        (_COLUMNS.kind, kind),
    ):  # fmt: skip
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(_COLUMNS.id < before)
    found = await read(context, lambda session: _rows(session, query))
    return page(found, limit)


def _rows(session: Session, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(zip(_SUMMARY, row, strict=True)) for row in session.connection().execute(query)]


@router.get(
    "/{name}", response_model=schemas.Run, operation_id="get_run", summary="Look at a run",
    responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def get(context: Server, asker: Asker, name: Name) -> Response:
    """Its state, progress and results. To follow it, listen to its events instead of asking again and again."""

    def work(session: Session) -> dict[str, Any]:
        row = session.connection().execute(_STATUS, {"wanted": name, "asker": asker.owner}).first()
        if row is None:
            raise missing("run", name)
        return run_values(row, RUN)

    return answer(await read(context, work))


@router.post(
    "/{name}/cancel", status_code=202, response_model=schemas.Run, operation_id="cancel_run", summary="Stop a run",
    responses=responses("invalid_request", "not_found", "conflict"),
)  # fmt: skip
async def cancel(context: Server, asker: Asker, name: Name) -> Response:
    """One that waits stops at once, one that is worked on within about a second."""
    return answer(await write(context, lambda s: run_values(runs.cancel(s, asker.owner, name), RUN)), 202)


@router.post(
    "/{name}/retry", status_code=202, response_model=schemas.Run, operation_id="retry_run", summary="Try a run again",
    responses=responses("invalid_request", "not_found", "conflict"),
)  # fmt: skip
async def retry(context: Server, asker: Asker, name: Name) -> Response:
    """A new run with the settings of one that failed or was cancelled; stages that were finished are not done again."""
    made = await write(context, lambda session: run_values(runs.retry(session, asker.owner, name), RUN))
    return answer(made, 202, {"Location": f"/api/v1/runs/{made['id']}"})


@router.get(
    "/{name}/events", operation_id="stream_run_events", summary="Follow a run",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events with ids: `state`, `stage`, `progress`, `log`, `preview`; after the "
            "last one an event `close`.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 3\nevent: progress\ndata: {"stage":"portray","done":1,"total":2}\n\n',
                }
            },
        },
        **responses("invalid_request", "not_found"),
    },
)  # fmt: skip
async def events(
    context: Server,
    asker: Asker,
    name: Name,
    last: Annotated[str | None, Header(alias="Last-Event-ID", description="Only what came after this event.")] = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The same, for clients that cannot set headers.")] = 0,
) -> Response:
    """Every event since the beginning, or since `Last-Event-ID`, and then those that come, until the run has ended."""

    def owned(session: Session) -> None:
        if session.scalar(select(Run.id).where(Run.id == name, Run.owner == asker.owner)) is None:
            raise missing("run", name)

    await read(context, owned)
    position = int(last) if last is not None and last.isdecimal() and len(last) < 10 else after
    return StreamingResponse(
        _stream(context, name, position),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(context: Context, name: str, after: int) -> AsyncIterator[bytes]:
    """Events as bytes; something is sent every _ALIVE seconds."""
    assert context.events is not None
    yield b"retry: 1000\n\n"
    source = context.events.subscribe(name, after).__aiter__()
    following: asyncio.Future[Any] | None = None
    try:
        while True:
            following = following or asyncio.ensure_future(anext(source, None))
            done, _ = await asyncio.wait({following}, timeout=_ALIVE)
            if not done:
                yield b": still here\n\n"
                continue
            event = following.result()
            following = None
            if event is None:
                break
            yield event.sse()
        if not context.closing:
            yield b"event: close\ndata: {}\n\n"
    finally:
        if following is not None:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await following
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


@router.post(
    "/{name}/events", status_code=201, response_model=schemas.Sequence, operation_id="post_run_event",
    summary="Tell what happened to a run elsewhere", responses=responses("invalid_request", "not_found", "conflict"),
)  # fmt: skip
async def post_event(request: Request, context: Server, name: Name, told: schemas.PostedEvent) -> Response:
    """For runs on Kubeflow Pipelines: authenticated by the token of that one run."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TroupeError("not_authenticated", "Send the run's own token: Authorization: Bearer <token>.")
    number = await write(context, lambda session: posted.post(session, name, token, told.kind, told.data))
    return answer({"sequence": number}, 201)
