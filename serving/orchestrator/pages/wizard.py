"""What the routes of the wizard share: a project's page, with or without a refusal on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from components.core.errors import TroupeError
from serving.orchestrator.api.problems import STATUSES
from serving.orchestrator.authentication import principal
from serving.orchestrator.context import Context, Principal, context_of
from serving.orchestrator.database import Project
from serving.orchestrator.pages.incoming import Form, received
from serving.orchestrator.pages.rendering import page
from serving.orchestrator.pages.steps import steps
from serving.orchestrator.pages.summary import beside
from serving.orchestrator.services import projects

View = Callable[[Session, Context, Request, Project], dict[str, Any]]
"""Makes what a step's template prints beyond what all steps print."""
Change = Callable[[Context, Principal, str, Form], str]
"""Does what a form asks for and returns where to go on."""
Transaction = Callable[[Session, Context, Principal, str, Form], str]
"""The same within a transaction."""
Again = Callable[[Request, str, TroupeError], Response]
"""Shows a project's page again with the reason why what was asked for was not done."""


def common(project: Project) -> dict[str, Any]:
    """What every template of a project prints, also those that are sent alone."""
    return {"project": project, "base": f"/projects/{project.id}"}


def show(router: APIRouter, name: str, view: View) -> Again:
    """Add the page of a step to a router.

    Args:
        router: of the step.
        name: of the step, the last part of its address, and its template.
        view: of the step.

    Returns:
        What shows the page once more where a form on it is refused.
    """

    @router.get(f"/projects/{{project_id}}/{name}", name=name)
    def step(request: Request, project_id: str) -> Response:
        """The step."""
        return _step_page(request, name, project_id, view)

    def again(request: Request, project_id: str, problem: TroupeError) -> Response:
        return _step_page(request, name, project_id, view, problem)

    return again


def _step_page(
    request: Request, name: str, project_id: str, view: View, problem: TroupeError | None = None
) -> Response:
    """A step of the wizard.

    Args:
        request: that it answers.
        name: of the step, and of its template.
        project_id: whose step.
        view: of the step.
        problem: why what was asked for was not done; the page is then sent with its status.

    Raises:
        TroupeError: not_found.
    """
    context = context_of(request)
    with context.database.reading() as session:
        project = projects.project_of(session, principal(request).owner, project_id)
        at = steps(project, name)
        values = {
            **common(project),
            "steps": at,
            "current": next(s for s in at if s.state == "current"),
            "rail": beside(session, project),
            "problem": problem,
            **view(session, context, request, project),
        }
        status = 200 if problem is None else STATUSES.get(problem.code, 422)
        return page(request, f"{name}.html", status=status, **values)


async def changed(request: Request, project_id: str, change: Change, again: Again) -> Response:
    """Do what a form asks for, then show the next page; where it is refused, this page with the reason.

    A form that htmx sends while it is being filled is answered by a word instead.

    Args:
        request: a POST.
        project_id: whose form.
        change: what is done, see `in_transaction`.
        again: called as again(request, project_id, problem) for the page on which the form is.

    Raises:
        TroupeError: not_found, not_authenticated, not_permitted: there is no page to show again.
    """
    saved_meanwhile = request.headers.get("hx-request") == "true"
    try:
        async with received(request) as form:
            target = await run_in_threadpool(change, context_of(request), principal(request), project_id, form)
    except TroupeError as error:
        if error.code in ("not_found", "not_authenticated", "not_permitted"):
            raise
        if saved_meanwhile:
            return await run_in_threadpool(_saved, request, project_id, error)
        return await run_in_threadpool(again, request, project_id, error)
    if saved_meanwhile:
        return await run_in_threadpool(_saved, request, project_id, None)
    return RedirectResponse(target, 303)


def _saved(request: Request, project_id: str, problem: TroupeError | None) -> Response:
    """What htmx shows where a form was kept as it was filled: a word, and the summary made anew."""
    with context_of(request).database.reading() as session:
        project = projects.project_of(session, principal(request).owner, project_id)
        return page(request, "_saved.html", rail=beside(session, project), problem=problem)


def in_transaction(change: Transaction) -> Change:
    """A change that is done whole or not at all, to a project of the one who asks."""

    def done(context: Context, who: Principal, project_id: str, form: Form) -> str:
        with context.database.writing() as session:
            projects.project_of(session, who.owner, project_id)
            return change(session, context, who, project_id, form)

    return done
