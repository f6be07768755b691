"""Step 5: the video: asked for, followed, watched, shared, tried again."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from components.core.errors import TroupeError
from serving.orchestrator.artifacts import store
from serving.orchestrator.context import Context, Principal
from serving.orchestrator.database import Artifact, Photo, Project, Reference, Run, RunEvent
from serving.orchestrator.pages.cards import titled
from serving.orchestrator.pages.incoming import Form
from serving.orchestrator.pages.live import stream_of
from serving.orchestrator.pages.notices import LASTING, worth_saying
from serving.orchestrator.pages.rendering import clock, day, left, number
from serving.orchestrator.pages.run_words import log_lines, stage_now, stages
from serving.orchestrator.pages.steps import base
from serving.orchestrator.pages.tiles import Choice, media
from serving.orchestrator.pages.wizard import changed, in_transaction, show
from serving.orchestrator.services import projects, runs, shares
from serving.orchestrator.services.stored import keep

router = APIRouter(include_in_schema=False)
SIZES = (
    ("auto", "Like the photo", ""),
    ("720x1280", "Upright", "720 × 1280"),
    ("1024x1024", "Square", "1024 × 1024"),
    ("1280x720", "Wide", "1280 × 720"),
    ("1080x1920", "Full HD", "1080 × 1920"),
)
QUALITIES = (
    ("draft", "Draft", "Quickest, to try things"),
    ("standard", "Standard", "For nearly everything"),
    ("fine", "Fine", "Largest file, slowest"),
)
_LOG = 200
_COPIED = (
    "photo_id", "reference_id", "performer", "dancer", "start", "duration", "background_mode", "background",
    "scene_prompt", "style_prompt", "negative_prompt", "expression_enabled", "expression",
    "lip_sync_enabled", "lip_sync", "size", "fps", "quality", "body_motion_model", "face_expression_model",
    "visible_label",
)  # fmt: skip


def view(session: Session, context: Context, request: Request, project: Project) -> dict[str, Any]:
    """What the step shows beyond what all steps show."""
    shown = running(session, project)
    run: Run | None = shown["run"]
    state = run.state if run is not None else ""
    token = request.query_params.get("share", "")
    return {
        **shown,
        "alone": False,
        "share": _share(session, context, request, project, token) if token else None,
        "busy": state in ("queued", "running"),
        "default_title": titled(project, session.get(Photo, project.photo_id) if project.photo_id else None),
        "sizes": [_framed(c, _shape(session, project, c.value)) for c in _choices(SIZES, project.size)],
        "qualities": _choices(QUALITIES, project.quality),
        "missing": _missing(session, project),
    }


_again = show(router, "generate", view)


def _choices(known: tuple[tuple[str, str, str], ...], chosen: str) -> list[Choice]:
    found = [Choice(value, title, detail, value == chosen) for value, title, detail in known]
    if all(not c.chosen for c in found):
        found.append(Choice(chosen, chosen.replace("x", " × "), "As set before", True))
    return found


def _framed(choice: Choice, shape: tuple[int, int]) -> Choice:
    longer = max(shape) / 20
    return replace(choice, frame=(round(shape[0] / longer, 1), round(shape[1] / longer, 1)))


def _missing(session: Session, project: Project) -> list[dict[str, str]]:
    at = base(project)
    photo = session.get(Photo, project.photo_id) if project.photo_id else None
    moves = session.get(Reference, project.reference_id) if project.reference_id else None
    found = []
    if photo is None:
        found.append({"message": "There is no photo yet.", "href": f"{at}/photo", "action": "Choose one"})
    elif photo.status == "failed":
        found.append({"message": "The photo cannot be used.", "href": f"{at}/photo", "action": "See why"})
    if moves is None:
        found.append({"message": "There are no moves yet.", "href": f"{at}/reference", "action": "Choose some"})
    elif moves.status == "failed":
        found.append({"message": "The moves cannot be used.", "href": f"{at}/reference", "action": "See why"})
    return found


def running(session: Session, project: Project) -> dict[str, Any]:
    """What the live part of the step shows: the newest run of the project."""
    run = session.scalar(
        select(Run).where(Run.project_id == project.id, Run.kind == "dance").order_by(Run.id.desc()).limit(1)
    )
    if run is None:
        return {
            "run": None,
            "heading": "Make the video",
            "lead": "The last choices: how large, and how carefully.",
            "live": "",
            "refresh": False,
        }
    busy = run.state in ("queued", "running")
    events = select(RunEvent).where(RunEvent.run_id == run.id, RunEvent.kind != "progress")
    log = session.scalars(events.order_by(RunEvent.sequence.desc()).limit(_LOG)).all()
    time_left = left(run.seconds_left)
    result = run.result or {}
    return {
        "run": run,
        **_standing(session, project, run),
        "shape": _shape(session, project, str(run.arguments.get("size", "auto"))),
        "now": stage_now(run),
        "left": f"about {time_left} left" if time_left else "",
        "stages": stages(run),
        "log": log_lines(list(reversed(log))),
        "may_differ": (run.error or {}).get("code") not in LASTING,
        "preview": media(run.preview_id),
        "loop": media(_loop(session, run)) if busy else "",
        "video": media(run.video_id),
        "lineage": media(run.lineage_id),
        "facts": _facts(run, result),
        "notices": worth_saying(result.get("warnings") or []),
        "share": None,
        "live": stream_of(project, "run", run) if busy else "",
        "refresh": busy,
    }


def _loop(session: Session, run: Run) -> str | None:
    """The first seconds of a video that is still being drawn, where they can be seen already."""
    query = select(Artifact.id).where(Artifact.run_id == run.id, Artifact.kind == "loop")
    return session.scalar(query.order_by(Artifact.id.desc()).limit(1))


def _standing(session: Session, project: Project, run: Run) -> dict[str, str]:
    """Heading and lead for a run's state."""
    heading, lead = {
        "queued": ("Waiting for its turn", _ahead(session, run)),
        "running": ("Learning to dance", "Watch it come to life here, or come back later."),
        "succeeded": (project.title or "Your dance", ""),
        "failed": ("That did not work", "Here is why, and what you can do."),
        "cancelled": ("Stopped", "What was finished is kept: going on does not begin anew."),
    }[run.state]
    return {"heading": heading, "lead": lead}


def _ahead(session: Session, run: Run) -> str:
    """How many runs a waiting one still waits for, in words."""
    if run.state != "queued":
        return ""
    earlier = select(func.count()).select_from(Run).where(Run.state.in_(("queued", "running")), Run.id < run.id)
    count = session.scalar(earlier) or 0
    if not count:
        return "It begins in a moment."
    return "One other comes first." if count == 1 else f"{count} others come first."


def _shape(session: Session, project: Project, size: str) -> tuple[int, int]:
    """Width and height of a video that is still to be made, so that its place on the page is kept."""
    if size != "auto":
        width, _, height = size.partition("x")
        return int(width), int(height)
    photo = session.get(Photo, project.photo_id) if project.photo_id else None
    return (photo.width, photo.height) if photo is not None and photo.width else (3, 4)


def _facts(run: Run, result: dict[str, Any]) -> str:
    parts = []
    if result.get("width") and result.get("height"):
        parts.append(f"{result['width']} × {result['height']}")
    if result.get("fps"):
        parts.append(f"{number(float(result['fps']))} frames a second")
    if result.get("duration"):
        parts.append(clock(float(result["duration"])))
    if run.started and run.finished:
        parts.append(f"made in {left(run.finished - run.started)}")
    return " · ".join(parts)


def _share(session: Session, context: Context, request: Request, project: Project, token: str) -> dict[str, str] | None:
    try:
        video, _, expires = shares.opened(session, context.secret, token)
    except TroupeError:
        return None
    if video.owner != project.owner:
        return None
    root = (context.settings.public_url or str(request.base_url)).rstrip("/")
    return {"url": f"{root}/share/{token}", "expires": day(expires)}


@router.post("/projects/{project_id}/generate")
async def make(request: Request, project_id: str) -> Response:
    """Take the last choices and ask for the video."""
    return await changed(request, project_id, in_transaction(_make), _again)


def _make(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    fields: dict[str, Any] = {
        "title": form.text("title"),
        "size": form.text("size", "auto"),
        "quality": form.text("quality", "standard"),
        "visible_label": form.ticked("visible_label"),
    }
    if form.ticked("consent"):
        fields["consent"] = True
    projects.update(session, who.owner, project_id, **fields)
    busy = runs.listing(session, who.owner, project_id=project_id, kind="dance", limit=1)
    if not busy or busy[0].state not in ("queued", "running"):  # a form that is sent twice asks once
        runs.create(session, who.owner, project_id, runner=context.settings.runner)
    return f"/projects/{project_id}/generate"


@router.post("/projects/{project_id}/cancel")
async def cancel(request: Request, project_id: str) -> Response:
    """Stop the run."""
    return await changed(request, project_id, in_transaction(_cancel), _again)


def _cancel(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del context
    runs.cancel(session, who.owner, _own(session, who, project_id, form).id)
    return f"/projects/{project_id}/generate"


@router.post("/projects/{project_id}/retry")
async def retry(request: Request, project_id: str) -> Response:
    """Try the run again."""
    return await changed(request, project_id, in_transaction(_retry), _again)


def _retry(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del context
    runs.retry(session, who.owner, _own(session, who, project_id, form).id)
    return f"/projects/{project_id}/generate"


def _own(session: Session, who: Principal, project_id: str, form: Form) -> Run:
    run = runs.run_of(session, who.owner, form.text("run"))
    if run.project_id != project_id:
        raise TroupeError("not_found", "There is no such run.", run=run.id)
    return run


@router.post("/projects/{project_id}/copy")
async def copy(request: Request, project_id: str) -> Response:
    """A new project with the same choices, so that the first video stays as it is."""
    return await changed(request, project_id, in_transaction(_copy), _again)


def _copy(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del form
    old = projects.project_of(session, who.owner, project_id)
    fields = {name: getattr(old, name) for name in _COPIED}
    title = f"{old.title} (variant)" if old.title else ""
    new = projects.create(session, who.owner, title=title[:200], **fields, consent=old.consent is not None)
    picture = session.get(Artifact, old.background_id) if old.background_id else None
    if picture is not None:  # each project has a file of its own, so that deleting one leaves the other whole
        new.background_id = _copied(session, context, picture, new.id)
    return f"/projects/{new.id}/scene"


def _copied(session: Session, context: Context, picture: Artifact, project_id: str) -> str:
    with tempfile.TemporaryDirectory(dir=context.uploads) as folder:
        file = Path(folder) / Path(picture.key).name
        context.storage.fetch(picture.key, file)
        made = store(
            context.storage, file, "background", picture.owner,
            filename=picture.filename, media_type=picture.media_type, project_id=project_id,
        )  # fmt: skip
    keep(session, context.storage, made)
    session.add(made)
    session.flush()
    return made.id


@router.post("/projects/{project_id}/share")
async def share(request: Request, project_id: str) -> Response:
    """Make a link that shows the video without login."""
    return await changed(request, project_id, in_transaction(_link), _again)


def _link(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del form
    token, _ = shares.create(session, context.secret, who.owner, project_id)
    return f"/projects/{project_id}/generate?share={token}#share"
