"""What the OpenAPI description says beside the routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.orchestrator.api.problems import Problem

DESCRIPTION = """A photo and a dance clip become a dance video.

Upload a photo and a reference, make a project of them, ask for a run, listen to its events, and get the video.
Every refusal is `application/problem+json` with a stable `code`. Identifiers sort by the time at which they were made,
times are seconds since 1970, lists go from the newest to the oldest: `next` of a page is `before` of the following one.
"""
TAGS = [
    {"name": "projects", "description": "A photo, a reference, and how the video shall be."},
    {"name": "photos", "description": "Pictures and the persons in them."},
    {"name": "references", "description": "What is danced: clips, BVH files, built-in choreographies."},
    {"name": "presets", "description": "Scenes that can be chosen by name."},
    {"name": "runs", "description": "Work: asked for, watched, stopped, tried again."},
    {"name": "batches", "description": "Many videos at once."},
    {"name": "artifacts", "description": "Stored files."},
    {"name": "shares", "description": "Links that open a video without login."},
    {"name": "account", "description": "Who asks."},
]
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token: `troupe tokens create`."},
    "run": {"type": "http", "scheme": "bearer", "description": "The token of one run, for what works on it."},
}
_OPEN = ("get_share", "get_shared_video")
_OF_RUN = ("post_run_event",)


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The description of all routes, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        components = made.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(unused, None)
        components["securitySchemes"] = _SECURITY
        for path in made["paths"].values():
            for operation in path.values():
                name = operation.get("operationId")
                operation["responses"].pop("422", None) if _is_default(operation) else None
                operation["security"] = _security(app, name)
        app.openapi_schema = made
    return app.openapi_schema


def _security(app: FastAPI, name: str) -> list[dict[str, list[str]]]:
    """What a route asks for: on loopback without login, nothing but the tokens of runs."""
    if name in _OF_RUN:
        return [{"run": []}]
    login = app.state.context.settings.authentication != "none"
    return [{"token": []}] if login and name not in _OPEN else []


def _is_default(operation: dict[str, Any]) -> bool:
    """FastAPI adds its own 422 to every route with parameters; here such a request is a 400."""
    content = operation["responses"].get("422", {}).get("content", {})
    return "HTTPValidationError" in str(content.get("application/json", ""))
