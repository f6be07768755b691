"""Encoding frames: H.264 for people, FFV1 where nothing may be lost."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from components.core import UInt8, Uri
from components.media.output import discard, writing
from components.media.source import local_path

_SAME = "mbtree=0"
"""With AVX-512 x264's macroblock tree reads beyond the rows of pictures whose width is no multiple of 256: what lies
there, and with it the bytes, differs from one encoder to the next."""


class VideoWriter:
    """Writes frames of one size at one rate; the same frames always give the same bytes.

    Use it in a `with`: an error inside removes the half-written file.

    Args:
        path: .mp4 for libx264, .mkv for ffv1.
        width, height: px; even for yuv420p.
        fps: exact frames a second.
        codec: "libx264" or "ffv1" (lossless).
        pix_fmt: default yuv420p (libx264) or bgr0 (ffv1); "gray" for mattes.
        crf: quality of libx264, 0 lossless .. 51.
        preset: of libx264.
        gop: frames from keyframe to keyframe (fixed and closed); None: one every 2 seconds.
        threads: of the encoder. With 1 the bytes do not depend on the machine.

    Raises:
        TroupeError: disk_full, output_unwritable.
    """

    def __init__(
        self,
        path: Uri | str | Path,
        width: int,
        height: int,
        fps: Fraction | int,
        *,
        codec: str = "libx264",
        pix_fmt: str | None = None,
        crf: int = 20,
        preset: str = "veryfast",
        gop: int | None = None,
        threads: int = 1,
    ) -> None:
        self._file = local_path(path)
        self._width, self._height = width, height
        self._pix_fmt = pix_fmt or ("yuv420p" if codec == "libx264" else "bgr0")
        self._scale = VideoReformatter()
        self._count = 0
        rate = Fraction(fps)
        with writing(self._file):
            self._file.open("wb").close()  # FFmpeg would only notice at the first frame
            # bitexact: Matroska would otherwise put a random number into every file
            self._container = av.open(
                f"file:{self._file}", "w", format=_FORMATS.get(self._file.suffix), options={"fflags": "+bitexact"}
            )
        options: dict[str, str] = {}
        if codec == "libx264":
            keyint = gop or max(1, round(2 * rate))
            options = {
                "preset": preset,
                "crf": str(crf),
                "x264-params": f"keyint={keyint}:min-keyint={keyint}:scenecut=0:open-gop=0:threads={threads}:{_SAME}",
            }
        elif codec == "ffv1":
            options = {"level": "3", "slices": "4", "slicecrc": "1", "context": "0"}
        self._stream: Any = self._container.add_stream(codec, rate=rate, options=options)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = self._pix_fmt
        context = self._stream.codec_context
        context.time_base = 1 / rate
        context.thread_count = threads
        if self._pix_fmt == "yuv420p":
            context.colorspace = context.color_primaries = context.color_trc = 1
            context.color_range = ColorRange.MPEG
        if codec == "ffv1":
            context.gop_size = 1

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return self._count

    def write(self, frame: UInt8) -> None:
        """Append a frame: (H, W, 3) uint8 RGB, or (H, W) for "gray"."""
        array = np.ascontiguousarray(frame)
        want = (self._height, self._width) if self._pix_fmt == "gray" else (self._height, self._width, 3)
        if array.shape != want or array.dtype != np.uint8:
            raise ValueError(f"frame: expected {want} uint8, got {array.shape} {array.dtype}")
        picture = av.VideoFrame.from_ndarray(array, format="gray" if array.ndim == 2 else "rgb24")
        if picture.format.name != self._pix_fmt:
            matrix = Colorspace.ITU709 if self._pix_fmt.startswith("yuv") else None
            picture = self._scale.reformat(
                picture, format=self._pix_fmt, dst_colorspace=matrix, interpolation=Interpolation.BILINEAR, threads=1
            )
        self._encode(picture)

    def write_yuv(self, planes: Sequence[UInt8]) -> None:
        """Append a frame of ready-made yuv420p planes: Y (H, W), U and V (H/2, W/2) uint8, BT.709, 16..235."""
        picture = av.VideoFrame(self._width, self._height, "yuv420p")
        for plane, values in zip(picture.planes, planes, strict=True):
            if values.shape != (plane.height, plane.width):
                raise ValueError(f"plane: expected {(plane.height, plane.width)}, got {values.shape}")
            target = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            target[:, : plane.width] = values
        self._encode(picture)

    def close(self) -> None:
        """Finish the file."""
        with writing(self._file):
            self._mux(self._stream.encode(None))
            self._container.close()

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self.close()
            except BaseException:
                discard(self._file)
                raise
            return
        with contextlib.suppress(OSError):
            self._container.close()
        discard(self._file)

    def _encode(self, picture: Any) -> None:
        picture.pts = self._count
        picture.time_base = self._stream.codec_context.time_base
        if self._pix_fmt == "yuv420p":
            picture.colorspace, picture.color_range = Colorspace.ITU709, ColorRange.MPEG
        self._count += 1
        with writing(self._file):
            self._mux(self._stream.encode(picture))

    def _mux(self, packets: Any) -> None:
        for packet in packets:
            self._container.mux(packet)


_FORMATS = {".mp4": "mp4", ".mkv": "matroska", ".mov": "mov", ".nut": "nut"}
