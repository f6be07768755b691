"""What a media file holds, from its header and its first frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from components.core import TroupeError, Uri
from components.media.convert import transfer_of
from components.media.source import MAX_PIXELS, decoded, local_path, open_media, packets
from components.media.turn import Turn, turn_of


@dataclass(frozen=True)
class SoundInfo:
    """The first sound track of a file.

    Attributes:
        codec: its name.
        rate: samples a second.
        channels: number of channels.
        start: second of the file's clock at which it begins.
        duration: seconds, 0 where the container does not say.
    """

    codec: str
    rate: int
    channels: int
    start: float
    duration: float


@dataclass(frozen=True)
class PictureInfo:
    """The first picture track of a file.

    Attributes:
        codec: its name.
        width, height: px as shown: upright, pixels square.
        coded_width, coded_height: px as stored.
        turn: how stored frames are turned to stand upright.
        aspect: width over height of a stored pixel.
        fps: mean frames a second as the container says.
        start: second of the file's clock at which the first frame lies.
        duration: seconds, 0 where the container does not say.
        frames: as the container says, 0 where it does not.
        pix_fmt: FFmpeg's name of the pixel format.
        bits: per component.
        alpha: frames have transparency.
        transfer: "sdr", "pq" or "hlg".
    """

    codec: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    turn: Turn
    aspect: Fraction
    fps: Fraction
    start: float
    duration: float
    frames: int
    pix_fmt: str
    bits: int
    alpha: bool
    transfer: str

    @property
    def colour(self) -> str:
        """ "sdr" or "hdr", as Clip.colour."""
        return "sdr" if self.transfer == "sdr" else "hdr"


@dataclass(frozen=True)
class MediaInfo:
    """What a file holds.

    Attributes:
        container: FFmpeg's name of the container.
        bytes: size of the file.
        picture: its picture track or None.
        sound: its sound track or None.
    """

    container: str
    bytes: int
    picture: PictureInfo | None
    sound: SoundInfo | None


def probe(path: Uri | str | Path) -> MediaInfo:
    """Look into a file: header, and the first frame where there are pictures.

    Raises:
        TroupeError: file_not_found, unreadable_media, unsupported_media (no decoder for what it holds).
    """
    file = local_path(path)
    with open_media(file) as container:
        return MediaInfo(
            container=container.format.name,
            bytes=file.stat().st_size,
            picture=_picture(container, file),
            sound=_sound(container),
        )


def picture_stream(container: Any) -> Any | None:
    """The first stream of moving pictures that is not a cover picture."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def _picture(container: Any, file: Path) -> PictureInfo | None:
    stream = picture_stream(container)
    if stream is None:
        return None
    if stream.codec_context is None:
        raise TroupeError(
            "unsupported_media",
            f"The pictures of {file.name} are coded in a way that cannot be read here; save it as MP4 (H.264).",
            path=str(file),
        )
    frame = _first_frame(container, stream)
    context = stream.codec_context
    if frame is None and context.width * context.height > MAX_PIXELS:
        raise TroupeError(
            "clip_too_large",
            f"The frames of {file.name} are {context.width}x{context.height}; save it at 1080p.",
            width=context.width, height=context.height, limit=MAX_PIXELS,
        )  # fmt: skip
    if frame is None:
        raise TroupeError(
            "unreadable_media",
            f"No picture of {file.name} can be read; play it to see whether it is whole, or save it as MP4 (H.264).",
            path=str(file),
        )
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    aspect = aspect if Fraction(1, 10) < aspect < 10 else Fraction(1)
    turn = turn_of(frame)
    width, height = turn.size(max(1, round(frame.width * aspect)), frame.height)
    start = stream.start_time if stream.start_time is not None else (frame.pts or 0)
    return PictureInfo(
        codec=stream.codec_context.name,
        width=width,
        height=height,
        coded_width=frame.width,
        coded_height=frame.height,
        turn=turn,
        aspect=aspect,
        fps=Fraction(stream.average_rate or stream.guessed_rate or stream.base_rate or 25),
        start=float(start * stream.time_base),
        duration=_duration(container, stream),
        frames=int(stream.frames or 0),
        pix_fmt=frame.format.name,
        bits=max(c.bits for c in frame.format.components),
        alpha=any(c.is_alpha for c in frame.format.components),
        transfer=transfer_of(frame),
    )


def _first_frame(container: Any, stream: Any) -> Any | None:
    stream.codec_context.thread_count = 1
    for packet in packets(container, stream):
        for frame in decoded(packet) or ():
            return frame
    return None


def _duration(container: Any, stream: Any) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(container.duration / av.time_base) if container.duration else 0.0


def _sound(container: Any) -> SoundInfo | None:
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate:
            return SoundInfo(
                codec=stream.codec_context.name,
                rate=stream.codec_context.sample_rate,
                channels=stream.codec_context.channels,
                start=float((stream.start_time or 0) * stream.time_base),
                duration=_duration(container, stream),
            )
    return None
