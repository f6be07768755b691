"""Batches: many photos with one reference, or many references with one photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from serving.orchestrator.api import schemas
from serving.orchestrator.api.answers import answer, page, read, write
from serving.orchestrator.api.parameters import Asker, Before, Limit, Name, Server
from serving.orchestrator.api.problems import responses
from serving.orchestrator.api.runs import Key
from serving.orchestrator.database import Batch
from serving.orchestrator.services import batches

router = APIRouter(prefix="/batches", tags=["batches"])


def _views(session: Session, found: Sequence[Batch]) -> list[dict[str, Any]]:
    session.flush()
    counts = batches.counts(session, [b.id for b in found])
    return [{"id": b.id, "title": b.title, "runs": counts[b.id], "created": b.created} for b in found]


@router.post(
    "", status_code=202, response_model=schemas.Batch, operation_id="create_batch", summary="Ask for many videos",
    responses={
        200: {"model": schemas.Batch, "description": "The batch that this Idempotency-Key made before."},
        **responses(
            "invalid_request", "invalid_setting", "not_found", "consent_missing", "not_ready", "model_missing"
        ),
    },
)  # fmt: skip
async def create(context: Server, asker: Asker, wanted: schemas.BatchRequest, key: Key = None) -> Response:
    """A project and a run for every pair of a photo and a reference, all with the same settings."""
    fields = wanted.model_dump(
        exclude_unset=True, exclude={"photo_ids", "reference_ids", "title", "photo_id", "reference_id"}
    )

    def work(session: Session) -> tuple[dict[str, Any], bool]:
        known = key is not None and session.scalar(
            select(Batch.id).where(Batch.owner == asker.owner, Batch.idempotency_key == key)
        )
        batch = batches.create(
            session,
            asker.owner,
            photo_ids=wanted.photo_ids,
            reference_ids=wanted.reference_ids,
            title=wanted.title,
            idempotency_key=key,
            **fields,
        )
        return _views(session, [batch])[0], batch.id == known

    made, repeated = await write(context, work)
    return answer(made, 200 if repeated else 202, {"Location": f"/api/v1/batches/{made['id']}"})


@router.get(
    "", response_model=schemas.Page[schemas.Batch], operation_id="list_batches", summary="List batches",
    responses=responses("invalid_request"),
)  # fmt: skip
async def listing(context: Server, asker: Asker, limit: Limit = 50, before: Before = None) -> Response:
    """One's own batches, newest first."""
    return page(
        await read(context, lambda session: _views(session, batches.listing(session, asker.owner, limit, before))),
        limit,
    )


@router.get(
    "/{name}", response_model=schemas.Batch, operation_id="get_batch", summary="Look at a batch",
    responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def get(context: Server, asker: Asker, name: Name) -> Response:
    """How many of its runs are in which state."""
    return answer(
        await read(context, lambda session: _views(session, [batches.batch_of(session, asker.owner, name)])[0])
    )


@router.post(
    "/{name}/cancel", status_code=202, response_model=schemas.Batch, operation_id="cancel_batch",
    summary="Stop a batch", responses=responses("invalid_request", "not_found"),
)  # fmt: skip
async def cancel(context: Server, asker: Asker, name: Name) -> Response:
    """Stop those of its runs that have not ended."""
    return answer(
        await write(context, lambda session: _views(session, [batches.cancel(session, asker.owner, name)])[0]), 202
    )
