"""Presets, and who asks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from serving.orchestrator.api import schemas
from serving.orchestrator.api.answers import answer, read, values
from serving.orchestrator.api.parameters import Asker, Server
from serving.orchestrator.api.problems import responses
from serving.orchestrator.artifacts import stored_bytes
from serving.orchestrator.services import presets

router = APIRouter(tags=["presets"])
account = APIRouter(tags=["account"])


@router.get(
    "/presets", response_model=list[schemas.Preset], operation_id="list_presets", summary="List the presets",
    responses=responses(),
)  # fmt: skip
async def listing(context: Server, asker: Asker) -> Response:
    """Scenes that can be chosen by name."""
    del asker

    def work(session: Session) -> list[dict[str, Any]]:
        return [values(p, schemas.Preset.model_fields) for p in presets.listing(session)]

    return answer(await read(context, work))


@account.get(
    "/account", response_model=schemas.Account, operation_id="get_account", summary="Who asks",
    responses=responses(),
)  # fmt: skip
async def who(context: Server, asker: Asker) -> Response:
    """One's name, what one may do, and how much one stores of what one may."""
    settings = context.settings
    return answer(
        {
            "owner": asker.owner,
            "label": asker.label,
            "scopes": sorted(asker.scopes),
            "bytes": await read(context, lambda session: stored_bytes(session, asker.owner)),
            "quota_bytes": settings.quota_bytes or None,
            "max_upload_bytes": settings.max_upload_bytes,
            "requests_per_minute": settings.rate_per_minute or None if settings.authentication != "none" else None,
        }
    )
