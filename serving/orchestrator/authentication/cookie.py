"""Who is logged in to the page: a signed cookie, so that any replica with the same secret knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import Response

from serving.orchestrator.settings import OrchestratorSettings


@dataclass(frozen=True)
class Login:
    """A login.

    Attributes:
        owner: whose objects are seen.
        label: what the page calls them.
        token: id of the API token that they logged in with; empty for OIDC. A revoked one ends the login.
    """

    owner: str
    label: str
    token: str = ""


class Cookies:
    """Reads and writes the cookie of a login.

    Args:
        settings: public_url (https makes it Secure) and session_hours.
        secret: signs it.
    """

    def __init__(self, settings: OrchestratorSettings, secret: str) -> None:
        self.secure = settings.public_url.startswith("https://")
        # __Host-: browsers take it from this very host alone, over https, for all its paths (RFC 6265bis, 4.1.3).
        self.name = "__Host-troupe" if self.secure else "troupe_login"
        self._seconds = round(settings.session_hours * 3600)
        self._signer = URLSafeTimedSerializer(secret, salt="troupe login 1")

    def read(self, value: str) -> Login | None:
        """The login of a cookie; None where it is altered, too old, or of another form."""
        try:
            found: Any = self._signer.loads(value, max_age=self._seconds)
        except (BadSignature, ValueError):
            return None
        return Login(*found) if isinstance(found, list) and len(found) == 3 else None

    def give(self, response: Response, login: Login) -> None:
        """Log somebody in with this response."""
        value = self._signer.dumps([login.owner, login.label[:100], login.token])
        response.set_cookie(
            self.name, str(value), max_age=self._seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def take(self, response: Response) -> None:
        """Log them out."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")
