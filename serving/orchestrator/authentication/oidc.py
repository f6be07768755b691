"""Logging in with OpenID Connect: authorization code with PKCE, state and nonce (openid-connect-core-1_0)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.starlette_client import OAuth  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from components.core.errors import TroupeError
from serving.orchestrator.authentication.cookie import Login
from serving.orchestrator.settings import OrchestratorSettings

_LONGEST = 200
_PATIENCE = 10.0
"""Seconds that the issuer may take for an answer."""

log = logging.getLogger(__name__)


class Issuer:
    """Who logs people in.

    Args:
        settings: oidc_issuer, oidc_client_id, oidc_client_secret, oidc_allowed.
    """

    def __init__(self, settings: OrchestratorSettings) -> None:
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._allowed = tuple(entry.lower() for entry in settings.oidc_allowed)
        self._client: Any = OAuth().register(
            "oidc",
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": _PATIENCE,
            },
        )

    async def begin(self, request: Request, back: str) -> Response:
        """Send somebody to the issuer; what has to be the same when they come back is kept in `request.session`.

        Args:
            request: with a session.
            back: address to which the issuer sends them.

        Raises:
            TroupeError: storage_unreachable: the issuer does not answer.
        """
        try:
            answer: Response = await self._client.authorize_redirect(request, back)
        except (httpx.HTTPError, ValueError, KeyError, RuntimeError) as error:
            log.warning("the OIDC issuer %s does not answer: %s", self._issuer, error)
            raise self._silent() from error
        return answer

    async def finish(self, request: Request) -> Login:
        """Who came back.

        Raises:
            TroupeError: not_authenticated (not logged in there, or the answer is not one to a question of this
                browser), not_permitted (not among those who may), storage_unreachable.
        """
        try:
            token = await self._client.authorize_access_token(request)
            metadata = await self._client.load_server_metadata()
            claims = await self._claims(token, metadata)
        except httpx.HTTPError as error:
            log.warning("the OIDC issuer %s does not answer: %s", self._issuer, error)
            raise self._silent() from error
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            log.info("a login was refused: %s", error)
            raise TroupeError("not_authenticated", "The login did not work or took too long; try again.") from error
        if not claims.get("sub") or str(metadata.get("issuer", "")).rstrip("/") != self._issuer:
            raise TroupeError("not_authenticated", "The login service did not say who you are; try again.")
        self._check(claims)
        label = next((str(claims[n]) for n in ("name", "preferred_username", "email") if claims.get(n)), "You")
        return Login(owner_of(str(claims["sub"])), label)

    async def _claims(self, token: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
        """What the issuer says of somebody: signed in the ID token, and where it keeps their name, asked for there."""
        claims = dict(token.get("userinfo") or {})
        if claims.get("sub") and metadata.get("userinfo_endpoint") and not {"name", "email"} <= claims.keys():
            more = dict(await self._client.userinfo(token=token))
            if more.get("sub") == claims["sub"]:  # openid-connect-core-1_0, 5.3.2: else it is somebody else's
                claims = more | claims
        return claims

    def _check(self, claims: Mapping[str, Any]) -> None:
        if not self._allowed:
            return
        mail = str(claims.get("email") or "").lower()
        confirmed = claims.get("email_verified") in (True, "true")
        if not confirmed or (mail not in self._allowed and f"@{mail.rpartition('@')[2]}" not in self._allowed):
            raise TroupeError("not_permitted", "You are logged in, but not among those who may use this server.")

    def _silent(self) -> TroupeError:
        return TroupeError("storage_unreachable", "The login service does not answer; try again in a moment.")


def owner_of(subject: str) -> str:
    """The owner that a subject of the issuer is: the same every time, and never one of another kind of login."""
    if len(subject) > _LONGEST or not subject.isascii() or not subject.isprintable() or " " in subject:
        subject = hashlib.sha256(subject.encode()).hexdigest()
    return f"oidc:{subject}"
