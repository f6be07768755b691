"""Stills as they lie in the frame: placed and prefiltered once."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from components.core import Affine, Float32, StillLayer, UInt8

SHARP = 1.25
"""Texture px kept per px of the frame: fewer would blur, many more would shimmer."""


def scale_of(transform: Affine) -> float:
    """How many px of the frame a px of the layer covers, as a length."""
    (a, b, _), (c, d, _) = transform
    return float(np.sqrt(abs(a * d - b * c)))


def prefilter(texture: UInt8, uv: Float32, scale: float) -> tuple[UInt8, Float32]:
    """A texture that is shown much smaller, averaged down so that no detail is skipped when it moves.

    Args:
        texture: (H, W, 4) uint8 premultiplied.
        uv: (V, 2) float32 texture px.
        scale: frame px per texture px.

    Returns:
        Texture and uv, unchanged where it is shown at more than two thirds of its size.
    """
    if scale * 1.5 >= 1.0:
        return texture, uv
    height, width = texture.shape[:2]
    size = (max(1, round(width * scale * SHARP)), max(1, round(height * scale * SHARP)))
    small = cv2.resize(np.ascontiguousarray(texture), size, interpolation=cv2.INTER_AREA)
    factor = np.array([size[0] / width, size[1] / height], np.float32)
    return small.reshape(size[1], size[0], 4), ((uv + 0.5) * factor - 0.5).astype(np.float32)


def place(picture: UInt8, transform: Affine, width: int, height: int) -> UInt8:
    """A premultiplied RGBA picture brought to the frame, bilinear; exact where it only moves by whole px.

    Args:
        picture: (H, W, 4) uint8 premultiplied.
        transform: picture px to frame px.
        width, height: px of the frame.

    Returns:
        (height, width, 4) uint8 premultiplied, transparent where the picture does not reach.
    """
    scale = scale_of(transform)
    matrix = np.array(transform, np.float64)
    if scale * 1.5 < 1.0:
        old = picture.shape
        picture, _ = prefilter(picture, np.zeros((1, 2), np.float32), scale)
        fx, fy = picture.shape[1] / old[1], picture.shape[0] / old[0]
        # Small px -> picture px: x = (x' + 0.5) / f - 0.5.
        undo = np.array([[1 / fx, 0, 0.5 / fx - 0.5], [0, 1 / fy, 0.5 / fy - 0.5], [0, 0, 1]])
        matrix = matrix @ undo
    placed = cv2.warpAffine(np.ascontiguousarray(picture), matrix, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(placed, np.uint8)


def premultiplied(picture: UInt8) -> UInt8:
    """RGBA premultiplied from RGB or straight RGBA as pictures are stored."""
    if picture.shape[2] == 3:
        return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    alpha = picture[..., 3:].astype(np.uint16)
    return np.dstack([((picture[..., :3] * alpha + 127) // 255).astype(np.uint8), picture[..., 3]])


def still_picture(layer: StillLayer, width: int, height: int) -> UInt8:
    """A StillLayer as it lies in the frame: (height, width, 4) uint8 premultiplied.

    A background (z below 0) shows its colour wherever the picture is transparent or does not reach; in front of the
    performers it is left see-through there.
    """
    from components.media import read_picture

    plain = np.empty((height, width, 4), np.uint8)
    plain[:] = (*layer.colour, 255)
    if layer.picture is None:
        return plain
    placed = place(premultiplied(read_picture(Path(layer.picture))), layer.transform, width, height)
    if layer.z >= 0:
        return placed
    from components.compose.raster import blend

    frame = np.ascontiguousarray(plain[..., :3])
    blend(frame, placed)
    plain[..., :3] = frame
    return plain
