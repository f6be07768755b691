"""Writes that a browser sends on behalf of another site are refused (cross-site request forgery).

The rule is that of Go's net/http CrossOriginProtection (https://go.dev/issue/73626): browsers say with Sec-Fetch-Site
(https://www.w3.org/TR/fetch-metadata/) or with Origin where a request comes from, and a script cannot change either.
It needs no token in forms, which a page kept open over a restart of the server would carry in vain. What a browser
sends for a page's form has one of the two (Chrome, Firefox, Safari: Origin with every POST, for years): without both a
form, or anything with a login's cookie, is refused; see `Gate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from components.core.errors import TroupeError

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


def check_origin(
    headers: Mapping[bytes, bytes], own: Iterable[str], known: Iterable[str] = (), *, needed: bool = False
) -> None:
    """Refuse a write that another site began.

    Args:
        headers: of the request, names in lower case.
        own: origins (https://host:port) of this server.
        known: origins of other sites that may write.
        needed: whether a request that does not say where it comes from is refused too. A browser always says so;
            a program does not, and cannot be made to act by a page.

    Raises:
        TroupeError: not_permitted.
    """
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    site = headers.get(b"sec-fetch-site", b"").decode("latin-1")
    if origin and origin in {o.lower().rstrip("/") for o in known}:
        return
    if site:
        if site not in ("same-origin", "none"):
            raise _foreign(origin)
    elif origin:
        if origin not in {o.lower().rstrip("/") for o in own}:
            raise _foreign(origin)
    elif needed:
        raise _foreign("")


def origin_of(address: str) -> str:
    """scheme://host[:port] of an address; empty for none."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _foreign(origin: str) -> TroupeError:
    return TroupeError(
        "not_permitted", "This was sent from another site; open Troupe itself and do it there.", origin=origin
    )
