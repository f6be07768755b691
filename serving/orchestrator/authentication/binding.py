"""Where a server may listen, and what it may be called."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from components.core.errors import TroupeError
from serving.orchestrator.settings import OrchestratorSettings

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


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
    public = urlsplit(settings.public_url)
    if settings.public_url and (public.scheme not in ("http", "https") or not public.hostname):
        raise _refused("TROUPE_PUBLIC_URL", settings.public_url, "must be an address as https://troupe.example.org")
    if settings.authentication == "none":
        if not is_loopback(settings.host):
            raise _refused(
                "TROUPE_HOST", settings.host,
                "can be reached by others: set TROUPE_AUTHENTICATION to tokens or oidc, or listen on 127.0.0.1",
            )  # fmt: skip
        if public.hostname and not is_loopback(public.hostname):
            raise _refused(
                "TROUPE_PUBLIC_URL", settings.public_url,
                "says that others reach this server: set TROUPE_AUTHENTICATION to tokens or oidc",
            )  # fmt: skip
    if settings.authentication == "oidc":
        for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret"):
            if not str(getattr(settings, name)):  # of a secret str() shows nothing but whether it is set
                raise _refused(f"TROUPE_{name.upper()}", "", "is needed for TROUPE_AUTHENTICATION=oidc")
        if not settings.public_url and not is_loopback(settings.host):
            raise _refused("TROUPE_PUBLIC_URL", "", "is needed: the issuer sends people back to it")
        issuer = urlsplit(settings.oidc_issuer)
        if issuer.scheme != "https" and not is_loopback(issuer.hostname or ""):
            raise _refused("TROUPE_OIDC_ISSUER", settings.oidc_issuer, "must be an https address")


def _refused(setting: str, value: str, why: str) -> TroupeError:
    return TroupeError("invalid_setting", f"{setting}={value} {why}.", setting=setting, value=value)


class Names:
    """Names by which this server may be asked.

    A page of another site can have its own name point to 127.0.0.1 (DNS rebinding) and is then, for the browser, of
    the same origin as this server; the name in the Host header gives it away.

    Args:
        settings: host, public_url and whether there is a login.
    """

    def __init__(self, settings: OrchestratorSettings) -> None:
        public = urlsplit(settings.public_url).hostname
        known = {*_LOOPBACK_NAMES, settings.host.lower(), *([public] if public else [])}
        # Where one has to log in and no name was given, any will do: the login of this server is not known to the
        # browser under a name that it never logged in to.
        self._known = None if settings.authentication != "none" and not public else frozenset(known)

    def permits(self, host: str) -> bool:
        """Whether a Host header, with or without a port, names this server."""
        if self._known is None:
            return True
        name = host.lower()
        if name.startswith("["):
            name = name[1:].partition("]")[0]
        elif name.count(":") == 1:
            name = name.partition(":")[0]
        return name.rstrip(".") in self._known
