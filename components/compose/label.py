"""A small visible mark in the corner of a video: that it was generated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from components.core import StillLayer, UInt8, Uri

TEXT = "AI-generated"
SHARE = 1 / 28
"""Height of the letters as a share of the frame's shorter side; never under SMALLEST px."""
SMALLEST = 11
FRONT = 2000.0
"""Paint order: over performers (0..1000) and any foreground."""


def label_layer(folder: Path, width: int, height: int) -> StillLayer:
    """The mark as a layer in the lower right corner.

    Args:
        folder: receives label.png.
        width, height: px of the frame.
    """
    from components.media import write_picture

    picture = label_picture(max(SMALLEST, round(min(width, height) * SHARE)))
    path = (folder / "label.png").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    write_picture(path, picture)
    margin = picture.shape[0] // 2
    x, y = width - picture.shape[1] - margin, height - picture.shape[0] - margin
    return StillLayer(Uri(str(path)), (0, 0, 0), FRONT, ((1.0, 0.0, float(x)), (0.0, 1.0, float(y))))


def label_picture(letters: int) -> UInt8:
    """White letters on a dark, half transparent, rounded plate, legible on anything.

    Args:
        letters: px of their height.

    Returns:
        (H, W, 4) uint8, straight alpha.
    """
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(letters)
    left, top, right, bottom = font.getbbox(TEXT)
    pad = letters * 0.55
    size = (round(right - left + 2 * pad), round(bottom - top + 1.3 * pad))
    sharp = 4  # the plate's corners are drawn large and averaged down
    plate = Image.new("L", (size[0] * sharp, size[1] * sharp), 0)
    box = (0, 0, plate.width - 1, plate.height - 1)
    ImageDraw.Draw(plate).rounded_rectangle(box, radius=plate.height // 3, fill=150)
    alpha = plate.resize(size, Image.Resampling.BOX)
    text = Image.new("L", size, 0)
    ImageDraw.Draw(text).text((pad - left, 0.65 * pad - top), TEXT, font=font, fill=255)
    white = np.asarray(text, np.uint8)
    return np.dstack([white, white, white, np.maximum(np.asarray(alpha, np.uint8), white)])
