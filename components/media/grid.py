"""The constant grid of frames on which a file is seen."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

from components.core import Clip, Sound, TroupeError, Uri
from components.media.probe import picture_stream, probe
from components.media.source import local_path, open_media, packets


def clip_of(path: Uri | str | Path) -> Clip:
    """A whole file as a Clip at its own frame rate, unchecked: for files that Troupe wrote itself.

    Raises:
        TroupeError: file_not_found, unreadable_media, no_picture_track.
    """
    file = local_path(path)
    info = probe(file)
    if info.picture is None:
        raise TroupeError("no_picture_track", f"{file.name} has no pictures.", path=str(file))
    picture = info.picture
    frames, fps = count_frames(file), snapped(picture.fps)
    sound = None
    if info.sound is not None:
        sound = Sound(Uri(str(file)), info.sound.rate, info.sound.channels, picture.start, float(frames / fps))
    return Clip(
        Uri(str(file)), picture.width, picture.height, fps, frames, picture.start, sound, picture.colour, digest(file)
    )


def count_frames(path: Path) -> int:
    """Number of picture packets in a file, without decoding."""
    with open_media(path) as container:
        stream = picture_stream(container)
        return sum(1 for p in packets(container, stream) if p.size) if stream is not None else 0


def snapped(rate: Fraction) -> Fraction:
    """The exact rate that a measured mean rate stands for: n or n/1.001 where one is within 0.05%."""
    for candidate in (Fraction(round(rate)), Fraction(round(rate * 1001 / 1000) * 1000, 1001)):
        if candidate > 0 and abs(candidate - rate) <= rate / 2000:
            return candidate
    return rate.limit_denominator(1001)


def digest(path: Path) -> str:
    """sha256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
