"""Step 1: the photo, who dances, and that they agreed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from components.core.errors import TroupeError
from serving.orchestrator.authentication import principal
from serving.orchestrator.context import Context, Principal
from serving.orchestrator.database import Project
from serving.orchestrator.intake.take import take_photo
from serving.orchestrator.pages.incoming import Form
from serving.orchestrator.pages.live import analysis_stream
from serving.orchestrator.pages.notices import worth_saying
from serving.orchestrator.pages.people import leading, shapes, unit, who
from serving.orchestrator.pages.rendering import named
from serving.orchestrator.pages.tiles import pictures
from serving.orchestrator.pages.wizard import changed, in_transaction, show
from serving.orchestrator.services import photos, projects

router = APIRouter(include_in_schema=False)
_EARLIER = 12


def view(session: Session, context: Context, request: Request, project: Project) -> dict[str, Any]:
    """What the step shows beyond what all steps show."""
    del context
    owner = principal(request).owner
    known = [p for p in photos.listing(session, owner, _EARLIER) if p.id != project.photo_id and p.status != "failed"]
    shown = pictures(session, known)
    return {
        **people(session, project),
        "earlier": [{"id": p.id, "name": named(p.name, "A photo"), "picture": shown.get(p.id, "")} for p in known],
    }


_again = show(router, "photo", view)


def people(session: Session, project: Project) -> dict[str, Any]:
    """What the live part of the step shows: the photo and who was found."""
    found = photos.photo_of(session, project.owner, project.photo_id) if project.photo_id else None
    if found is None:
        return {"photo": None, "live": "", "refresh": False}
    live = analysis_stream(session, project, photo=found)
    return {
        "photo": found,
        "picture": pictures(session, [found]).get(found.id, ""),
        "people": shapes(found, project.performer) if found.status == "ready" else [],
        "unit": unit(found),
        "notices": worth_saying(found.warnings),
        "who": who(found, project.performer),
        "live": live,
        "refresh": bool(live),
    }


@router.post("/projects/{project_id}/photo")
async def choose(request: Request, project_id: str) -> Response:
    """Take a photo: a file that was sent, or one from before."""
    return await changed(request, project_id, give_photo, _again)


def give_photo(context: Context, who: Principal, project_id: str, form: Form) -> str:
    """Give a project the photo of a form.

    Raises:
        TroupeError: what is wrong with the file; not_found; invalid_request where there is none.
    """
    photo_id = form.text("photo_id")
    if form.upload is not None:
        photo_id = take_photo(context, who.owner, form.upload).id
    if not photo_id:
        raise TroupeError("invalid_request", "Choose a photo first.", field="file")
    with context.database.writing() as session:
        if projects.project_of(session, who.owner, project_id).photo_id != photo_id:
            projects.update(session, who.owner, project_id, photo_id=photo_id, performer="auto", consent=False)
    return f"/projects/{project_id}/photo"


@router.post("/projects/{project_id}/performers")
async def perform(request: Request, project_id: str) -> Response:
    """Who dances, and that they agreed."""
    return await changed(request, project_id, in_transaction(_perform), _again)


def _perform(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del context
    project = projects.project_of(session, who.owner, project_id)
    found = photos.photo_of(session, who.owner, project.photo_id or "")
    if not form.ticked("consent"):
        raise TroupeError("consent_missing", "Confirm that the people in this picture agreed to be shown dancing.")
    performer = form.text("who", "auto")
    if performer == "some":
        chosen = {value for value in form.all("performer") if value.isdigit()}
        performer = ",".join(sorted(chosen, key=int))
        if not performer:
            raise TroupeError("invalid_setting", "Tick at least one person who dances.", setting="performer")
    elif performer == "solo":
        performer = str(leading(found)) if found.persons else "auto"
    projects.update(session, who.owner, project_id, performer=performer, consent=True)
    return f"/projects/{project_id}/reference"
