"""Settings of the two ingest stages: what is taken in, and how much of it."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, Field


class FetchSettings(BaseModel, frozen=True):
    """What may be fetched from the network.

    Attributes:
        max_bytes: a larger file is refused while it is fetched.
        max_fetch_seconds: a slower transfer is given up.
        stall_seconds: without a byte for so long the transfer is given up.
        ports: that may be spoken to.
        private_networks: networks of one's own (as 10.2.0.0/16) that may be spoken to beside the public one, by name
            or number. No request or option of the command sets it.
    """

    max_bytes: int = Field(default=4 * 1024**3, gt=0)
    max_fetch_seconds: float = Field(default=1800.0, gt=0)
    stall_seconds: float = Field(default=30.0, gt=0)
    ports: tuple[int, ...] = (80, 443)
    private_networks: tuple[IPv4Network | IPv6Network, ...] = ()


class ClipSettings(FetchSettings, frozen=True):
    """What of a reference is used.

    Attributes:
        start: second at which it begins.
        duration: seconds from there; None or 0: to the end.
        max_fps: a faster clip is thinned to an even part of its rate.
        max_seconds: longer clips are refused unless a duration is asked for.
        max_pixels: of one frame; the default lets 4096 x 2304 (DCI 4K) through and refuses 5K and 8K.
        min_frames: fewer make no dance.
        threads: of the decoder that looks for damage; never changes a result.
    """

    start: float = Field(default=0.0, ge=0)
    duration: float | None = Field(default=None, ge=0)
    max_fps: float = Field(default=30.0, gt=0)
    max_seconds: float = Field(default=1800.0, gt=0)
    max_pixels: int = Field(default=4096 * 2304, gt=0)
    min_frames: int = Field(default=2, ge=1)
    threads: int = Field(default=2, ge=1)


class PhotoSettings(FetchSettings, frozen=True):
    """How a photo is brought to size.

    Attributes:
        max_side: px of the longer side; larger photos are scaled down.
        max_pixels: as stored; more are refused from the header alone.
        min_side: px of the shorter side; smaller photos are refused.
        readable: share of a cut-off photo that has to be readable.
    """

    max_bytes: int = Field(default=256 * 1024**2, gt=0)
    max_side: int = Field(default=2160, gt=0)
    max_pixels: int = Field(default=80_000_000, gt=0)
    min_side: int = Field(default=64, gt=0)
    readable: float = Field(default=0.6, gt=0, le=1)
