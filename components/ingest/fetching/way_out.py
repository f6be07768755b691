"""Sockets of a process that can make none: each is a connection to the proxy, asked of it over one open channel."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any, ClassVar

ADDRESS = ("127.0.0.1", 3128)
"""What programs here are told the proxy's address is. Nobody listens there: every socket already leads to the proxy."""
URL = f"http://{ADDRESS[0]}:{ADDRESS[1]}"

ASK, GRANTED, DENIED = b"?", b"+", b"-"


class WayOut:
    """The channel on which a process asks for connections to its proxy.

    Args:
        channel: the end that `Proxy.channel` is.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._lock = threading.Lock()

    def connect(self) -> int:
        """A new connection.

        Returns:
            File descriptor of a stream at whose other end the proxy waits for a request.

        Raises:
            ConnectionError: the proxy ended or grants no more.
        """
        with self._lock:
            self._channel.sendall(ASK)
            answer, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
        if answer != GRANTED or not descriptors:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "the proxy grants no further connection")
        return descriptors[0]


class ProxySocket(socket.socket):
    """A socket that is connected to the proxy from the start and to nothing else, ever."""

    way: ClassVar[WayOut]

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        if fileno is not None:
            super().__init__(family, type, proto, fileno)
            return
        if type != -1 and not type & socket.SOCK_STREAM:
            raise PermissionError(errno.EACCES, "only streams to the proxy can be made here")
        super().__init__(socket.AF_UNIX, socket.SOCK_STREAM, 0, self.way.connect())

    def connect(self, address: Any) -> None:
        """Nothing is left to do where `address` is the proxy's.

        Raises:
            PermissionError: it is another.
        """
        if not isinstance(address, tuple) or tuple(address[:2]) != ADDRESS:
            raise PermissionError(errno.EACCES, f"{address} cannot be reached from here, only the proxy can")

    def connect_ex(self, address: Any) -> int:
        """As connect; the error is raised all the same."""
        self.connect(address)
        return 0

    def setsockopt(self, level: int, *rest: Any) -> None:
        """Options of TCP mean nothing between processes of one machine."""
        if level != socket.IPPROTO_TCP:
            super().setsockopt(level, *rest)


def install(channel: socket.socket) -> None:
    """From now on every socket that this process makes is a connection to the proxy."""
    ProxySocket.way = WayOut(channel)
    socket.socket = ProxySocket  # type: ignore[misc]
