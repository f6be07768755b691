"""A part of a video whose every frame stands alone, copied without decoding."""

from __future__ import annotations

from pathlib import Path

import av

from components.core import TroupeError, Uri
from components.media.output import replacing
from components.media.source import local_path, open_media


def copy_frames(video: Uri | str | Path, out: Path, *, first: int, count: int) -> None:
    """Copy frames first .. first + count - 1 of a video by VideoWriter(codec="ffv1") to a Matroska file of its own.

    Args:
        video: every frame of it is a keyframe.
        out: the .mkv; written beside and renamed.
        first, count: frames, counted as shown.

    Raises:
        TroupeError: unreadable_media (too few frames, or frames that need others), disk_full, output_unwritable.
    """
    target = local_path(out)
    with (
        replacing(target, overwrite=True) as part,
        open_media(video) as source,
        av.open(f"file:{part}", "w", format="matroska", options={"fflags": "+bitexact"}) as container,
    ):
        stream = source.streams.video[0]
        copied = container.add_stream_from_template(stream)
        index = written = 0
        offset: int | None = None
        for packet in source.demux(stream):
            if packet.pts is None or packet.dts is None:
                continue
            if index >= first:
                if not packet.is_keyframe:
                    raise TroupeError("unreadable_media", f"Frames of {video} need others.", path=str(video))
                offset = packet.pts if offset is None else offset
                packet.pts, packet.dts = packet.pts - offset, packet.dts - offset
                packet.stream = copied
                container.mux(packet)
                written += 1
            index += 1
            if written == count:
                return
        raise TroupeError("unreadable_media", f"{video} ends before frame {first + count}.", path=str(video))
