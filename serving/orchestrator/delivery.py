"""A stored file over HTTP: whole or in part, so that video seeks (RFC 9110, 13 and 14)."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from components.core.errors import TroupeError
from components.media import Storage
from serving.orchestrator.database import Artifact

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.IGNORECASE)
_SHOWN = ("image/", "video/", "audio/", "application/json")
"""What a browser may show by itself; anything else is downloaded."""
_SCRIPTED = ("image/svg+xml",)


def deliver(request: Request, storage: Storage, file: Artifact, *, download: bool = False) -> Response:
    """A file as the request asks for it.

    Args:
        request: GET or HEAD, with Range, If-Range and If-None-Match.
        storage: where it lies.
        file: its row.
        download: to be saved rather than shown.

    Raises:
        TroupeError: range_unsatisfiable.
    """
    etag = f'"{file.sha256[:32]}"'
    shown = file.media_type.startswith(_SHOWN) and file.media_type not in _SCRIPTED and not download
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": _disposition(file.filename, shown),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": etag,
        "Last-Modified": email.utils.formatdate(file.created, usegmt=True),
        "X-Content-Type-Options": "nosniff",
    }
    wanted = request.headers.get("if-none-match", "")
    if wanted.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in wanted.split(",")]:
        return Response(status_code=304, headers=headers)
    unchanged = request.headers.get("if-range", etag) in (etag, headers["Last-Modified"])
    part = _part(request.headers.get("range", ""), file.bytes) if unchanged else None
    start, length, status = 0, file.bytes, 200
    if part is not None:
        start, length, status = part[0], part[1] - part[0], 206
        headers["Content-Range"] = f"bytes {start}-{part[1] - 1}/{file.bytes}"
    headers["Content-Length"] = str(length)
    if request.method == "HEAD":
        return Response(None, status, headers, file.media_type)
    return StreamingResponse(_first(storage.read(file.key, start, length)), status, headers, file.media_type)


def _first(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks; the first is read now, so that a file that is not there is a refusal, not a broken answer."""
    head = next(blocks, b"")

    def rest() -> Iterator[bytes]:
        yield head
        yield from blocks

    return rest()


def _part(header: str, size: int) -> tuple[int, int] | None:
    """The bytes from, to (exclusive) that one range means; None: the header is absent or asks for several."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
        if int(last) == 0:
            start = size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise TroupeError("range_unsatisfiable", f"The file has {size} bytes.", bytes=size)
    return start, end


def _disposition(name: str, shown: bool) -> str:
    kind = "inline" if shown else "attachment"
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name) or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name or 'file', safe='')}"
