"""Opening a media file safely: what is inside decides, never the name, and nothing else is ever read or fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from components.core import TroupeError, Uri

CONTAINERS = (
    "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "flv", "mpeg", "mpegts", "asf", "ogg", "gif",
    "apng", "webp", "ivf", "nut", "mxf", "wav", "mp3", "flac", "aac", "aiff", "caf", "w64", "au",
)  # fmt: skip
"""Demuxers that read their own file only. Playlists, concat scripts, SDP and numbered pictures are not among them:
they make the reader open other files or the network. Nor are bare streams without a clock."""


MAX_PIXELS = 2**26
"""Of a frame; a decoder refuses more before it asks for the memory."""


def local_path(uri: Uri | str | Path) -> Path:
    """The absolute path of a file that a Uri names.

    Raises:
        TroupeError: unsupported_media: the Uri lies in object storage or on the network.
    """
    text = str(uri)
    if "://" in text and not text.startswith("/") and not Path(text).exists():
        raise TroupeError("unsupported_media", f"{text} is not a file on this machine; download it first.", uri=text)
    return Path(text).absolute()


def open_media(path: Uri | str | Path) -> Any:
    """A PyAV input container of a local file; use it in a `with`.

    The `file:` prefix keeps names such as `-x.mp4`, `concat:a|b` or `http:x` from being read as options or protocols.

    Raises:
        TroupeError: file_not_found, unsupported_media (a playlist or script), unreadable_media (anything else).
    """
    file = local_path(path)
    if not file.is_file():
        raise TroupeError("file_not_found", f"There is no file {file}; check the name.", path=str(file))
    if file.stat().st_size == 0:
        raise TroupeError(
            "unreadable_media", f"{file.name} is empty (0 bytes); copy or download it again.", path=str(file)
        )
    try:
        container = av.open(
            f"file:{file}",
            container_options={"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)},
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise TroupeError(
            "unreadable_media",
            f"{file.name} is not a video or sound that can be read; play it to see whether it is whole, or save it as "
            "MP4 (H.264).",
            path=str(file),
        ) from error
    for stream in container.streams.video:
        if stream.codec_context is not None:
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return container


def packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets of a stream, up to where the file cannot be followed any more."""
    try:
        yield from container.demux(stream)
    except (av.FFmpegError, OSError, ValueError):
        return


def decoded(packet: Any) -> list[Any] | None:
    """Frames that a packet completes, or None where it is damaged."""
    try:
        return list(packet.decode())
    except (av.FFmpegError, OSError, ValueError):
        return None
