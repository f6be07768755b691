"""One connection through the proxy: read what is asked, check it, connect to what was checked, pass bytes on."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from typing import Protocol

from components.core import TroupeError
from components.ingest.address import Target, authority
from components.ingest.failures import unreachable
from components.ingest.fetching import request

_CHUNK = 256 * 1024
_TUNNEL_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Rules(Protocol):
    """What an exchange asks of its proxy."""

    def target(self, url: str) -> Target:
        """Where `url` leads to, checked; raises TroupeError where it may not be reached."""

    def received(self, count: int) -> None:
        """Count bytes that came from a site; raises TroupeError where they are too many."""

    def sent(self, count: int) -> None:
        """Count bytes that go to a site; raises TroupeError where they are too many."""

    def failed(self, error: TroupeError) -> None:
        """Note why an exchange came to nothing."""

    def ended(self, exchange: Exchange) -> None:
        """The exchange is over."""


class Exchange(threading.Thread):
    """A connection, worked on in a thread of its own.

    Args:
        inner: our end of the connection that the process was given.
        rules: of the proxy.
        head_seconds: in which the whole head of the request has to come.
        connect_seconds: for each of a site's addresses.
        idle_seconds: without a byte either way the connection is closed.
        deadline: on the monotonic clock; no connection lasts longer.
    """

    def __init__(
        self,
        inner: socket.socket,
        rules: Rules,
        *,
        head_seconds: float,
        connect_seconds: float,
        idle_seconds: float,
        deadline: float,
    ) -> None:
        super().__init__(daemon=True, name="fetch-proxy")
        self._inner = inner
        self._rules = rules
        self._head_seconds = head_seconds
        self._connect_seconds = connect_seconds
        self._idle_seconds = idle_seconds
        self._deadline = deadline
        self._outer: socket.socket | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make the thread end at once, unless it waits for a name, and then before it connects."""
        self._stopped.set()
        for end in (self._inner, self._outer):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        """Serve the one request."""
        try:
            self._serve()
        except TroupeError as error:
            self._rules.failed(error)
            with contextlib.suppress(OSError):
                self._inner.settimeout(1)
                self._inner.sendall(request.reply(error))
        except OSError:
            return  # one of the two ends is gone: closing the other says all there is to say
        finally:
            for end in (self._inner, self._outer):
                if end is not None:
                    end.close()
            self._rules.ended(self)

    def _serve(self) -> None:
        read = self._head()
        if read is None:
            return
        head, rest = read
        asked = request.parse(head)
        place = self._rules.target(asked.url)
        outer = self._connect(place)
        outer.settimeout(self._idle_seconds)
        self._inner.settimeout(self._idle_seconds)
        if asked.tunnel:
            self._inner.sendall(_TUNNEL_OPEN)
        else:
            rest = asked.head(authority(place.scheme, place.host, place.port), place.path) + rest
        if rest:
            self._rules.sent(len(rest))
            outer.sendall(rest)
        self._pass_on(outer)

    def _head(self) -> tuple[bytes, bytes] | None:
        """The head of the request, and what already came after it; None where nothing is asked."""
        until = time.monotonic() + self._head_seconds
        read = b""
        while (end := read.find(b"\r\n\r\n")) < 0:
            left = until - time.monotonic()
            if left <= 0 or len(read) > request.MOST_BYTES:
                raise unreachable("a connection", "its request is too long or comes too slowly", "request")
            self._inner.settimeout(left)
            try:
                piece = self._inner.recv(_CHUNK)
            except TimeoutError:
                continue
            if not piece:
                return None
            read += piece
        return read[:end], read[end + 4 :]

    def _connect(self, place: Target) -> socket.socket:
        """A connection to one of the addresses that were checked; no name is looked up again."""
        failure: OSError | None = None
        for ip in place.ips:
            outer = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
            self._outer = outer
            if self._stopped.is_set():
                raise OSError("stopped")
            outer.settimeout(self._connect_seconds)
            try:
                outer.connect((ip, place.port))
                outer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                outer.close()
                failure = error
            else:
                return outer
        if isinstance(failure, TimeoutError):
            raise unreachable(place.url, f"{place.host} does not answer", "timeout") from failure
        why = getattr(failure, "strerror", None) or str(failure)
        raise unreachable(place.url, f"the connection failed ({why})", "connection") from failure

    def _pass_on(self, outer: socket.socket) -> None:
        """Carry bytes both ways until one side ends."""
        poll = select.poll()
        ends = {self._inner.fileno(): (self._inner, outer), outer.fileno(): (outer, self._inner)}
        for descriptor in ends:
            poll.register(descriptor, select.POLLIN)
        while not self._stopped.is_set():
            left = min(self._idle_seconds, self._deadline - time.monotonic())
            ready = poll.poll(max(0, int(left * 1000))) if left > 0 else []
            if not ready:
                return
            for descriptor, _ in ready:
                source, sink = ends[descriptor]
                data = source.recv(_CHUNK)
                if not data:
                    return
                try:
                    (self._rules.received if source is outer else self._rules.sent)(len(data))
                except TroupeError as error:
                    self._rules.failed(error)
                    return
                sink.sendall(data)
