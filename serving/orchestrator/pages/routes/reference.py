"""Step 2: the moves: built in, sent, fetched or from before; and which part of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from components.core.errors import TroupeError
from serving.orchestrator.authentication import principal
from serving.orchestrator.context import Context, Principal
from serving.orchestrator.database import Project, Run
from serving.orchestrator.intake.take import take_reference
from serving.orchestrator.pages.incoming import Form
from serving.orchestrator.pages.live import analysis_run, analysis_stream
from serving.orchestrator.pages.notices import LASTING, OF_MOVES, worth_saying
from serving.orchestrator.pages.rendering import left
from serving.orchestrator.pages.run_words import stage_now
from serving.orchestrator.pages.tiles import Loop, choreographies, media, moves, reference_name
from serving.orchestrator.pages.wizard import changed, in_transaction, show
from serving.orchestrator.services import projects, references, similarity

router = APIRouter(include_in_schema=False)
_EARLIER = 12
_SIMILAR = 4
_ALIKE = 0.5
"""Cosine from which two choreographies are called similar."""


def view(session: Session, context: Context, request: Request, project: Project) -> dict[str, Any]:
    """What the step shows beyond what all steps show."""
    owner = principal(request).owner
    earlier = references.listing(session, owner, _EARLIER)
    shown = [r for r in earlier if r.id != project.reference_id and r.source != "built-in" and r.status != "failed"]
    current = moving(session, project)
    chosen = current["reference"]
    similar: list[Loop] = []
    if chosen is not None and chosen.embedding is not None:
        near = similarity.similar(session, owner, chosen.id, _SIMILAR)
        similar = [moves(found) for found, alike in near if alike >= _ALIKE and found.status == "ready"]
    return {
        **current,
        "earlier": [moves(r) for r in shown],
        "similar": similar,
        "choreographies": choreographies(session, chosen),
    }


_again = show(router, "reference", view)


def moving(session: Session, project: Project) -> dict[str, Any]:
    """What the live part of the step shows: what was found in the moves."""
    if project.reference_id is None:
        return {"reference": None, "live": "", "refresh": False}
    found = references.reference_of(session, project.owner, project.reference_id)
    live = analysis_stream(session, project, reference=found)
    run = analysis_run(session, Run.reference_id == found.id, "reference")
    length = max(0.1, round(found.duration, 2))
    start = min(project.start, length)
    end = length if project.duration is None else min(length, project.start + project.duration)
    return {
        "reference": found,
        "title": reference_name(found),
        "doing": stage_now(run) if run is not None else "Waiting for its turn",
        "progress": run.progress if run is not None else 0.0,
        "left": left(run.seconds_left) if run is not None else "",
        "length": length,
        "start": round(start, 2),
        "end": round(end, 2),
        "whose": project.dancer,
        "notices": worth_saying(found.warnings, OF_MOVES),
        "may_differ": (found.error or {}).get("code") not in LASTING,
        "wide": found.width > found.height,
        "preview": media(found.preview_id),
        "poster": media(found.poster_id),
        "live": live,
        "refresh": bool(live),
    }


@router.post("/projects/{project_id}/reference")
async def choose(request: Request, project_id: str) -> Response:
    """Take moves: a file, an address, a built-in choreography, or some from before."""
    return await changed(request, project_id, _choose, _again)


def _choose(context: Context, who: Principal, project_id: str, form: Form) -> str:
    sent = take_reference(context, who.owner, form.upload).id if form.upload is not None else None
    with context.database.writing() as session:
        here = f"/projects/{project_id}/reference"
        project = projects.project_of(session, who.owner, project_id)
        if again := form.text("again"):
            references.analyse(session, who.owner, again)
            return here
        found = sent or _chosen(session, context, who, form)
        if project.reference_id != found:
            fields: dict[str, Any] = {"reference_id": found, "start": 0.0, "duration": None, "dancer": "auto"}
            projects.update(session, who.owner, project_id, **fields)
        return here


def _chosen(session: Session, context: Context, who: Principal, form: Form) -> str:
    if url := form.text("url"):
        return references.add_url(session, context.settings, who.owner, url).id
    if name := form.text("choreography"):
        return references.add_builtin(session, who.owner, name).id
    if known := form.text("reference_id"):
        return references.reference_of(session, who.owner, known).id
    raise TroupeError("invalid_request", "Choose a clip or a choreography first.", field="file")


@router.post("/projects/{project_id}/trim")
async def trim(request: Request, project_id: str) -> Response:
    """Which part of the moves, and whose."""
    return await changed(request, project_id, in_transaction(_trim), _again)


def _trim(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del context
    project = projects.project_of(session, who.owner, project_id)
    found = references.reference_of(session, who.owner, project.reference_id or "")
    start, end = form.number("start", 0.0), form.number("end", found.duration)
    if not 0 <= start < end:
        raise TroupeError(
            "invalid_setting", f"The part must end after it begins, not from {start:g} to {end:g} s.", setting="end"
        )
    whole = end >= found.duration - 0.05
    projects.update(
        session,
        who.owner,
        project_id,
        start=start,
        duration=None if whole else round(end - start, 3),
        dancer=form.text("whose", "auto"),
    )
    return f"/projects/{project_id}/scene"
