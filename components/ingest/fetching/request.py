"""What is asked of the proxy: the head of an HTTP request, in absolute form or CONNECT (RFC 9110, 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from components.core import TroupeError
from components.ingest.address import refused

MOST_BYTES = 64 * 1024
"""Of a head; browsers and servers stop at 8 to 64 KiB."""

_LINE = re.compile(rb"([A-Z]{3,10}) ([\x21-\x7e]{1,8192}) HTTP/1\.[01]\Z")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}):[ \t]*([\x20-\x7e\t\x80-\xff]*)\Z")
_METHODS = (b"GET", b"HEAD", b"POST", b"CONNECT")
_KEPT_BACK = frozenset(
    (b"host", b"connection", b"proxy-connection", b"keep-alive", b"te", b"trailer", b"upgrade",
     b"authorization", b"proxy-authorization", b"proxy-authenticate", b"forwarded", b"via", b"x-forwarded-for")
)  # fmt: skip
"""Fields between us and the proxy alone, and credentials, which have no place in plain HTTP."""


@dataclass(frozen=True)
class Request:
    """Where to connect, and what is passed on.

    Attributes:
        url: the address asked for; of CONNECT, that of the host.
        tunnel: CONNECT: the bytes that follow are passed on as they are.
        method: GET, HEAD, POST or CONNECT.
        fields: lines of the head that are passed on (bytes).
    """

    url: str
    tunnel: bool
    method: bytes
    fields: tuple[bytes, ...]

    def head(self, host: str, path: str) -> bytes:
        """The head as the site gets it.

        Args:
            host: for the Host field, with its port where that is not 80.
            path: and query.
        """
        lines = [b"%s %s HTTP/1.1" % (self.method, path.encode()), b"Host: " + host.encode(), *self.fields]
        return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def parse(head: bytes) -> Request:
    """Read the head of a request, strictly.

    Args:
        head: all up to the empty line, without it.

    Raises:
        TroupeError: url_refused, where it is not one that a proxy answers.
    """
    line, *fields = head.split(b"\r\n")
    found = _LINE.match(line)
    if found is None or found[1] not in _METHODS:
        raise refused(line[:200].decode("latin-1"), "the request is malformed")
    method, target = found[1], found[2].decode("ascii")
    matched = [_FIELD.match(f) for f in fields]
    if None in matched:
        raise refused(target, "a field of the request is malformed")
    kept = tuple(m[0] for m in matched if m is not None and m[1].lower() not in _KEPT_BACK)
    if method != b"CONNECT":
        if not target.lower().startswith("http://"):
            raise refused(target, "only http is asked for in the open; https goes through CONNECT")
        return Request(target, False, method, kept)
    host, colon, port = target.rpartition(":")
    if not colon or not port.isdigit() or re.search(r"[/?#@]", host):
        raise refused(target, "CONNECT needs a host and a port")
    host = host if ":" not in host or host.startswith("[") else f"[{host}]"
    return Request(f"https://{host}/" if port == "443" else f"https://{host}:{port}/", True, method, ())


def reply(error: TroupeError) -> bytes:
    """The answer that says why a request was not passed on, with a Proxy-Status (RFC 9209)."""
    reason = error.values.get("reason")
    status, kind = {
        "no_such_host": ("502 Bad Gateway", "dns_error"),
        "timeout": ("504 Gateway Timeout", "connection_timeout"),
    }.get(str(reason), ("502 Bad Gateway", "destination_unavailable"))
    if error.code == "url_refused":
        status, kind = "403 Forbidden", "destination_ip_prohibited"
    words = error.message.encode()
    fields = f"Proxy-Status: troupe; error={kind}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close"
    return f"HTTP/1.1 {status}\r\n{fields}\r\nContent-Length: {len(words)}\r\n\r\n".encode() + words
