"""Templates and static files: what turns a view into a page."""

from __future__ import annotations

import hashlib
import math
import re
import time
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from serving.orchestrator.authentication import principal
from serving.orchestrator.context import context_of

HERE = Path(__file__).parent
STATIC = HERE / "static"
_YEAR = 365 * 86_400


def clock(seconds: float) -> str:
    """A length as people read it: 0:08.4, 1:02."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    text = f"{rest / 10:04.1f}".removesuffix(".0")
    return f"{minutes}:{text}"


def number(value: float) -> str:
    """A number without needless digits: 30, 29.97."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def left(seconds: float | None) -> str:
    """Time left as people say it: 20 seconds, 3 minutes; empty where it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 55:
        near = max(5, 5 * round(seconds / 5)) if seconds > 3 else max(1, round(seconds))
        return f"{near} second{'s' if near != 1 else ''}"
    minutes = round(seconds / 60)
    return f"{minutes} minute{'s' if minutes != 1 else ''}"


def ago(moment: float, now: float | None = None) -> str:
    """When something was, as people say it: just now, 5 minutes ago, yesterday, 3 May 2026."""
    past = (time.time() if now is None else now) - moment
    if past < 90:
        return "just now"
    for size, name, most in ((60, "minute", 60), (3600, "hour", 24), (86_400, "day", 7)):
        if past < most * size:
            count = max(1, int(past // size))
            return f"{count} {name}{'s' if count != 1 else ''} ago"
    return day(moment)


def day(moment: float) -> str:
    """A date: 3 May 2026 (UTC)."""
    parts = time.gmtime(moment)
    return f"{parts.tm_mday} {time.strftime('%B %Y', parts)}"


def named(name: str, default: str = "") -> str:
    """A file's name as people read it: without its ending, words apart ("summer_party.jpg" is "summer party")."""
    return " ".join(re.sub(r"(?i)\.[a-z]\w{1,3}$", "", name).replace("_", " ").split()) or default


@cache
def static(name: str) -> str:
    """Address of a static file with a mark of its content, so that browsers may keep it for ever.

    Where set-up did not fetch a file of others the page says nothing and works as it does without script.
    """
    file = STATIC / name
    if not file.is_file():
        return f"/static/{name}"
    return f"/static/{name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"


@cache
def environment() -> Environment:
    """The templates; every value that they print is escaped, and a name that a view lacks is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = static
    made.filters.update(clock=clock, number=number, left=left, ago=ago, named=named)
    return made


def rendered(name: str, **values: Any) -> str:
    """A template as text."""
    return environment().get_template(name).render(**values)


def page(request: Request, name: str, *, status: int = 200, place: str = "", **values: Any) -> Response:
    """A whole page.

    Args:
        request: that it answers.
        name: of the template.
        status: of the answer.
        place: home or gallery, where the page is one of them.
        values: what the template prints.
    """
    values.setdefault("refresh", False)
    values.setdefault("problem", None)
    text = rendered(name, place=place, account=account(request), **values)
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


def account(request: Request) -> str:
    """What a person who is logged in is called; empty where there is no login."""
    if context_of(request).settings.authentication == "none":
        return ""
    try:
        return principal(request).label
    except Exception:  # a page that says that one has to log in is shown to nobody in particular
        return ""


class Assets(StaticFiles):
    """Static files; an address that carries the mark of the content never changes what it gives."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, kept by browsers where its address has the mark."""
        answer = await super().get_response(path, scope)
        marked = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if marked else "no-cache"
        return answer
