"""Where the photo and its performers lie in the frame of the video."""

from __future__ import annotations

from dataclasses import dataclass

from components.core import Affine
from components.scenery.envelope import Envelope


@dataclass(frozen=True)
class Placement:
    """A photo scaled to a whole number of px and moved by a whole number of px.

    Attributes:
        width, height: px of the scaled photo.
        x, y: px of the frame at which its top left corner lies; negative where it is cropped.
        transform: photo px to frame px, centres of pixels at whole numbers.
    """

    width: int
    height: int
    x: int
    y: int
    transform: Affine

    def covers(self, width: int, height: int) -> bool:
        """The scaled photo leaves no part of a frame of this size uncovered."""
        return self.x <= 0 and self.y <= 0 and self.x + self.width >= width and self.y + self.height >= height


def _placement(photo: tuple[int, int], size: tuple[int, int], x: int, y: int) -> Placement:
    sx, sy = size[0] / photo[0], size[1] / photo[1]
    return Placement(size[0], size[1], x, y, ((sx, 0.0, 0.5 * sx - 0.5 + x), (0.0, sy, 0.5 * sy - 0.5 + y)))


_BREATH = 1.03
"""Room around the envelope, as a factor of its size."""
_ALIKE = 0.01
"""Aspect ratios that differ by less count as the same."""


def place_photo(photo: tuple[int, int], frame: tuple[int, int], envelope: Envelope) -> Placement:
    """Place a photo with its own background so that the dance stays in the frame.

    A photo of the frame's aspect is only scaled. Otherwise the frame is covered and cropped around the motion; where
    the motion would be cut off that way, the photo is shrunk, at most until all of it shows, and what it leaves of the
    frame must be filled.

    Args:
        photo: width, height px.
        frame: width, height px.
        envelope: of the motion, photo px.
    """
    (w, h), (fw, fh) = photo, frame
    if abs((w / h) / (fw / fh) - 1) < _ALIKE:
        return _placement(photo, frame, 0, 0)
    cover, contain = max(fw / w, fh / h), min(fw / w, fh / h)
    wanted = min(fw / (_BREATH * envelope.width), fh / (_BREATH * envelope.height))
    scale = min(cover, max(contain, wanted))
    size = (max(fw, round(w * scale)), max(fh, round(h * scale))) if scale == cover else (
        round(w * scale), round(h * scale))  # fmt: skip
    left, right = envelope.left * scale, envelope.right * scale
    top, bottom = envelope.top * scale, envelope.bottom * scale
    x = _offset(size[0], fw, 0.5 * fw - 0.5 * (left + right), left, right)
    y = _offset(size[1], fh, 0.94 * fh - bottom, top, bottom)
    if envelope.cut_below and y + size[1] < fh:
        y = fh - size[1]
    return _placement(photo, size, x, y)


def _offset(size: int, frame: int, wish: float, low: float, high: float) -> int:
    """Along one axis: the wished offset, but leaving nothing uncovered if the photo is large enough; a photo too
    small stays whole, and the span low..high stays in the frame if it can."""
    if size >= frame:
        return round(min(0.0, max(float(frame - size), wish)))
    inside = min(max(wish, -low), frame - high) if high - low <= frame else wish
    return round(min(max(inside, 0.0), float(frame - size)))


def place_on_stage(
    photo: tuple[int, int], frame: tuple[int, int], envelope: Envelope, floor: float, *, height: float = 0.68
) -> Placement:
    """Place performers without their photo's background on a stage.

    Args:
        photo: width, height px.
        frame: width, height px.
        envelope: of the motion, photo px.
        floor: where the foremost performer stands, as a share of the frame's height.
        height: how tall the tallest performer may be, as a share of the frame's height.
    """
    (w, h), (fw, fh) = photo, frame
    centre = 0.5 * (envelope.left + envelope.right)
    if envelope.cut_below:
        # Legs that end in the photo must end below the frame's edge, or they would end in mid-air.
        scale = min(0.94 * fw / envelope.width, 0.92 * fh / max(1.0, h - envelope.top))
        size = (round(w * scale), round(h * scale))
        return _placement(photo, size, round(0.5 * fw - centre * scale), fh - size[1] + max(2, round(0.01 * fh)))
    scale = min(
        height * fh / envelope.stature,
        0.94 * fw / envelope.width,
        (floor - 0.04) * fh / max(1.0, envelope.floor - envelope.top),
    )
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    scale_y = size[1] / h
    return _placement(photo, size, round(0.5 * fw - centre * scale), round(floor * fh - envelope.floor * scale_y))
