"""multipart/form-data straight into a file: nothing is held in memory, and what is too large is cut off at once."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from components.core.errors import TroupeError
from serving.orchestrator.database import new_id
from serving.orchestrator.intake.body import streamed

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_FIELD = 64 * 1024
_MOST_FIELDS = 50
_MOST_HEADERS = 16 * 1024


@dataclass
class Received:
    """What a form brought.

    Attributes:
        file: where the uploaded file lies; None: the form had none. Whoever received it deletes it.
        name: what the uploader calls the file, as sent: never a path.
        fields: the other fields of the form.
    """

    file: Path | None = None
    name: str = ""
    fields: dict[str, str] = field(default_factory=dict)


async def receive(request: Request, folder: Path, limit: int, part: str = "file") -> Received:
    """Take a form with at most one file from a request's body.

    Args:
        request: multipart/form-data.
        folder: where the file goes.
        limit: bytes of the file.
        part: name of the file's field.

    Raises:
        TroupeError: invalid_request, file_too_large, disk_full.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise TroupeError(
            "invalid_request", f"Send the file as multipart/form-data in the field {part!r}.", field="content-type"
        )
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit + _MOST_FIELDS * _MOST_FIELD:
        raise too_large(limit)
    streamed(request)
    folder.mkdir(parents=True, exist_ok=True)
    form = _Form(folder, limit, part)
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
        if not form.ended:
            raise TroupeError("invalid_request", "The form is cut off; send it again.", field="body")
    except BaseException as error:
        form.close()
        if form.received.file is not None:
            form.received.file.unlink(missing_ok=True)
        if isinstance(error, MultipartParseError):
            raise TroupeError("invalid_request", "The form is malformed; send it again.", field="body") from error
        if isinstance(error, ClientDisconnect):
            raise TroupeError("invalid_request", "The upload broke off.", field="body") from error
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TroupeError("disk_full", "The server's disk is full; try again when there is space.") from error
        raise
    form.close()
    return form.received


def too_large(limit: int) -> TroupeError:
    """The refusal of a file that is larger than permitted."""
    return TroupeError(
        "file_too_large", f"The file is larger than the limit of {limit / 1e6:g} MB; cut or compress it.", limit=limit
    )


class _Form:
    """What the parser tells, part by part."""

    def __init__(self, folder: Path, limit: int, part: str) -> None:
        self.received = Received()
        self.ended = False
        self._folder, self._limit, self._part = folder, limit, part
        self._handle: IO[bytes] | None = None
        self._bytes = 0
        self._header = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._field = b""

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header,
            "on_header_value": self._on_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finished,
        }

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _begin(self) -> None:
        self._headers, self._name, self._field = {}, "", b""

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._check_header()

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._header) + len(self._value) > _MOST_HEADERS or len(self._headers) > _MOST_FIELDS:
            raise TroupeError("invalid_request", "A part of the form has too long a header.", field="body")

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b"").decode("latin-1"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if self._name == self._part and filename is not None:
            if self.received.file is not None:
                raise TroupeError("invalid_request", "Send one file at a time.", field=self._part)
            self.received.name = filename.decode("latin-1").encode("latin-1").decode("utf-8", "replace")
            self.received.file = self._folder / new_id()
            self._handle = self.received.file.open("wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._handle is not None:
            self._bytes += end - start
            if self._bytes > self._limit:
                raise too_large(self._limit)
            self._handle.write(data[start:end])
            return
        self._field += data[start:end]
        if len(self._field) > _MOST_FIELD:
            raise TroupeError("invalid_request", f"The field {self._name[:50]!r} is too long.", field=self._name[:50])

    def _end(self) -> None:
        if self._handle is not None:
            self.close()
        elif self._name:
            if len(self.received.fields) >= _MOST_FIELDS:
                raise TroupeError("invalid_request", "The form has too many fields.", field="body")
            self.received.fields[self._name[:200]] = self._field.decode("utf-8", "replace")

    def _finished(self) -> None:
        self.ended = True
