"""Reading a file once to learn when its frames are shown and which of them cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.core import TroupeError, Uri
from components.media.frames import frames_from, prepare
from components.media.probe import picture_stream
from components.media.source import local_path, open_media


@dataclass(frozen=True)
class Scan:
    """When the frames of a file are shown.

    Attributes:
        seconds: (N,) float64, rising: the file's clock at each frame that can be read.
        damaged: (M,) float64: the file's clock where a frame cannot be read whole.
        missing: frames that the file's index names but that lie beyond its end.
    """

    seconds: npt.NDArray[np.float64]
    damaged: npt.NDArray[np.float64]
    missing: int


def scan(
    path: Uri | str | Path,
    *,
    first: float | None = None,
    last: float | None = None,
    threads: int = 2,
    report: Callable[[int], None] = lambda _: None,
) -> Scan:
    """Decode the pictures of a file and keep nothing but their times: the only way to find damage.

    Args:
        path: of the file.
        first, last: seconds of the file's clock to look between; None: from its start, to its end.
        threads: of the decoder.
        report: is called with the number of frames so far; what it raises ends the scan.

    Raises:
        TroupeError: file_not_found, unreadable_media, no_picture_track.
    """
    file = local_path(path)
    with open_media(file) as container:
        stream = picture_stream(container)
        if stream is None:
            raise TroupeError("no_picture_track", f"{file.name} has no pictures.", path=str(file))
        prepare(stream, threads)
        seconds: list[float] = []
        damaged: list[float] = []
        for shown in frames_from(container, stream, -1e9 if first is None else first):
            (damaged if shown.picture is None else seconds).append(shown.second)
            report(len(seconds) + len(damaged))
            if last is not None and shown.second > last:
                break
        size = file.stat().st_size
        missing = sum(1 for entry in stream.index_entries if entry.pos + entry.size > size)
    return Scan(np.unique(np.array(seconds, np.float64)), np.unique(np.array(damaged, np.float64)), missing)
