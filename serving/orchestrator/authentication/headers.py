"""What every answer tells the browser to forbid (OWASP HTTP Headers Cheat Sheet)."""

from __future__ import annotations

from starlette.types import Message, Send

from serving.orchestrator.settings import OrchestratorSettings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing from elsewhere, no script or style within the page, shown in nobody's frame."""
_YEAR = 365 * 86_400


class SecurityHeaders:
    """The headers of every answer; what a route sets itself stays.

    Args:
        settings: public_url: with https it stays with https.
    """

    def __init__(self, settings: OrchestratorSettings) -> None:
        values = {
            "content-security-policy": POLICY,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "cross-origin" if settings.cors_origins else "same-origin",
            "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
            # Not no-referrer: with it browsers send the Origin of the page's own forms as null.
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }
        if settings.public_url.startswith("https://"):
            values["strict-transport-security"] = f"max-age={_YEAR}"
        self._headers = [(name.encode(), value.encode()) for name, value in values.items()]

    def on(self, send: Send) -> Send:
        """The same, with the headers."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", [])
                present = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(h for h in self._headers if h[0] not in present)]
            await send(message)

        return sending
