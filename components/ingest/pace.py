"""When a transfer is given up."""

from __future__ import annotations

import time

from components.ingest.failures import unreachable
from components.ingest.limits import FetchSettings

_LEAST = 1000
"""Bytes a second that a transfer has to bring on average over settings.stall_seconds."""


class Pace:
    """Watches the bytes of one transfer; it begins when this is made."""

    def __init__(self, url: str, settings: FetchSettings) -> None:
        self._url = url
        self._settings = settings
        self._deadline = time.monotonic() + settings.max_fetch_seconds
        self._since, self._had = time.monotonic(), 0

    def begin_again(self, done: int) -> None:
        """Count silence from now on, after a time in which nothing had to come; the deadline stays."""
        self._since, self._had = time.monotonic(), done

    def check(self, done: int) -> None:
        """Raise url_unreachable where too few bytes came for too long, or all of it takes too long."""
        now = time.monotonic()
        if now > self._deadline:
            raise unreachable(
                self._url, f"it takes longer than {self._settings.max_fetch_seconds:.0f} seconds", "too_slow"
            )
        window = self._settings.stall_seconds
        if now - self._since > window:
            if done == self._had:
                raise unreachable(self._url, f"nothing came for {window:.0f} seconds", "timeout")
            if done - self._had < _LEAST * window:
                raise unreachable(self._url, f"it sends less than {_LEAST} bytes a second", "too_slow")
            self._since, self._had = now, done
