"""The gate before all routes: who asks is found out here, once, and what is not expressly public is closed.

A new route is closed without a word in its code; see `_public`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from components.core.errors import TroupeError
from serving.orchestrator.api.problems import refusal
from serving.orchestrator.authentication.asker import LOCAL, admit, unknown
from serving.orchestrator.authentication.binding import Names
from serving.orchestrator.authentication.cookie import Cookies
from serving.orchestrator.authentication.headers import SecurityHeaders
from serving.orchestrator.authentication.keyring import Keyring
from serving.orchestrator.authentication.origin import SAFE, check_origin, origin_of
from serving.orchestrator.authentication.rate import Rate
from serving.orchestrator.context import Context, Principal
from serving.orchestrator.intake.body import limited
from serving.orchestrator.services.tokens import PREFIX, digest

PROBES = ("/livez", "/readyz")
_LOGIN = ("/login", "/login/start", "/login/return", "/logout")
_API = "/api/"
_FILES = "/static/"
_OPEN = (_FILES, "/share/", "/api/v1/shares/")
"""Files of the page itself, and what has a signed link."""
_OF_RUN = re.compile(r"/api/v1/runs/[0-9a-z]+/events")
"""Posted to with the token of one run, which the route checks."""
_FIGURES = "/metrics"
_PEOPLE = frozenset(("read", "write"))
"""What somebody may do who logged in to the page with OIDC."""


def guard(app: FastAPI, context: Context) -> None:
    """Put the gate before an application; proxies that are trusted say who came to them.

    Args:
        app: whose routes are guarded; middleware added later is outside.
        context: settings, database and secret.
    """
    keyring = Keyring(context)
    cookies = Cookies(context.settings, context.secret)
    context.extras.update(keyring=keyring, cookies=cookies)
    app.add_middleware(Gate, context=context, keyring=keyring, cookies=cookies)
    if context.settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(context.settings.trusted_proxies))


class Gate:
    """ASGI middleware that lets a request through, knowing who asks, or refuses it.

    Args:
        app: what is behind.
        context: settings.
        keyring: the valid tokens.
        cookies: reads logins.
    """

    def __init__(self, app: ASGIApp, context: Context, keyring: Keyring, cookies: Cookies) -> None:
        settings = context.settings
        self._app, self._keyring, self._cookies = app, keyring, cookies
        self._needed = settings.authentication != "none"
        self._names, self._headers = Names(settings), SecurityHeaders(settings)
        self._rate = Rate(settings.rate_per_minute if self._needed else 0)
        self._known, self._public_origin = settings.cors_origins, origin_of(settings.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or refuse it."""
        if scope["type"] == "websocket":  # there is none; one that is added has to be let through here first
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = self._headers.on(send)
        headers = dict(scope["headers"])
        try:
            who = await self._admitted(scope, headers)
        except TroupeError as error:
            await (await self._refused(scope, headers, error))(scope, receive, send)
            return
        if who is None and self._needed and scope["path"] not in PROBES:
            send = self._counting_failures(scope, send)
        await self._app(scope, limited(scope, receive), send)

    async def _admitted(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Principal | None:
        """Who may pass; None where nobody in particular asks for what everybody may have."""
        path, method = scope["path"], scope["method"]
        if method in SAFE and (path in PROBES or path.startswith(_FILES)):
            return None  # tells nothing of anybody; a cluster's probes ask by number, a page for many files at once
        scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        bearer = secret.strip() if scheme.lower() == "bearer" else ""
        of_run = method == "POST" and _OF_RUN.fullmatch(path) is not None
        if self._needed and bearer and not of_run:  # no page can make a browser send this: it comes from a program
            who: Principal | None = await self._of_token(scope, bearer)
        else:
            if not (bearer and of_run):
                self._check_browser(scope, headers)
            who = (await self._of_cookie(headers) if self._needed else LOCAL) if not of_run else None
        if who is None:
            if not (of_run or _public(method, path)):
                raise unknown()
            if self._needed:
                self._rate.check(_address(scope))
            return None
        if self._needed:
            self._rate.take(f"owner {who.owner}")
            if not _public(method, path):
                _check_scope(who, method, path)
        admit(scope, who)
        return who

    async def _of_token(self, scope: Scope, token: str) -> Principal:
        """Whose API token it is; one that opens nothing is counted against the address that it came from."""
        sign = digest(token)
        key = self._keyring.remembered(sign)
        if key is None:
            self._rate.check(_address(scope))
            key = await self._keyring.look_up(sign) if token.startswith(PREFIX) else None
            if key is None:
                self._rate.take(_address(scope))
                raise TroupeError("not_authenticated", "This token is unknown, over or revoked; ask for a new one.")
        return key.principal

    async def _of_cookie(self, headers: Mapping[bytes, bytes]) -> Principal | None:
        cookie = cookie_parser(headers.get(b"cookie", b"").decode("latin-1")).get(self._cookies.name)
        login = self._cookies.read(cookie) if cookie else None
        if login is None:
            return None
        if not login.token:
            return Principal(login.owner, _PEOPLE, login.label)
        key = self._keyring.remembered(login.token) or await self._keyring.look_up(login.token)
        return key.principal if key is not None else None

    def _check_browser(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Refuse what another site makes a browser send, by a name of its own or by a form that points here."""
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._names.permits(host):
            raise TroupeError(
                "not_permitted",
                f"This server is not called {host[:100]!r}; if it shall be, set TROUPE_PUBLIC_URL.",
                host=host[:100],
            )
        if scope["method"] not in SAFE:
            own = (f"{scope.get('scheme', 'http')}://{host}", self._public_origin)
            # A page's forms are sent by browsers, all of which say where from; programs use the API, and no cookie.
            of_page = not scope["path"].startswith(_API)
            has_cookie = self._cookies.name.encode() in headers.get(b"cookie", b"")
            check_origin(headers, own, self._known, needed=of_page or has_cookie)

    def _counting_failures(self, scope: Scope, send: Send) -> Send:
        """Guesses of links, logins and tokens of runs count against the address that they come from."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (401, 403, 404, 410):
                with contextlib.suppress(TroupeError):  # the next request is refused
                    self._rate.take(_address(scope))
            await send(message)

        return sending

    async def _refused(self, scope: Scope, headers: Mapping[bytes, bytes], error: TroupeError) -> Response:
        person = scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b"")
        if error.code == "not_authenticated" and person and not scope["path"].startswith("/api/"):
            query = scope.get("query_string", b"").decode("latin-1")
            here = scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(f"/login?next={quote(here, safe='')}", 303)
        return await refusal(Request(scope), error)


def _public(method: str, path: str) -> bool:
    """Whether everybody may have it."""
    return path in _LOGIN or (method in SAFE and path.startswith(_OPEN))


def _check_scope(who: Principal, method: str, path: str) -> None:
    wanted = "admin" if path == _FIGURES else "read" if method in SAFE else "write"
    if wanted not in who.scopes:
        raise TroupeError("not_permitted", f"This needs a token with the scope {wanted}.", scope=wanted)


def _address(scope: Scope) -> str:
    """What requests of nobody in particular are counted by: an IPv6 network of 64 bits belongs to one subscriber."""
    host = client[0] if (client := scope.get("client")) else ""
    if ":" in host:
        with contextlib.suppress(ValueError):
            host = str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))
    return f"address {host}"
