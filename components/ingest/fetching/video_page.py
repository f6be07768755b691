"""A page that shows a video: yt-dlp finds and fetches it, in the process without a way out, through the proxy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.ingest.fetching.order import Order
from components.ingest.fetching.way_out import URL

_FORMATS = "(bv*[height<=1080][vcodec!=none][acodec=none],ba)/b[height<=1080]/b/bv*/w"


class PageFailure(Exception):
    """What yt-dlp said when it found or fetched no video."""


class _Silent:
    """yt-dlp's messages go nowhere; the last error is raised anyway."""

    def debug(self, message: str) -> None: ...
    def info(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...


def download(order: Order, folder: Path) -> list[str]:
    """Fetch the video of a page; pictures and sound may come as two files.

    Args:
        order: what, and the limits.
        folder: empty; receives the files and nothing else.

    Returns:
        Names of the files.

    Raises:
        PageFailure: there is none to be had.
    """
    from yt_dlp import YoutubeDL

    options: dict[str, Any] = {
        "format": _FORMATS,
        "outtmpl": {"default": f"{str(folder).replace('%', '%%')}/%(format_id)s.%(ext)s"},
        "restrictfilenames": True,
        "quiet": True,
        "noprogress": True,
        "logger": _Silent(),
        "noplaylist": True,
        "playlist_items": "1",
        "max_filesize": order.max_bytes,
        "socket_timeout": order.stall_seconds,
        "retries": 1,
        "extractor_retries": 1,
        "fragment_retries": 2,
        "skip_unavailable_fragments": False,
        "proxy": URL,
        "cachedir": False,
        "cookiefile": None,
        "cookiesfrombrowser": None,
        "usenetrc": False,
        "fixup": "never",
        "compat_opts": {"no-certifi"},
        "external_downloader": {"default": "native"},
        "hls_prefer_native": True,
        "js_runtimes": {},
        "remote_components": [],
        "updatetime": False,
    }
    try:
        with YoutubeDL(options) as client:
            client.extract_info(order.url, download=True)
    except Exception as error:
        raise PageFailure(str(error) or type(error).__name__) from error
    return sorted(f.name for f in folder.iterdir() if f.is_file() and f.suffix != ".part")
