"""Forms with a file, as OpenAPI describes them: they are streamed, so no parameter of a route says it."""

from __future__ import annotations

from typing import Any

FILE_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
