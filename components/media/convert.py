"""A decoded frame becomes an array: scaled, upright, 8-bit sRGB, opaque."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from components.core import UInt8
from components.media.turn import turn_of

HDR_TRANSFERS = {16: "pq", 18: "hlg"}
"""ITU-T H.273 transfer characteristics that need tone mapping."""

_UNSPECIFIED = (0, 2)  # swscale reads RGB (0) in YUV as unspecified too
_BT2020 = (9, 10)


def transfer_of(frame: Any) -> str:
    """ "sdr", "pq" or "hlg"."""
    return HDR_TRANSFERS.get(int(frame.color_trc), "sdr")


class Converter:
    """Turns decoded frames into arrays of one size.

    Args:
        width, height: px, upright.
        pix_fmt: "rgb24" or "gray".
    """

    def __init__(self, width: int, height: int, pix_fmt: str = "rgb24") -> None:
        if pix_fmt not in ("rgb24", "gray"):
            raise ValueError(f"pix_fmt: expected rgb24 or gray, got {pix_fmt}")
        self._size = (width, height)
        self._gray = pix_fmt == "gray"
        self._scale = VideoReformatter()

    def __call__(self, frame: Any) -> UInt8:
        """(H, W, 3) uint8, or (H, W) for "gray". Transparent frames lie on black, as players show them."""
        turn = turn_of(frame)
        transfer = transfer_of(frame)
        if transfer != "sdr":
            from components.media.tone import tone_mapped

            return self._finished(turn(tone_mapped(self._scaled(frame, "rgb48le", turn), transfer, _wide(frame))))
        if any(c.is_alpha for c in frame.format.components):
            rgba = self._scaled(frame, "rgba", turn).astype(np.uint16)
            flat = (rgba[..., :3] * rgba[..., 3:] + 127) // 255
            return self._finished(turn(flat.astype(np.uint8)))
        return turn(self._scaled(frame, "gray" if self._gray else "rgb24", turn))

    def _scaled(self, frame: Any, pix_fmt: str, turn: Any) -> Any:
        width, height = turn.size(*self._size)
        shrinks = width < frame.width or height < frame.height
        matrix = None
        if int(frame.colorspace) in _UNSPECIFIED and min(frame.width, frame.height) >= 720 and not frame.format.is_rgb:
            matrix = Colorspace.ITU709  # what players take HD to be where nothing is said
        scaled = self._scale.reformat(
            frame,
            width,
            height,
            pix_fmt,
            src_colorspace=matrix,
            interpolation=Interpolation.AREA if shrinks else Interpolation.BICUBIC,
            threads=1,
        )
        return scaled.to_ndarray()

    def _finished(self, rgb: UInt8) -> UInt8:
        return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8) if self._gray else rgb


def _wide(frame: Any) -> bool:
    """The primaries are BT.2020's, or unsaid, which HDR video takes to be the same."""
    return int(frame.color_primaries) in (0, 2) or int(frame.color_primaries) == _BT2020[0]
