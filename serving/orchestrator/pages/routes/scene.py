"""Step 3: where the dance takes place."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from components.core.errors import TroupeError
from serving.orchestrator.context import Context, Principal
from serving.orchestrator.database import Photo, Project
from serving.orchestrator.intake.take import take_background
from serving.orchestrator.pages.incoming import Form
from serving.orchestrator.pages.tiles import Background, media, pictures, preset_loops
from serving.orchestrator.pages.wizard import changed, in_transaction, show
from serving.orchestrator.services import engines, projects

router = APIRouter(include_in_schema=False)
_GREEN = "#1f6f4a"
PROMPTS = ("scene_prompt", "style_prompt", "negative_prompt")


def view(session: Session, context: Context, request: Request, project: Project) -> dict[str, Any]:
    """What the step shows beyond what all steps show."""
    del context, request
    return {
        "backgrounds": _backgrounds(session, project),
        "colour": project.background if project.background_mode == "colour" and project.background else "#2a9d98",
        "prompts_note": engines.words_note(),
    }


_again = show(router, "scene", view)


def _backgrounds(session: Session, project: Project) -> list[Background]:
    mode = project.background_mode
    photo = session.get(Photo, project.photo_id) if project.photo_id else None
    own = pictures(session, [photo]).get(photo.id, "") if photo else ""
    found = [
        Background(
            "original", "Where they are", "The photo's own place", mode == "original", picture=own, glyph="photo"
        )
    ]
    for loop in preset_loops(session):
        chosen = mode == "preset" and project.background == loop.id
        found.append(Background(loop.id, loop.title, "", chosen, loop.video, loop.poster))
    picture = media(project.background_id)
    found += [
        Background("picture", "Own picture", "Any place you like", mode == "picture", picture=picture, glyph="upload"),
        Background("colour", "One colour", "Plain and bold", mode == "colour", glyph="spark"),
        Background("green", "Green screen", "To cut it out elsewhere", mode == "green", glyph="film"),
    ]
    return found


@router.post("/projects/{project_id}/scene")
async def choose(request: Request, project_id: str) -> Response:
    """Take the scene."""
    return await changed(request, project_id, _choose, _again)


def _choose(context: Context, who: Principal, project_id: str, form: Form) -> str:
    if form.upload is not None:
        take_background(context, who.owner, project_id, form.upload)
        return f"/projects/{project_id}/scene"
    return in_transaction(_fill)(context, who, project_id, form)


def _fill(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del context
    wanted = form.text("background", "original")
    fields: dict[str, Any] = {name: form.text(name) for name in PROMPTS if name in form.fields}
    if wanted in ("original", "picture", "green"):
        fields |= {"background_mode": wanted, "background": ""}
    elif wanted == "colour":
        fields |= {"background_mode": "colour", "background": form.text("colour") or _GREEN}
    else:
        fields |= {"background_mode": "preset", "background": wanted}
    project = projects.update(session, who.owner, project_id, **fields)
    if project.background_mode == "picture" and project.background_id is None:
        raise TroupeError("unknown_background", "Choose the picture that shall be behind the dance.", setting="picture")
    return f"/projects/{project_id}/expression"
