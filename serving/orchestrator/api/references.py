"""References: clips, addresses of clips, BVH files and built-in choreographies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from serving.orchestrator.api import schemas
from serving.orchestrator.api.answers import answer, page, read, values, write
from serving.orchestrator.api.forms import FILE_FORM
from serving.orchestrator.api.parameters import Asker, Before, Limit, Name, Server
from serving.orchestrator.api.problems import responses
from serving.orchestrator.api.runs import RUN, run_values
from serving.orchestrator.database import Reference
from serving.orchestrator.intake.receive import receive
from serving.orchestrator.intake.take import take_reference
from serving.orchestrator.services import references, similarity

router = APIRouter(prefix="/references", tags=["references"])
choreographies = APIRouter(prefix="/choreographies", tags=["references"])
_FIELDS = tuple(name for name in schemas.Reference.model_fields if name != "artifact_id")


def _views(session: Session, found: Sequence[Reference]) -> list[dict[str, Any]]:
    files = references.artifacts_of(session, [r.id for r in found])
    return [{**values(r, _FIELDS), "artifact_id": files.get(r.id)} for r in found]


async def _made(context: Server, owner: str, name: str) -> Response:
    found = await read(context, lambda session: _views(session, [references.reference_of(session, owner, name)])[0])
    return answer(found, 201, {"Location": f"/api/v1/references/{name}"})


@router.post(
    "", status_code=201, response_model=schemas.Reference, operation_id="upload_reference",
    summary="Upload a clip or BVH file", openapi_extra=FILE_FORM,
    responses=responses(
        "invalid_request", "unreadable_media", "unsupported_media", "file_too_large", "quota_exceeded", "disk_full"
    ),
)  # fmt: skip
async def upload(request: Request, context: Server, asker: Asker) -> Response:
    """A video of somebody who dances; it is analysed in a run of the kind `reference`. Known bytes give the known
    reference."""
    received = await receive(request, context.uploads, context.settings.max_upload_bytes)
    reference = await asyncio.to_thread(take_reference, context, asker.owner, received)
    return await _made(context, asker.owner, reference.id)


@router.post(
    "/url", status_code=201, response_model=schemas.Reference, operation_id="add_reference_url",
    summary="Give a clip by its address", responses=responses("invalid_request", "url_refused", "quota_exceeded"),
)  # fmt: skip
async def by_url(context: Server, asker: Asker, wanted: schemas.ReferenceUrl) -> Response:
    """It is fetched and analysed in a run of the kind `reference`; addresses inside the server's network are never
    fetched. It may be as large as an upload. Where it turns out to be a clip that is there already, both ids lead to
    that one."""
    name = await write(
        context, lambda session: references.add_url(session, context.settings, asker.owner, wanted.url).id
    )
    return await _made(context, asker.owner, name)


@router.post(
    "/built-in", status_code=201, response_model=schemas.Reference, operation_id="add_reference_built_in",
    summary="Take a built-in choreography", responses=responses("invalid_request", "unknown_choreography"),
)  # fmt: skip
async def by_name(context: Server, asker: Asker, wanted: schemas.BuiltIn) -> Response:
    """By its name in `/choreographies`."""
    name = await write(context, lambda session: references.add_builtin(session, asker.owner, wanted.name).id)
    return await _made(context, asker.owner, name)


@router.get(
    "", response_model=schemas.Page[schemas.Reference], operation_id="list_references", summary="List references",
    responses=responses("invalid_request"),
)  # fmt: skip
async def listing(context: Server, asker: Asker, limit: Limit = 50, before: Before = None) -> Response:
    """One's own references, newest first."""
    return page(
        await read(context, lambda session: _views(session, references.listing(session, asker.owner, limit, before))),
        limit,
    )


@router.get(
    "/{name}", response_model=schemas.Reference, operation_id="get_reference", summary="Look at a reference",
    responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def get(context: Server, asker: Asker, name: Name) -> Response:
    """Dancers, length, tempo, and files with tracks and a preview."""
    return answer(
        await read(context, lambda session: _views(session, [references.reference_of(session, asker.owner, name)])[0])
    )


@router.post(
    "/{name}/analyse", status_code=202, response_model=schemas.Run, operation_id="analyse_reference",
    summary="Analyse a reference again", responses=responses("invalid_request", "not_found", "conflict"),
)  # fmt: skip
async def analyse(context: Server, asker: Asker, name: Name) -> Response:
    """For one whose analysis failed or was cancelled; the run that is at it where there is one."""
    return answer(
        await write(context, lambda session: run_values(references.analyse(session, asker.owner, name), RUN)),
        202,
    )


@router.get(
    "/{name}/similar", response_model=list[schemas.Similar], operation_id="find_similar_references",
    summary="Find similar choreographies", responses=responses("invalid_request", "not_found", "not_ready"),
)  # fmt: skip
async def similar(
    context: Server, asker: Asker, name: Name, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> Response:
    """One's own references whose movements are most like this one's, whoever dances them and however fast."""

    def work(session: Session) -> list[dict[str, Any]]:
        found = similarity.similar(session, asker.owner, name, limit)
        shown = _views(session, [reference for reference, _ in found])
        return [
            {"reference": view, "similarity": round(score, 4)} for view, (_, score) in zip(shown, found, strict=True)
        ]

    return answer(await write(context, work))


@router.delete(
    "/{name}", status_code=204, operation_id="delete_reference", summary="Delete a reference",
    responses=responses("invalid_request", "not_found", "conflict"),
)  # fmt: skip
async def delete(context: Server, asker: Asker, name: Name) -> Response:
    """The reference and what was found in it; one that a project has stays."""
    await write(context, lambda session: references.delete(session, context.storage, asker.owner, name))
    return Response(status_code=204)


@choreographies.get(
    "", response_model=list[schemas.Choreography], operation_id="list_choreographies",
    summary="List the built-in choreographies", responses=responses(),
)  # fmt: skip
async def catalogue(asker: Asker) -> Response:
    """What can be danced without a clip."""
    from components.repertoire.choreographies import catalogue as known

    del asker
    return answer([values(c, schemas.Choreography.model_fields) for c in known()])
