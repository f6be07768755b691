"""What a share link shows: one video, to whoever has the link."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.orchestrator.context import context_of
from serving.orchestrator.pages.rendering import page
from serving.orchestrator.services import shares

router = APIRouter(include_in_schema=False)


@router.get("/share/{token}")
def share(request: Request, token: str) -> Response:
    """The page behind a link.

    Raises:
        TroupeError: link_expired, not_found.
    """
    context = context_of(request)
    with context.database.reading() as session:
        _, project, _ = shares.opened(session, context.secret, token)
    title = (project.title if project is not None else "") or "A dance"
    return page(request, "share.html", title=title, video=f"/api/v1/shares/{token}/video")
