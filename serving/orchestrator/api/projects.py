"""Projects, their background picture, and links that show their video to others."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.orchestrator.api import schemas
from serving.orchestrator.api.answers import answer, page, read, values, write
from serving.orchestrator.api.forms import FILE_FORM
from serving.orchestrator.api.parameters import Asker, Before, Limit, Name, Server
from serving.orchestrator.api.problems import responses
from serving.orchestrator.database import Project
from serving.orchestrator.intake.receive import receive
from serving.orchestrator.intake.take import take_background
from serving.orchestrator.services import projects, shares

router = APIRouter(prefix="/projects", tags=["projects"])
FIELDS = tuple(schemas.Project.model_fields)


def view(project: Project) -> dict[str, Any]:
    """A project as JSON values."""
    return values(project, FIELDS)


@router.post(
    "", status_code=201, response_model=schemas.Project, operation_id="create_project", summary="Begin a project",
    responses=responses("invalid_request", "invalid_setting", "not_found"),
)  # fmt: skip
async def create(context: Server, asker: Asker, fields: schemas.ProjectFields) -> Response:
    """A new project; every field may be set later."""
    given = fields.model_dump(exclude_unset=True)
    made = await write(context, lambda session: view(projects.create(session, asker.owner, **given)))
    return answer(made, 201, {"Location": f"/api/v1/projects/{made['id']}"})


@router.get(
    "", response_model=schemas.Page[schemas.Project], operation_id="list_projects", summary="List projects",
    responses=responses("invalid_request"),
)  # fmt: skip
async def listing(context: Server, asker: Asker, limit: Limit = 50, before: Before = None) -> Response:
    """One's own projects, newest first."""
    found = await read(
        context, lambda session: [view(p) for p in projects.listing(session, asker.owner, limit, before)]
    )
    return page(found, limit)


@router.get(
    "/{name}", response_model=schemas.Project, operation_id="get_project", summary="Look at a project",
    responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def get(context: Server, asker: Asker, name: Name) -> Response:
    """A project with its state."""
    return answer(await read(context, lambda session: view(projects.project_of(session, asker.owner, name))))


@router.patch(
    "/{name}", response_model=schemas.Project, operation_id="update_project", summary="Change a project",
    responses=responses("invalid_request", "invalid_setting", "not_found"),
)  # fmt: skip
async def update(context: Server, asker: Asker, name: Name, fields: schemas.ProjectFields) -> Response:
    """Set the fields that are given; runs that were asked for before keep what they began with."""
    given = fields.model_dump(exclude_unset=True)
    return answer(await write(context, lambda session: view(projects.update(session, asker.owner, name, **given))))


@router.delete(
    "/{name}", status_code=204, operation_id="delete_project", summary="Delete a project and its files",
    responses=responses("invalid_request", "not_found", "conflict"),
)  # fmt: skip
async def delete(context: Server, asker: Asker, name: Name) -> Response:
    """Its runs and files go, and its photo and reference where no other project has them."""
    await write(context, lambda session: projects.delete(session, context.storage, asker.owner, name))
    return Response(status_code=204)


@router.put(
    "/{name}/background", response_model=schemas.Artifact, operation_id="set_project_background",
    summary="Upload the background picture", openapi_extra=FILE_FORM,
    responses=responses(
        "invalid_request", "not_found", "unreadable_media", "unsupported_media", "file_too_large", "quota_exceeded",
        "disk_full",
    ),
)  # fmt: skip
async def background(request: Request, context: Server, asker: Asker, name: Name) -> Response:
    """The picture before which is danced; `background_mode` becomes `picture`."""
    await read(context, lambda session: projects.project_of(session, asker.owner, name))
    received = await receive(request, context.uploads, context.settings.max_upload_bytes)
    artifact = await asyncio.to_thread(take_background, context, asker.owner, name, received)
    return answer(values(artifact, schemas.Artifact.model_fields))


@router.post(
    "/{name}/shares", status_code=201, response_model=schemas.Share, operation_id="share_project",
    summary="Make a link to the video",
    responses=responses("invalid_request", "invalid_setting", "not_found", "not_ready"),
)  # fmt: skip
async def share(context: Server, asker: Asker, name: Name, wanted: schemas.ShareRequest) -> Response:
    """A signed link that opens the newest video without login until it expires."""
    token, expires = await read(
        context, lambda session: shares.create(session, context.secret, asker.owner, name, wanted.seconds)
    )
    place = context.settings.public_url.rstrip("/")
    made = {
        "token": token,
        "url": f"{place}/share/{token}",
        "video": f"{place}/api/v1/shares/{token}/video",
        "expires": expires,
    }
    return answer(made, 201)
