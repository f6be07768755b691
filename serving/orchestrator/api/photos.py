"""Photos and the persons in them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from serving.orchestrator.api import schemas
from serving.orchestrator.api.answers import answer, page, read, values, write
from serving.orchestrator.api.forms import FILE_FORM
from serving.orchestrator.api.parameters import Asker, Before, Limit, Name, Server
from serving.orchestrator.api.problems import responses
from serving.orchestrator.database import Photo
from serving.orchestrator.intake.receive import receive
from serving.orchestrator.intake.take import take_photo
from serving.orchestrator.services import photos

router = APIRouter(prefix="/photos", tags=["photos"])
_FIELDS = tuple(name for name in schemas.Photo.model_fields if name not in ("artifact_id", "preview_id"))


def _views(session: Session, found: Sequence[Photo]) -> list[dict[str, Any]]:
    names = [p.id for p in found]
    files, previews = photos.artifacts_of(session, names), photos.artifacts_of(session, names, "preview")
    return [{**values(p, _FIELDS), "artifact_id": files.get(p.id), "preview_id": previews.get(p.id)} for p in found]


@router.post(
    "", status_code=201, response_model=schemas.Photo, operation_id="upload_photo", summary="Upload a photo",
    openapi_extra=FILE_FORM,
    responses=responses(
        "invalid_request", "unreadable_media", "unsupported_media", "file_too_large", "quota_exceeded", "disk_full"
    ),
)  # fmt: skip
async def upload(request: Request, context: Server, asker: Asker) -> Response:
    """A picture of one or several people; it is looked at in a run of the kind `photo`. Known bytes give the known
    photo."""
    received = await receive(request, context.uploads, context.settings.max_upload_bytes)
    photo = await asyncio.to_thread(take_photo, context, asker.owner, received)
    made = await read(context, lambda session: _views(session, [photos.photo_of(session, asker.owner, photo.id)])[0])
    return answer(made, 201, {"Location": f"/api/v1/photos/{photo.id}"})


@router.get(
    "", response_model=schemas.Page[schemas.Photo], operation_id="list_photos", summary="List photos",
    responses=responses("invalid_request"),
)  # fmt: skip
async def listing(context: Server, asker: Asker, limit: Limit = 50, before: Before = None) -> Response:
    """One's own photos, newest first."""
    return page(
        await read(context, lambda session: _views(session, photos.listing(session, asker.owner, limit, before))),
        limit,
    )


@router.get(
    "/{name}", response_model=schemas.Photo, operation_id="get_photo", summary="Look at a photo",
    responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def get(context: Server, asker: Asker, name: Name) -> Response:
    """A photo and how far it was looked at."""
    return answer(
        await read(context, lambda session: _views(session, [photos.photo_of(session, asker.owner, name)])[0])
    )


@router.get(
    "/{name}/persons", response_model=list[schemas.Person], operation_id="list_persons",
    summary="List the persons in a photo", responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def persons(context: Server, asker: Asker, name: Name) -> Response:
    """Boxes, poses, face landmarks and cut-outs, from left to right; empty until the photo is ready."""

    def work(session: Session) -> list[dict[str, Any]]:
        photo = photos.photo_of(session, asker.owner, name)
        return [values(person, schemas.Person.model_fields) for person in photo.persons]

    return answer(await read(context, work))


@router.delete(
    "/{name}", status_code=204, operation_id="delete_photo", summary="Delete a photo",
    responses=responses("invalid_request", "not_found", "conflict"),
)  # fmt: skip
async def delete(context: Server, asker: Asker, name: Name) -> Response:
    """The photo and what was found in it; one that a project has stays."""
    await write(context, lambda session: photos.delete(session, context.storage, asker.owner, name))
    return Response(status_code=204)
