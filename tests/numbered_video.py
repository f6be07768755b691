"""Videos whose every frame shows its own number, made on the spot.

Eight black or white bars across the middle of a frame are the bits of its number, and four coloured corners say which
way is up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 192, 128
CORNERS = {"top_left": (220, 30, 30), "top_right": (30, 200, 30), "bottom_left": (30, 30, 220),
           "bottom_right": (230, 230, 230)}  # fmt: skip


def numbered(index: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """(H, W, 3) uint8: the frame that shows this number, 0..255."""
    frame = np.full((height, width, 3), 110, np.uint8)
    h, w = height // 4, width // 4
    frame[:h, :w], frame[:h, -w:] = CORNERS["top_left"], CORNERS["top_right"]
    frame[-h:, :w], frame[-h:, -w:] = CORNERS["bottom_left"], CORNERS["bottom_right"]
    edges = np.linspace(0, width, 9).round().astype(int)
    for bit in range(8):
        frame[3 * height // 8 : 5 * height // 8, edges[bit] : edges[bit + 1]] = 235 if index >> bit & 1 else 16
    return frame


def number_of(frame: Picture) -> int:
    """The number that a frame shows."""
    height, width = frame.shape[:2]
    row = frame[height // 2 - height // 16 : height // 2 + height // 16].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(8) if row[int((bit + 0.5) * width / 8)] > 120)


def corners_of(frame: Picture) -> dict[str, Picture]:
    """Mean colour of each corner."""
    h, w = max(1, frame.shape[0] // 8), max(1, frame.shape[1] // 8)
    return {
        "top_left": frame[:h, :w, :3].mean(axis=(0, 1)), "top_right": frame[:h, -w:, :3].mean(axis=(0, 1)),
        "bottom_left": frame[-h:, :w, :3].mean(axis=(0, 1)), "bottom_right": frame[-h:, -w:, :3].mean(axis=(0, 1)),
    }  # fmt: skip


def noise(seconds: float, rate: int = 44_100) -> npt.NDArray[np.float32]:
    """(N,) float32: band-limited noise, the same every time: where it lies in time is found by correlation."""
    white = np.random.default_rng(7).standard_normal(round(seconds * rate))
    smooth = np.convolve(white, np.ones(12) / 12, mode="same")
    return np.asarray(0.25 * smooth / np.abs(smooth).max(), np.float32)


def encode(
    path: Path,
    frames: Iterable[Picture],
    *,
    fps: Fraction | int = 25,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: str | None = None,
    muxer: dict[str, str] | None = None,
    times: Sequence[float] | None = None,
    first_second: float = 0.0,
    aspect: Fraction | None = None,
    rotation: float | None = None,
    colour: tuple[int, int, int, int] | None = None,
    sound: npt.NDArray[np.float32] | None = None,
    sound_second: float = 0.0,
    sound_codec: str = "aac",
) -> Path:
    """Write a video.

    Args:
        path: where.
        frames: (H, W, 3) or (H, W, 4) uint8.
        fps: frames a second, or the clock where `times` is given.
        codec, pix_fmt, options: of the encoder.
        container, muxer: format name where the ending does not say, and its options.
        times: second of each frame; None: evenly.
        first_second: second at which the first frame is shown.
        aspect: width over height of a pixel.
        rotation: degrees counter-clockwise by which a player has to turn the frames.
        colour: H.273 primaries, transfer, matrix and range (1 limited, 2 full).
        sound: (N,) samples at 44.1 kHz.
        sound_second: second at which the sound begins.
        sound_codec: of the sound.
    """
    frames = list(frames)
    clock = Fraction(1, 1000) if times is not None else 1 / Fraction(fps)
    with av.open(f"file:{path}", "w", format=container, options=muxer or {}) as out:
        stream: Any = out.add_stream(codec, rate=Fraction(fps), options=_OPTIONS.get(codec, {}) | (options or {}))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = clock
        stream.codec_context.thread_count = 1
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation is not None:
            stream.set_display_rotation(rotation)
        primaries, transfer, matrix, reach = colour or ((1, 1, 1, 1) if pix_fmt.startswith("yuv") else (2, 2, 2, 0))
        context = stream.codec_context
        context.color_primaries, context.color_trc = primaries, transfer
        context.colorspace, context.color_range = matrix, reach
        speech: Any = None
        if sound is not None:
            speech = out.add_stream(sound_codec, rate=44_100, layout="mono")
        for i, values in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(values, format="rgba" if values.shape[2] == 4 else "rgb24")
            if pix_fmt != picture.format.name:
                picture = picture.reformat(format=pix_fmt, dst_colorspace="ITU709" if colour is None else None)
            picture.pts = round((times[i] if times is not None else first_second + i / Fraction(fps)) / clock)
            picture.time_base = clock
            picture.color_primaries, picture.color_trc = primaries, transfer
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
        if speech is not None and sound is not None:
            for at in range(0, len(sound), 1024):
                block = av.AudioFrame.from_ndarray(sound[None, at : at + 1024], format="fltp", layout="mono")
                block.sample_rate, block.time_base = 44_100, Fraction(1, 44_100)
                block.pts = at + round(sound_second * 44_100)
                out.mux(speech.encode(block))
            out.mux(speech.encode(None))
    return path


_OPTIONS = {"libx264": {"preset": "ultrafast", "crf": "12", "bf": "0"}, "libx265": {"preset": "ultrafast", "crf": "12",
            "x265-params": "log-level=none:pools=1:frame-threads=1"}, "libvpx-vp9": {"deadline": "realtime",
            "cpu-used": "8", "crf": "10", "b": "0"}}  # fmt: skip


def video(path: Path, frames: int = 50, *, sound: bool = True, **settings: Any) -> Path:
    """A plain numbered video of 25 frames a second with sound."""
    fps = settings.get("fps", 25)
    heard = noise(float(frames / Fraction(fps))) if sound else None
    return encode(path, [numbered(i % 256) for i in range(frames)], sound=heard, **settings)


def stored(path: Path, data: bytes) -> Path:
    """A file of these bytes."""
    path.write_bytes(data)
    return path
