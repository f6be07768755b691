"""Logging in to the page: with an account elsewhere (OIDC), or with an API token; and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from components.core.errors import TroupeError
from serving.orchestrator.api.problems import STATUSES
from serving.orchestrator.authentication.cookie import Cookies, Login
from serving.orchestrator.authentication.keyring import Keyring
from serving.orchestrator.context import Context, context_of
from serving.orchestrator.pages.incoming import received
from serving.orchestrator.pages.rendering import page
from serving.orchestrator.services.tokens import digest

_UNDER_WAY = 600
"""Seconds that somebody may take at the issuer."""


def mount_login(app: FastAPI, context: Context) -> None:
    """Add the routes of a server's login.

    Args:
        app: to which they are added.
        context: settings, secret, and the keyring and cookies of the gate.
    """
    settings = context.settings
    cookies: Cookies = context.extras["cookies"]
    keyring: Keyring = context.extras["keyring"]
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    def login(request: Request) -> Response:
        """Where one logs in; without a login there is nothing to do."""
        if settings.authentication == "none":
            return RedirectResponse(_inside(request.query_params.get("next", "")), 303)
        return _page(request)

    @router.post("/login")
    async def with_token(request: Request) -> Response:
        """Log in with an API token."""
        async with received(request) as form:
            token, target = form.text("token"), _inside(form.text("next"))
        key = await keyring.look_up(digest(token)) if token else None
        if key is None:
            problem = TroupeError("not_authenticated", "This token is unknown, over or revoked; ask for a new one.")
            return _page(request, problem, target)
        answer = RedirectResponse(target, 303)
        cookies.give(answer, Login(key.principal.owner, key.principal.label, key.id))
        return answer

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        """Log out of this browser."""
        answer = RedirectResponse("/login" if settings.authentication != "none" else "/", 303)
        cookies.take(answer)
        return answer

    app.include_router(router)
    if settings.authentication == "oidc":
        _mount_oidc(app, context, cookies)


def _mount_oidc(app: FastAPI, context: Context, cookies: Cookies) -> None:
    from serving.orchestrator.authentication.oidc import Issuer  # its library takes a while to load

    issuer = Issuer(context.settings)

    async def start(request: Request) -> Response:
        target = _inside(request.query_params.get("next", ""))
        back = (context.settings.public_url or str(request.base_url)).rstrip("/") + "/login/return"
        answer = await issuer.begin(request, back)
        request.session["next"] = target
        return answer

    async def back(request: Request) -> Response:
        target = _inside(request.session.get("next", ""))
        login = await issuer.finish(request)
        request.session.clear()
        answer = RedirectResponse(target, 303)
        cookies.give(answer, login)
        return answer

    # What the two routes have to remember of one another: state, nonce and PKCE's secret, signed, for ten minutes.
    meanwhile = Middleware(
        SessionMiddleware, secret_key=f"troupe oidc {context.secret}", session_cookie="troupe_oidc", path="/login",
        max_age=_UNDER_WAY, same_site="lax", https_only=cookies.secure,
    )  # fmt: skip
    for path, endpoint in (("/login/start", start), ("/login/return", back)):
        app.router.routes.append(Route(path, endpoint, methods=["GET"], middleware=[meanwhile]))


def _page(request: Request, problem: TroupeError | None = None, target: str = "") -> Response:
    values: dict[str, Any] = {"next": target or _inside(request.query_params.get("next", "")), "problem": problem}
    values["oidc"] = context_of(request).settings.authentication == "oidc"
    values["start"] = f"/login/start?next={quote(values['next'], safe='')}"
    return page(request, "login.html", status=200 if problem is None else STATUSES[problem.code], **values)


def _inside(address: str) -> str:
    """An address of this server to go on with; anything else is the front page (no open redirect)."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\", "/login", "/logout"))
    return address if plain and address.isprintable() and "\\" not in address and len(address) <= 2000 else "/"
