"""Frames that an engine made as a lossless video, with or without a matte, brought to the frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from components.compose.picture import place
from components.core import Clip, ClipLayer, UInt8, Uri


class EngineClip:
    """Reads a ClipLayer from a frame on, one frame after the other.

    Args:
        layer: colour premultiplied by its matte.
        fps: frames a second of the video, which are those of the layer.
        first, count: the span to read.
        width, height: px of the frame.
    """

    def __init__(self, layer: ClipLayer, fps: Fraction, first: int, count: int, width: int, height: int) -> None:
        self._transform = layer.transform
        self._size = (width, height)
        self._colour = _frames(layer.colour, fps, first, count, "rgb24")
        self._matte = None if layer.matte is None else _frames(layer.matte, fps, first, count, "gray")

    def next(self) -> UInt8:
        """The next frame: (H, W, 4) uint8 premultiplied, as it lies in the video's frame."""
        colour = next(self._colour)
        alpha = np.full(colour.shape[:2], 255, np.uint8) if self._matte is None else next(self._matte)
        picture = np.dstack([np.minimum(colour, alpha[..., None]), alpha])
        return place(picture, self._transform, *self._size)


def _frames(uri: Uri, fps: Fraction, first: int, count: int, pix_fmt: str) -> Iterator[Any]:
    from components.media import decode, probe

    picture = probe(Path(uri)).picture
    if picture is None:
        raise ValueError(f"{uri} has no pictures")
    clip = Clip(uri, picture.width, picture.height, fps, first + count, 0.0, None, "sdr", "")
    return decode(clip, first=first, count=count, pix_fmt=pix_fmt)
