"""Pages that follow their work: pieces of a page, made anew at every event of a run, as server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from components.core.errors import TroupeError
from serving.orchestrator.authentication import principal
from serving.orchestrator.context import Context, context_of
from serving.orchestrator.database import Photo, Project, Reference, Run
from serving.orchestrator.pages.rendering import rendered
from serving.orchestrator.services import projects

router = APIRouter(include_in_schema=False)
GATHER = 0.2
"""Seconds over which events are gathered before a piece is made anew."""
KEEP_ALIVE = 15.0
"""Seconds after which a quiet stream says that it is alive, so that nobody in between cuts it."""
Piece = Callable[[Session, Project], tuple[str, dict[str, Any]]]
"""Name of a template and what it prints."""


def analysis_run(session: Session, condition: Any, kind: str) -> Run | None:
    """The newest analysis of a photo or reference."""
    return session.scalar(select(Run).where(condition, Run.kind == kind).order_by(Run.id.desc()).limit(1))


def analysis_stream(
    session: Session, project: Project, *, photo: Photo | None = None, reference: Reference | None = None
) -> str:
    """Address of the stream of an analysis that is under way; empty where none is."""
    item: Photo | Reference | None = photo or reference
    if item is None or item.status in ("ready", "failed"):
        return ""
    kind = "photo" if photo is not None else "reference"
    condition = (Run.photo_id if photo is not None else Run.reference_id) == item.id
    run = analysis_run(session, condition, kind)
    return "" if run is None else stream_of(project, kind, run)


def stream_of(project: Project, part: str, run: Run) -> str:
    """Address of the stream of a run's part of a page, from where the page stands."""
    return f"/projects/{project.id}/live/{part}?run={run.id}&after={run.events}"


@router.get("/projects/{project_id}/live/{part}")
async def live(request: Request, project_id: str, part: str, run: str, after: int = 0) -> StreamingResponse:
    """The live part of a step as server-sent events, ending with an event named close where the run ended."""
    from serving.orchestrator.pages.pieces import PIECES

    context, who = context_of(request), principal(request)
    if part not in PIECES:
        raise TroupeError("not_found", "There is nothing at this address.")
    await run_in_threadpool(_check, context, who.owner, project_id, run)
    resumed = request.headers.get("last-event-id", "")
    after = int(resumed) if resumed.isdecimal() else after

    async def piece() -> str:
        return await run_in_threadpool(_piece, context, who.owner, project_id, PIECES[part])

    return StreamingResponse(
        _stream(context, run, after, piece),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _check(context: Context, owner: str, project_id: str, run_id: str) -> None:
    with context.database.reading() as session:
        projects.project_of(session, owner, project_id)
        run = session.get(Run, run_id)
        if run is None or run.owner != owner:
            raise TroupeError("not_found", "There is no such run.", run=run_id)


def _piece(context: Context, owner: str, project_id: str, piece: Piece) -> str:
    with context.database.reading() as session:
        template, values = piece(session, projects.project_of(session, owner, project_id))
        return rendered(template, **values)


async def _stream(context: Context, run: str, after: int, piece: Callable[[], Any]) -> AsyncIterator[bytes]:
    """A fresh piece whenever something happened, at most one per GATHER seconds."""
    assert context.events is not None
    events = context.events.subscribe(run, after)
    coming: asyncio.Task[Any] = asyncio.ensure_future(anext(events, None))
    sequence, due = after, None
    loop = asyncio.get_running_loop()
    try:
        while True:
            wait = KEEP_ALIVE if due is None else max(0.0, due - loop.time())
            done, _ = await asyncio.wait({coming}, timeout=wait)
            event = coming.result() if done else None
            if event is not None:
                sequence = event.sequence
                due = due if due is not None else loop.time() + GATHER
            if done and event is None and context.closing:
                return  # the page asks again, and whichever server answers goes on from there
            if done and (event is None or event.last):
                yield message(await piece(), sequence)
                yield b"event: close\ndata: end\n\n"
                return
            if done:
                coming = asyncio.ensure_future(anext(events, None))
            if due is not None and loop.time() >= due:
                due = None
                yield message(await piece(), sequence)
            elif not done:
                yield b": waiting\n\n"
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError, RuntimeError):
            await coming
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def message(text: str, sequence: int) -> bytes:
    """A piece of a page as a server-sent event."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines() if line.strip())
    return f"id: {sequence}\n{lines}\n".encode()
