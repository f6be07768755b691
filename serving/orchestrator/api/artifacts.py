"""Stored files, and videos behind share links."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from components.core.errors import TroupeError
from serving.orchestrator.api import schemas
from serving.orchestrator.api.answers import answer, page, read, values
from serving.orchestrator.api.parameters import Asker, Before, Limit, Name, Server
from serving.orchestrator.api.problems import responses
from serving.orchestrator.artifacts import artifact_of
from serving.orchestrator.context import Context
from serving.orchestrator.database import Artifact
from serving.orchestrator.delivery import deliver
from serving.orchestrator.services import shares

router = APIRouter(prefix="/artifacts", tags=["artifacts"])
shared = APIRouter(prefix="/shares", tags=["shares"])
_FIELDS = tuple(schemas.Artifact.model_fields)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The part that `Range` names.", "content": {"*/*": {"schema": {"type": "string"}}}},
    304: {"description": "The client has it already (`If-None-Match`)."},
}
Token = Annotated[str, Path(min_length=1, max_length=512, description="What the link ends in.")]
Download = Annotated[bool, Query(description="To be saved rather than shown.")]


@router.get(
    "", response_model=schemas.Page[schemas.Artifact], operation_id="list_artifacts", summary="List files",
    responses=responses("invalid_request"),
)  # fmt: skip
async def listing(
    context: Server,
    asker: Asker,
    kind: Annotated[str | None, Query(max_length=32, description="video, preview, photo, ...")] = None,
    project_id: Annotated[schemas.Id | None, Query()] = None,
    run_id: Annotated[schemas.Id | None, Query()] = None,
    limit: Limit = 50,
    before: Before = None,
) -> Response:
    """One's own stored files, newest first."""
    query = select(*(getattr(Artifact, name) for name in _FIELDS)).where(Artifact.owner == asker.owner)
    for column, wanted in ((Artifact.kind, kind), (Artifact.project_id, project_id), (Artifact.run_id, run_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(Artifact.id < before)
    query = query.order_by(Artifact.id.desc()).limit(limit)
    found = await read(context, lambda session: [dict(row) for row in session.execute(query).mappings()])
    return page(found, limit)


@router.get(
    "/{name}/details", response_model=schemas.Artifact, operation_id="get_artifact_details",
    summary="What a file is", responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def details(context: Server, asker: Asker, name: Name) -> Response:
    """Kind, size, media type, hash, and what it belongs to."""
    return answer(await read(context, lambda session: values(artifact_of(session, name, asker.owner), _FIELDS)))


@router.head(
    "/{name}", operation_id="head_artifact", summary="What a file is, as headers",
    responses={200: {"description": "The headers of the file."}, **responses("invalid_request", "not_found")},
)  # fmt: skip
@router.get(
    "/{name}", operation_id="get_artifact", summary="Get a file", response_class=Response,
    responses={**_FILE, **responses("invalid_request", "not_found", "range_unsatisfiable")},
)  # fmt: skip
async def get(request: Request, context: Server, asker: Asker, name: Name, download: Download = False) -> Response:
    """The bytes of a file; `Range` and `If-Range` give a part of it, `ETag` is its hash."""

    def work(session: Session) -> Any:
        found = session.connection().execute(_FILE_OF, {"wanted": name, "asker": asker.owner}).first()
        if found is None:
            raise TroupeError("not_found", "There is no such file.", artifact=name)
        return found

    return await _delivered(request, context, await read(context, work), download)


_TABLE = Artifact.__table__.c
_FILE_OF = select(_TABLE.key, _TABLE.media_type, _TABLE.filename, _TABLE.bytes, _TABLE.sha256, _TABLE.created).where(
    _TABLE.id == bindparam("wanted"), or_(_TABLE.owner == bindparam("asker"), _TABLE.owner.is_(None))
)
"""Built once, and of the table's columns, as in `runs`."""


async def _delivered(request: Request, context: Context, file: Any, download: bool) -> Response:
    if request.method == "HEAD":
        return deliver(request, context.storage, file, download=download)
    return await asyncio.to_thread(deliver, request, context.storage, file, download=download)


@shared.get(
    "/{token}", response_model=schemas.SharedVideo, operation_id="get_share", summary="What a link opens",
    responses=responses("invalid_request", "not_found", "link_expired"),
)  # fmt: skip
async def opened(context: Server, token: Token) -> Response:
    """Title and size; no login is needed."""

    def work(session: Session) -> dict[str, Any]:
        video, project, expires = shares.opened(session, context.secret, token)
        return {
            "title": project.title if project is not None else "",
            "media_type": video.media_type,
            "bytes": video.bytes,
            "expires": expires,
        }

    return answer(await read(context, work))


@shared.get(
    "/{token}/video", operation_id="get_shared_video", summary="The video behind a link", response_class=Response,
    responses={**_FILE, **responses("invalid_request", "not_found", "link_expired", "range_unsatisfiable")},
)  # fmt: skip
async def video(request: Request, context: Server, token: Token, download: Download = False) -> Response:
    """The video itself; no login is needed."""
    found = await read(context, lambda session: shares.opened(session, context.secret, token)[0])
    return await _delivered(request, context, found, download)
