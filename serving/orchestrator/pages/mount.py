"""The pages as a part of an application: routes, static files, refusals that people can read."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from components.core.errors import TroupeError
from serving.orchestrator.api.problems import STATUSES
from serving.orchestrator.pages import live
from serving.orchestrator.pages.rendering import STATIC, Assets, page
from serving.orchestrator.pages.routes import docs, expression, generate, home, photo, reference, scene, share
from serving.orchestrator.pages.routes.login import mount_login

_APART = ("/api/", "/openapi.json", "/livez", "/readyz", "/metrics", "/static/")
"""Addresses that programs ask for."""
_HEADINGS = {
    "not_found": "There is nothing here",
    "link_expired": "This link has had its time",
    "not_authenticated": "Please log in",
    "not_permitted": "That is not yours to do",
    "too_many_requests": "A little slower, please",
    "internal_error": "That was our mistake",
}


def mount(app: FastAPI) -> None:
    """Add the pages to an application."""
    for room in (home, photo, reference, scene, expression, generate, share, live, docs):
        app.include_router(room.router)
    mount_login(app, app.state.context)
    app.mount("/static", Assets(directory=STATIC, check_dir=False), name="static")


def is_page(request: Request) -> bool:
    """Whether a person looks at this address with a browser."""
    return not request.url.path.startswith(_APART)


def problem_page(request: Request, error: TroupeError, status: int | None = None) -> Response:
    """A refusal as a page of its own."""
    shared = request.url.path.startswith("/share/")
    return page(
        request,
        "problem.html",
        status=status or STATUSES.get(error.code, 422),
        heading=_HEADINGS.get(error.code, "That did not work"),
        error=error,
        bare=shared,
        back="/" if shared else "/gallery",
        back_name="To Troupe" if shared else "To the gallery",
    )
