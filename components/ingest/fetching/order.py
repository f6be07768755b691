"""What a process that fetches is told, and how it answers: a JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from components.ingest.address import Networks


@dataclass(frozen=True)
class Order:
    """What to fetch.

    Attributes:
        url: http(s) address.
        folder: absolute; receives the files.
        pages: an HTML page may be given to yt-dlp.
        max_bytes: of the video.
        stall_seconds: without a byte the connection is given up.
        ports: that may be spoken to; the proxy holds us to them, too.
        networks: of one's own that may be spoken to, as text.
    """

    url: str
    folder: str
    pages: bool
    max_bytes: int
    stall_seconds: float
    ports: tuple[int, ...]
    networks: tuple[str, ...]

    @property
    def place(self) -> Path:
        """The folder."""
        return Path(self.folder)

    @property
    def private_networks(self) -> Networks:
        """The networks."""
        return tuple(ip_network(n) for n in self.networks)
