"""Who asks: what the gate found out, for the routes behind it."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import Scope

from components.core.errors import TroupeError
from serving.orchestrator.context import Principal

LOCAL = Principal("local", label="You")
"""Everybody, where no login is needed."""
_KEY = "troupe.principal"


def admit(scope: Scope, who: Principal) -> None:
    """Tell the routes who asks."""
    scope[_KEY] = who


def principal(connection: HTTPConnection) -> Principal:
    """Who asks.

    Raises:
        TroupeError: not_authenticated.
    """
    found: Principal | None = connection.scope.get(_KEY)
    if found is None:
        raise unknown()
    return found


def unknown() -> TroupeError:
    """The refusal of somebody who did not say who they are."""
    return TroupeError("not_authenticated", "Log in, or send a token: Authorization: Bearer <token>.")
