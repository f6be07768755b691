"""The application: API, page, health and figures in one ASGI app."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from components.media import open_storage
from serving.orchestrator.api import artifacts, batches, photos, presets, problems, projects, references, runs
from serving.orchestrator.api.answers import answer
from serving.orchestrator.api.description import DESCRIPTION, TAGS, openapi_of
from serving.orchestrator.authentication.gate import guard
from serving.orchestrator.context import Context
from serving.orchestrator.database import Database
from serving.orchestrator.health import ready
from serving.orchestrator.intake.checker import Checker
from serving.orchestrator.intake.content import Limits
from serving.orchestrator.metrics import CONTENT_TYPE, Counting, Metrics
from serving.orchestrator.runs.broadcast import Broadcaster
from serving.orchestrator.secret import server_secret
from serving.orchestrator.services import presets as preset_rows
from serving.orchestrator.services import similarity
from serving.orchestrator.services.retention import sweep
from serving.orchestrator.settings import OrchestratorSettings

SWEEP = 3600.0
"""Seconds between two looks for what is too old."""
ROUTERS = (
    runs.router, artifacts.router, projects.router, photos.router, references.router, references.choreographies,
    presets.router, batches.router, artifacts.shared, presets.account,
)  # fmt: skip
"""Routes are tried in this order: those that are asked most often come first."""

log = logging.getLogger(__name__)


def create_app(settings: OrchestratorSettings) -> FastAPI:
    """The application; the database is brought to its newest version when it starts.

    Args:
        settings: as read from the environment.

    Raises:
        TroupeError: invalid_setting, extra_missing, output_unwritable.
    """
    context = context_for(settings)
    app = FastAPI(
        title="Troupe", version="1", description=DESCRIPTION, openapi_tags=TAGS, lifespan=_lifespan,
        docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    app.state.context = context
    metrics = Metrics(context.database)
    context.extras["metrics"] = metrics
    problems.install(app)
    api = APIRouter(prefix="/api/v1")
    for router in ROUTERS:
        api.include_router(router)
    app.include_router(api)
    app.include_router(_operations(context, metrics))
    guard(app, context)
    _mount_pages(app)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]
    if settings.cors_origins:  # before the gate: a browser asks without saying who asks whether it may ask
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Range"],
            expose_headers=["Content-Range", "ETag", "Location", "Retry-After"],
        )
    app.add_middleware(Counting, metrics=metrics)
    return app


def context_for(settings: OrchestratorSettings) -> Context:
    """What an application of these settings serves with.

    Raises:
        TroupeError: invalid_setting, extra_missing, output_unwritable.
    """
    secret = server_secret(settings)
    limits = Limits(settings.max_upload_bytes, settings.max_photo_pixels, settings.max_reference_seconds)
    return Context(
        settings,
        Database(settings.database),
        open_storage(settings.storage, settings.storage_endpoint),
        settings.data / "uploads",
        Checker(limits),
        secret,
    )


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    await asyncio.to_thread(_prepare, context)
    broadcaster = Broadcaster(context.database)
    context.events = broadcaster
    await broadcaster.start()
    sweeper = asyncio.create_task(_sweeping(context), name="retention")
    try:
        yield
    finally:
        context.closing = True
        sweeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeper
        await broadcaster.stop()
        context.checker.close()
        context.database.close()


def _prepare(context: Context) -> None:
    context.database.migrate()
    similarity.prepare(context.database)
    with context.database.writing() as session:
        preset_rows.seed(session)


async def _sweeping(context: Context) -> None:
    while True:
        try:
            gone = await asyncio.to_thread(
                sweep, context.database, context.storage, context.uploads, context.settings.retention_days
            )
            if any(gone.values()):
                log.info("deleted for age: %s", ", ".join(f"{n} {what}" for what, n in gone.items() if n))
        except Exception:
            log.exception("what is too old cannot be deleted at the moment")
        await asyncio.sleep(SWEEP)


def _operations(context: Context, metrics: Metrics) -> APIRouter:
    """Routes for whoever runs the server."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> Response:
        return answer({"status": "ok"})

    @router.get("/readyz")
    async def readyz() -> Response:
        good, parts = await asyncio.to_thread(ready, context)
        return answer({"status": "ok" if good else "not ready", "parts": parts}, 200 if good else 503)

    @router.get("/metrics")
    async def figures() -> Response:
        metrics.streams.set(getattr(context.events, "listeners", 0))
        return Response(await asyncio.to_thread(metrics.text), media_type=CONTENT_TYPE)

    return router


def _mount_pages(app: FastAPI) -> None:
    from serving.orchestrator.pages.mount import is_page, mount, problem_page

    mount(app)
    app.state.problem_page = lambda request, error, status: (
        problem_page(request, error, status) if is_page(request) else None
    )
