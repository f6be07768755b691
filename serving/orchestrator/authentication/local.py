"""The one owner of a server that only this machine can reach."""

from __future__ import annotations

import ipaddress

from starlette.requests import HTTPConnection

from components.core.errors import TroupeError
from serving.orchestrator.context import Principal
from serving.orchestrator.settings import OrchestratorSettings

LOCAL = Principal("local", label="You")


def principal(connection: HTTPConnection) -> Principal:
    """Who asks: on loopback without login everybody is the owner "local"."""
    del connection
    return LOCAL


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(settings: OrchestratorSettings) -> None:
    """Refuse to listen where strangers could ask without saying who they are.

    Raises:
        TroupeError: invalid_setting.
    """
    if settings.authentication == "none":
        if is_loopback(settings.host):
            return
        raise TroupeError(
            "invalid_setting",
            f"TROUPE_HOST={settings.host} can be reached by others: set TROUPE_AUTHENTICATION, or listen on 127.0.0.1.",
            setting="TROUPE_HOST", value=settings.host,
        )  # fmt: skip
    raise TroupeError(
        "invalid_setting", f"TROUPE_AUTHENTICATION={settings.authentication} is not available in this version.",
        setting="TROUPE_AUTHENTICATION", value=settings.authentication,
    )  # fmt: skip
