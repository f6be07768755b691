"""Forms that arrive: one with a file is streamed to the disk, any other is small."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request

from components.core.errors import TroupeError
from serving.orchestrator.context import context_of
from serving.orchestrator.intake.receive import Received, receive

_MOST_BYTES = 100_000
_MOST_FIELDS = 200


@dataclass
class Form:
    """A form.

    Attributes:
        fields: values by name.
        upload: the file that came with it.
    """

    fields: dict[str, list[str]] = field(default_factory=dict)
    upload: Received | None = None

    def text(self, name: str, default: str = "") -> str:
        """The first value of a field."""
        return self.fields.get(name, [default])[0].strip()

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return self.fields.get(name, [])

    def ticked(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return name in self.fields

    def number(self, name: str, default: float) -> float:
        """A field as a number.

        Raises:
            TroupeError: invalid_setting.
        """
        text = self.text(name).replace(",", ".")
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e9:
            raise TroupeError("invalid_setting", f"{name} must be a number, not {text[:40]!r}.", setting=name)
        return value


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Form]:
    """A form of either encoding; the file that it brought is gone afterwards.

    Raises:
        TroupeError: file_too_large, disk_full, invalid_request.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        yield await _plain(request)
        return
    context = context_of(request)
    upload = await receive(request, context.uploads, context.settings.max_upload_bytes)
    if upload.file is not None and not upload.file.stat().st_size:  # a field for a file that was left empty
        upload.file.unlink()
        upload.file = None
    try:
        fields = {name: [value] for name, value in upload.fields.items()}
        yield Form(fields, upload if upload.file is not None else None)
    finally:
        if upload.file is not None:
            with contextlib.suppress(FileNotFoundError):
                upload.file.unlink()


async def _plain(request: Request) -> Form:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise TroupeError("file_too_large", "The form is larger than any that these pages send.", limit=_MOST_BYTES)
    try:
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise TroupeError("invalid_request", "The form cannot be read; send it again.", field="body") from error
