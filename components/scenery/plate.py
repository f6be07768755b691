"""Background pictures of the frame's size: cropped, continued beyond their edges, or made up."""

from __future__ import annotations

import cv2
import numpy as np

from components.core import UInt8
from components.scenery.extend import extend
from components.scenery.placement import Placement


def resample(picture: UInt8, width: int, height: int) -> UInt8:
    """A picture at another size, without aliasing.

    Args:
        picture: (H, W, C) uint8.
    """
    if picture.shape[:2] == (height, width):
        return picture
    shrink = width < picture.shape[1]
    resized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC)
    return np.ascontiguousarray(resized, dtype=np.uint8)


def place(picture: UInt8, placement: Placement, width: int, height: int) -> UInt8:
    """The frame's background from a photo's plate, continued where the plate does not reach.

    Args:
        picture: (H, W, 3) uint8 sRGB.
        placement: where it lies.
        width, height: px of the frame.

    Returns:
        (height, width, 3) uint8.
    """
    scaled = resample(picture, placement.width, placement.height)
    x0, y0 = max(0, placement.x), max(0, placement.y)
    x1, y1 = min(width, placement.x + placement.width), min(height, placement.y + placement.height)
    seen = scaled[y0 - placement.y : y1 - placement.y, x0 - placement.x : x1 - placement.x]
    if placement.covers(width, height):
        return np.ascontiguousarray(seen)
    return extend(np.ascontiguousarray(seen), y0, height - y1, x0, width - x1)


def cover(picture: UInt8, width: int, height: int) -> UInt8:
    """A picture scaled and cropped about its middle so that it fills the frame; of what is too tall the lower part
    is preferred, since a floor to stand on lies there."""
    h, w = picture.shape[:2]
    scale = max(width / w, height / h)
    size = (max(width, round(w * scale)), max(height, round(h * scale)))
    scaled = resample(picture, *size)
    x, y = (size[0] - width) // 2, round((size[1] - height) * 0.7)
    return np.ascontiguousarray(scaled[y : y + height, x : x + width])


def over(picture: UInt8, ground: UInt8) -> UInt8:
    """A picture with straight alpha laid over an opaque one of its size.

    Args:
        picture: (H, W, 4) uint8.
        ground: (H, W, 3) uint8.
    """
    alpha = picture[..., 3:].astype(np.float32) / 255
    mixed = ground + alpha * (picture[..., :3].astype(np.float32) - ground)
    return np.asarray(np.clip(mixed + 0.5, 0, 255), dtype=np.uint8)


def studio(width: int, height: int, floor: float) -> UInt8:
    """An infinity cove in warm white: for photos that come without a background.

    Args:
        width, height: px.
        floor: y of the floor line under the performers, px.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    wall = 236 - 16 * (y / height)
    glow = 14 * np.exp(-(((x - 0.5 * width) / (0.55 * width)) ** 2) - ((y - 0.42 * height) / (0.40 * height)) ** 2)
    ground = 1 / (1 + np.exp(-(y - (floor - 0.10 * height)) / (0.022 * height)))
    pool = 16 * np.exp(-(((x - 0.5 * width) / (0.5 * width)) ** 2) - ((y - floor) / (0.09 * height)) ** 2)
    grey = (wall + glow) * (1 - ground) + (218 + pool) * ground
    tint = np.array([1.0, 0.992, 0.978], dtype=np.float32)
    # A fixed half-level of grain keeps the slow gradient from showing steps.
    grain = np.random.default_rng(0).random((height, width, 1), dtype=np.float32) - 0.5
    return np.asarray(np.clip(grey[..., None] * tint + grain + 0.5, 0, 255), dtype=np.uint8)
