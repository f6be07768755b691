"""The proxy of one fetching process: resolves, checks and connects for it, and counts."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from components.core import TroupeError
from components.ingest.address import Resolve, Target, checked_target, system_addresses
from components.ingest.failures import too_large, unreachable
from components.ingest.fetching.exchange import Exchange
from components.ingest.fetching.way_out import DENIED, GRANTED
from components.ingest.limits import FetchSettings

CONNECTIONS_AT_ONCE = 32
CONNECTIONS_IN_ALL = 5000
"""A clip of half an hour in pieces of two seconds, picture and sound apart, asks for 1800."""
_BESIDE = 64 * 1024**2
"""Bytes that pages and encryption may take beside the video itself."""
_MOST_SENT = 16 * 1024**2
_CONNECT_SECONDS = 15.0
_HEAD_SECONDS = 10.0
_IDLE_BEYOND = 5.0
"""Seconds after the limit on silence: whoever watches the transfer gives it up first, and can say why."""


class Proxy:
    """The only way out of a process that fetches; a context manager.

    It speaks HTTP as proxies do (absolute form, CONNECT), but listens on no port: connections are made in pairs and one
    end is handed to the process over `channel`, so that nobody else on the machine can use it, and the process needs no
    socket of its own. Every request, and so every redirect, is checked by `checked_target`, and the connection goes to
    the addresses that it checked.

    Args:
        url: that the process is to fetch, for messages.
        settings: limits, ports and networks.
        resolve: how names become addresses.

    Attributes:
        channel: the end for the process (see `WayOut`).
        done: bytes that came from sites.
        failure: why the last exchange that failed did, or None.
    """

    def __init__(self, url: str, settings: FetchSettings, resolve: Resolve = system_addresses) -> None:
        self.done = 0
        self.failure: TroupeError | None = None
        self._url = url
        self._settings = settings
        self._resolve = resolve
        self._deadline = time.monotonic() + settings.max_fetch_seconds
        self._sent = 0
        self._granted = 0
        self._open: set[Exchange] = set()
        self._closed = False
        self._lock = threading.Lock()
        self._own, self.channel = socket.socketpair()
        self._thread = threading.Thread(target=self._listen, daemon=True, name="fetch-proxy")

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Cut all connections; none is made any more."""
        with self._lock:
            self._closed = True
            exchanges = list(self._open)
        with contextlib.suppress(OSError):
            self._own.shutdown(socket.SHUT_RDWR)
        for exchange in exchanges:
            exchange.stop()
        self._own.close()
        self.channel.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while self._own.recv(1):
                self._grant()

    def _grant(self) -> None:
        with self._lock:
            free = not self._closed and len(self._open) < CONNECTIONS_AT_ONCE and self._granted < CONNECTIONS_IN_ALL
            if not free:
                self.failure = unreachable(self._url, "it needs too many connections", "connections")
                self._own.sendall(DENIED)
                return
            self._granted += 1
            inner, given = socket.socketpair()
            exchange = Exchange(
                inner,
                self,
                head_seconds=min(_HEAD_SECONDS, self._settings.stall_seconds),
                connect_seconds=min(_CONNECT_SECONDS, self._settings.stall_seconds),
                idle_seconds=self._settings.stall_seconds + _IDLE_BEYOND,
                deadline=self._deadline,
            )
            self._open.add(exchange)
            exchange.start()
        with given:
            socket.send_fds(self._own, [GRANTED], [given.fileno()])

    def target(self, url: str) -> Target:
        """See Rules."""
        settings = self._settings
        return checked_target(url, ports=settings.ports, networks=settings.private_networks, resolve=self._resolve)

    def received(self, count: int) -> None:
        """See Rules."""
        with self._lock:
            self.done += count
            if self.done > self._settings.max_bytes + _BESIDE:
                raise too_large(self._url, self.done, self._settings.max_bytes)

    def sent(self, count: int) -> None:
        """See Rules."""
        with self._lock:
            self._sent += count
            if self._sent > _MOST_SENT:
                raise unreachable(self._url, "it asks for more than fetching needs to send", "connections")

    def failed(self, error: TroupeError) -> None:
        """See Rules."""
        with self._lock:
            self.failure = error

    def ended(self, exchange: Exchange) -> None:
        """See Rules."""
        with self._lock:
            self._open.discard(exchange)
