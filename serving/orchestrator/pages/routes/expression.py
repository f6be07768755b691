"""Step 4: how the face moves."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from serving.orchestrator.context import Context, Principal
from serving.orchestrator.database import Photo, Project, Reference
from serving.orchestrator.pages.incoming import Form
from serving.orchestrator.pages.wizard import changed, in_transaction, show
from serving.orchestrator.services import projects

router = APIRouter(include_in_schema=False)


def view(session: Session, context: Context, request: Request, project: Project) -> dict[str, Any]:
    """What the step shows beyond what all steps show: also what the photo and the moves cannot give."""
    del context, request
    photo = session.get(Photo, project.photo_id) if project.photo_id else None
    moves = session.get(Reference, project.reference_id) if project.reference_id else None
    ready = moves is not None and moves.status == "ready"
    face = ""
    if photo is not None and photo.status == "ready" and photo.persons and not any(p.face for p in photo.persons):
        face = "No face was found in your photo, so the expression will have nothing to move."
    elif moves is not None and ready and not moves.has_face_data:
        face = "No face was seen in the moves, so the face in the video stays as in the photo."
    return {
        "mouth": project.lip_sync if project.lip_sync_enabled else "off",
        "face_note": face,
        "mouth_note": "There is none in these moves."
        if moves is not None and ready and not moves.has_face_data
        else "",
        "voice_note": _voice(moves) if moves is not None and ready else "",
    }


_again = show(router, "expression", view)


def _voice(moves: Reference) -> str:
    if not moves.has_audio:
        return "These moves have no sound."
    return "A voice was heard in it." if moves.has_vocals else "No voice was heard in it."


@router.post("/projects/{project_id}/expression")
async def choose(request: Request, project_id: str) -> Response:
    """Take the expression."""
    return await changed(request, project_id, in_transaction(_choose), _again)


def _choose(session: Session, context: Context, who: Principal, project_id: str, form: Form) -> str:
    del context
    mouth = form.text("lip_sync", "face")
    fields: dict[str, Any] = {
        "expression_enabled": form.ticked("expression_enabled"),
        "expression": form.number("expression", 1.0),
        "lip_sync_enabled": mouth != "off",
    }
    if mouth != "off":
        fields["lip_sync"] = mouth
    projects.update(session, who.owner, project_id, **fields)
    return f"/projects/{project_id}/generate"
