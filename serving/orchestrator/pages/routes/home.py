"""Where one begins, and the gallery of what was made."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from components.core.errors import TroupeError
from serving.orchestrator.api.problems import STATUSES
from serving.orchestrator.authentication import principal
from serving.orchestrator.context import Context, Principal, context_of
from serving.orchestrator.intake.take import take_photo
from serving.orchestrator.pages.cards import works
from serving.orchestrator.pages.incoming import Form, received
from serving.orchestrator.pages.rendering import page
from serving.orchestrator.pages.steps import furthest
from serving.orchestrator.pages.tiles import Loop, choreographies, preset_loops
from serving.orchestrator.pages.wizard import changed, in_transaction
from serving.orchestrator.services import projects

router = APIRouter(include_in_schema=False)
_PAGE = 24
_RECENT = 4
_COLLAGE = 6


@router.get("/")
def home(request: Request) -> Response:
    """The front page: drop a photo, or go on."""
    return _home(request)


def _home(request: Request, problem: TroupeError | None = None) -> Response:
    context, who = context_of(request), principal(request)
    with context.database.reading() as session:
        return page(
            request,
            "home.html",
            status=200 if problem is None else STATUSES.get(problem.code, 422),
            place="home",
            problem=problem,
            loops=_collage(session),
            works=works(session, projects.listing(session, who.owner, _RECENT)),
        )


def _collage(session: Session) -> list[Loop]:
    """Dancers and places in turn: what the page shows of what one will make."""
    pairs = zip(choreographies(session), preset_loops(session), strict=False)
    return [loop for pair in pairs for loop in pair][:_COLLAGE]


@router.post("/projects")
async def begin(request: Request) -> Response:
    """A new project, with its photo where one was dropped."""
    context, who = context_of(request), principal(request)
    try:
        async with received(request) as form:
            target = await run_in_threadpool(_begin, context, who, form)
    except TroupeError as error:
        if error.code in ("not_authenticated", "not_permitted"):
            raise
        return await run_in_threadpool(_home, request, error)
    return RedirectResponse(target, 303)


def _begin(context: Context, who: Principal, form: Form) -> str:
    photo = take_photo(context, who.owner, form.upload).id if form.upload is not None else None
    with context.database.writing() as session:
        project = projects.create(session, who.owner, photo_id=photo, visible_label=context.settings.visible_label)
        return f"/projects/{project.id}/photo"


@router.get("/projects/{project_id}")
def project(request: Request, project_id: str) -> Response:
    """Go on where a project is."""
    context = context_of(request)
    with context.database.reading() as session:
        found = projects.project_of(session, principal(request).owner, project_id)
        return RedirectResponse(f"/projects/{found.id}/{furthest(found)}", 303)


@router.post("/projects/{project_id}/delete")
async def delete(request: Request, project_id: str) -> Response:
    """Delete a project for good."""

    def gone(session: Session, context: Context, who: Principal, name: str, form: Form) -> str:
        del form
        projects.delete(session, context.storage, who.owner, name)
        return "/gallery"

    return await changed(request, project_id, in_transaction(gone), _gallery_again)


@router.get("/gallery")
def gallery(request: Request, before: str | None = None) -> Response:
    """Everything that was made, newest first."""
    return _gallery(request, before)


def _gallery_again(request: Request, project_id: str, problem: TroupeError) -> Response:
    del project_id
    return _gallery(request, None, problem)


def _gallery(request: Request, before: str | None, problem: TroupeError | None = None) -> Response:
    context, who = context_of(request), principal(request)
    with context.database.reading() as session:
        found = projects.listing(session, who.owner, _PAGE, before)
        return page(
            request,
            "gallery.html",
            status=200 if problem is None else STATUSES.get(problem.code, 422),
            place="gallery",
            problem=problem,
            works=works(session, found),
            older=found[-1].id if len(found) == _PAGE else None,
            newer=before is not None,
        )
