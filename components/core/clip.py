"""Media by reference: clips, sounds and pictures are named by where they lie, never carried as bytes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NewType

from components.core.errors import Notice

Uri = NewType("Uri", str)
"""Where a file lies: an absolute path, or s3://, gs://, http(s):// URL. In a stored artifact a file inside the
artifact's own folder is kept relative to it, so that the folder can move."""


@dataclass(frozen=True)
class Sound:
    """The sound of a clip, or a sound by itself.

    Attributes:
        uri: a file whose first sound track is meant; may be the clip's own file.
        rate: samples a second as stored.
        channels: as stored.
        start: second of the file at which it begins for us.
        duration: seconds used from there.
    """

    uri: Uri
    rate: int
    channels: int
    start: float
    duration: float


@dataclass(frozen=True)
class Clip:
    """A checked video, seen as a constant grid of upright 8-bit RGB frames, whatever the file holds.

    `components.media` decodes it onto that grid: rotation flags applied, variable frame rate sampled at the grid's
    times, HDR and 10 bit brought to 8-bit SDR, pixels made square. Frame i shows second `start + i / fps` of the file.

    Attributes:
        uri: the file.
        width, height: px, upright.
        fps: exact frames a second of the grid.
        frames: number of frames on the grid, at least 1.
        start: second of the file at which frame 0 lies.
        sound: the clip's sound over the same span, or None.
        colour: "sdr" or "hdr" (what the file holds; decoding always gives SDR).
        sha256: of the file's bytes, hex.
        notices: warnings met while checking it.
    """

    uri: Uri
    width: int
    height: int
    fps: Fraction
    frames: int
    start: float
    sound: Sound | None
    colour: str
    sha256: str
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.frames < 1 or self.fps <= 0:
            raise ValueError(f"clip of {self.width}x{self.height}, {self.frames} frames at {self.fps} fps")

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.frames / self.fps)


@dataclass(frozen=True)
class Still:
    """A checked picture: upright 8-bit sRGB, with or without alpha.

    Attributes:
        uri: a PNG.
        width, height: px.
        sha256: of the original file's bytes, hex.
        notices: warnings met while checking it.
    """

    uri: Uri
    width: int
    height: int
    sha256: str
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"still of {self.width}x{self.height}")
