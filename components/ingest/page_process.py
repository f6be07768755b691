"""What runs in the process that reads pages: yt-dlp, behind a guard on every connection."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any

from components.ingest.address import Networks, may_reach
from components.ingest.limits import FetchSettings

_FORMATS = "(bv*[height<=1080][vcodec!=none][acodec=none],ba)/b[height<=1080]/b/bv*/w"

PRIVATE = "not on the public network"


class _Silent:
    """yt-dlp's messages go nowhere; the last error is raised anyway."""

    def debug(self, message: str) -> None: ...
    def info(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...


def download(url: str, folder: str, settings: FetchSettings) -> tuple[list[str], str]:
    """Runs in a process of its own: names of the files fetched, or what yt-dlp said."""
    _guard_sockets(settings.private_networks)
    from yt_dlp import YoutubeDL

    options: dict[str, Any] = {
        "format": _FORMATS,
        "outtmpl": {"default": f"{folder.replace('%', '%%')}/%(format_id)s.%(ext)s"},
        "restrictfilenames": True,
        "quiet": True,
        "noprogress": True,
        "logger": _Silent(),
        "noplaylist": True,
        "playlist_items": "1",
        "max_filesize": settings.max_bytes,
        "socket_timeout": settings.stall_seconds,
        "retries": 1,
        "extractor_retries": 1,
        "fragment_retries": 2,
        "skip_unavailable_fragments": False,
        "proxy": "",
        "cachedir": False,
        "fixup": "never",
        "compat_opts": {"no-certifi"},
        "external_downloader": {"default": "native"},
        "hls_prefer_native": True,
        "usenetrc": False,
        "updatetime": False,
    }
    try:
        with YoutubeDL(options) as client:
            client.extract_info(url, download=True)
    except Exception as error:
        return [], str(error) or type(error).__name__
    return sorted(f.name for f in Path(folder).iterdir() if f.is_file() and f.suffix != ".part"), ""


def _guard_sockets(networks: Networks) -> None:
    """From now on this process connects to public addresses and these networks alone, whatever a page names."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host, port = address[0], address[1]
            ip = str(socket.getaddrinfo(host, port, self.family, socket.SOCK_STREAM)[0][4][0]).split("%")[0]
            if not may_reach(ipaddress.ip_address(ip), networks):
                raise PermissionError(f"{ip} is {PRIVATE}")
            address = (ip, *address[1:])
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        guarded(self, address)
        return 0

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = guarded_ex  # type: ignore[method-assign, assignment]
