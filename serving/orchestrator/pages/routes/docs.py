"""The API as a page: every route with what goes in and out, drawn from the OpenAPI description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.orchestrator.pages.rendering import page

router = APIRouter(include_in_schema=False)
_METHODS = ("get", "head", "post", "put", "patch", "delete")


@router.get("/docs")
def docs(request: Request) -> Response:
    """All routes, by what they are about."""
    description = request.app.openapi()
    return page(
        request, "docs.html", groups=groups(description), text=description["info"]["description"],
        address=str(request.base_url).rstrip("/"),
    )  # fmt: skip


def groups(description: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Routes by their tag, as the template prints them: name, text, routes."""
    found: dict[str, dict[str, Any]] = {
        tag["name"]: {"name": tag["name"], "text": tag["description"], "routes": []} for tag in description["tags"]
    }
    for path, operations in description["paths"].items():
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                found[operation["tags"][0]]["routes"].append(_route(path, method, operation, description))
    return list(found.values())


def _route(path: str, method: str, operation: Mapping[str, Any], description: Mapping[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    sent = None
    if "application/json" in body:
        sent = _example(body["application/json"]["schema"], description)
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "text": operation.get("description", ""),
        "parameters": [
            {
                "name": p["name"],
                "place": p["in"],
                "needed": p.get("required", False),
                "text": p.get("description", "") or p["schema"].get("description", ""),
            }
            for p in operation.get("parameters", ())
        ],
        "file": "multipart/form-data" in body,
        "sent": sent,
        "answers": [
            {
                "status": status,
                "text": answer["description"],
                "example": _answered(answer, description) if status < "300" else None,
            }
            for status, answer in operation["responses"].items()
        ],
    }


def _answered(answer: Mapping[str, Any], description: Mapping[str, Any]) -> str | None:
    content = answer.get("content", {}).get("application/json")
    return None if content is None else _example(content["schema"], description)


def _example(schema: Mapping[str, Any], description: Mapping[str, Any]) -> str | None:
    value = _value(schema, description)
    return None if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _value(schema: Mapping[str, Any], description: Mapping[str, Any]) -> Any:
    """The example of a schema, its own or put together from those of its parts."""
    if "$ref" in schema:
        return _value(description["components"]["schemas"][schema["$ref"].rpartition("/")[2]], description)
    if "example" in schema:
        return schema["example"]
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("type") == "array":
        inner = _value(schema["items"], description)
        return None if inner is None else [inner]
    if "properties" in schema:
        return {name: _value(part, description) for name, part in schema["properties"].items()}
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], description)
    return {"string": "", "integer": 1, "number": 1.0, "boolean": True}.get(schema.get("type", ""))
