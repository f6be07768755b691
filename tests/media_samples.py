"""Small media of every awkward kind, made on the spot, with contents that are known.

Every frame of a sample video shows its own number: eight black or white bars across the middle are its bits, and four
coloured corners say which way is up. MAKERS names every file that somebody could hand in by mistake or on purpose.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

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


# ---------------------------------------------------------------------------------------------- awkward but good


def rotated(folder: Path) -> Path:
    return video(folder / "rotated.mp4", 25, rotation=90)


def variable_rate(folder: Path) -> Path:
    """30 frames a second with every third left out."""
    kept = [i for i in range(60) if i % 3 != 2]
    frames = [numbered(i) for i in kept]
    return encode(folder / "variable_rate.mkv", frames, fps=30, times=[i / 30 for i in kept])


def ten_bit(folder: Path) -> Path:
    return video(folder / "ten_bit.mp4", 25, codec="libx265", pix_fmt="yuv420p10le")


def hdr_pq(folder: Path) -> Path:
    return video(folder / "hdr_pq.mp4", 25, codec="libx265", pix_fmt="yuv420p10le", colour=(9, 16, 9, 1))


def hdr_hlg(folder: Path) -> Path:
    return video(folder / "hdr_hlg.mp4", 25, codec="libx265", pix_fmt="yuv420p10le", colour=(9, 18, 9, 1))


def with_alpha(i: int) -> Picture:
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[: HEIGHT // 4, : WIDTH // 4] = 0
    return np.concatenate([numbered(i), alpha], axis=2)


def alpha_prores(folder: Path) -> Path:
    frames = [with_alpha(i) for i in range(10)]
    return encode(folder / "alpha_prores.mov", frames, codec="prores_ks", pix_fmt="yuva444p10le",
                  options={"profile": "4444"})  # fmt: skip


def alpha_png(folder: Path) -> Path:
    return encode(folder / "alpha_png.mov", [with_alpha(i) for i in range(10)], codec="png", pix_fmt="rgba")


def alpha_vp9(folder: Path) -> Path:
    frames = [with_alpha(i) for i in range(10)]
    return encode(folder / "alpha_vp9.webm", frames, codec="libvpx-vp9", pix_fmt="yuva420p")


def odd_size(folder: Path) -> Path:
    frames = [numbered(i, 197, 123) for i in range(25)]
    return encode(folder / "odd_size.mp4", frames, pix_fmt="yuv444p")


def anamorphic(folder: Path) -> Path:
    return video(folder / "anamorphic.mp4", 25, aspect=Fraction(3, 2))


def no_sound(folder: Path) -> Path:
    return video(folder / "no_sound.mp4", 25, sound=False)


def late_sound(folder: Path) -> Path:
    """The sound begins 0.4 s after the pictures."""
    return encode(folder / "late_sound.mp4", [numbered(i) for i in range(50)], sound=noise(1.6), sound_second=0.4)


def transport_stream(folder: Path) -> Path:
    """Its clock begins at 10 seconds."""
    return video(folder / "transport.ts", 50, options={"g": "25"}, muxer={"output_ts_offset": "10"})


def fast(folder: Path) -> Path:
    return video(folder / "fps_240.mp4", 120, fps=240)


def gif(folder: Path) -> Path:
    return _pillow_animation(folder / "moving.gif")


def webp(folder: Path) -> Path:
    return _pillow_animation(folder / "moving.webp", quality=90)


def apng(folder: Path) -> Path:
    return _pillow_animation(folder / "moving.png")


def _pillow_animation(path: Path, **settings: Any) -> Path:
    frames = [Image.fromarray(numbered(i)) for i in range(12)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, loop=0, **settings)
    return path


def wrong_extension(folder: Path) -> Path:
    return video(folder / "really_a_video.jpg", 25, container="mp4")


def spaces_and_unicode(folder: Path) -> Path:
    return video(folder / "ein Tänzer – 踊り 💃 %d.mp4", 25)


def leading_dash(folder: Path) -> Path:
    return video(folder / "-y.mp4", 25, container="mp4")


def looks_like_protocol(folder: Path) -> Path:
    return video(folder / "concat:a|b.mp4", 25, container="mp4")


# ------------------------------------------------------------------------------------------------- damaged videos


def empty(folder: Path) -> Path:
    return _bytes(folder / "empty.mp4", b"")


def text(folder: Path) -> Path:
    return _bytes(folder / "text.mp4", b"This is a letter, not a video.\n" * 200)


def noise_bytes(folder: Path) -> Path:
    return _bytes(folder / "noise.mp4", np.random.default_rng(3).bytes(60_000))


def cut_without_index(folder: Path) -> Path:
    whole = video(folder / "whole.tmp", 50, container="mp4").read_bytes()
    (folder / "whole.tmp").unlink()
    return _bytes(folder / "cut_without_index.mp4", whole[: len(whole) * 6 // 10])


def cut_with_index(folder: Path) -> Path:
    whole = video(folder / "whole.tmp", 50, container="mp4", muxer={"movflags": "+faststart"}).read_bytes()
    (folder / "whole.tmp").unlink()
    return _bytes(folder / "cut_with_index.mp4", whole[: len(whole) * 6 // 10])


def hole_in_the_middle(folder: Path) -> Path:
    """Zeros in the place of some frames in the middle; keyframes every 10."""
    path = video(folder / "hole.mp4", 60, options={"g": "10", "keyint_min": "10"}, sound=False)
    data = bytearray(path.read_bytes())
    with av.open(f"file:{path}") as container:
        packets = [(p.pos, p.size) for p in container.demux(container.streams.video[0]) if p.size]
    for position, size in packets[23:27]:
        data[position : position + size] = bytes(size)
    return _bytes(path, bytes(data))


def one_frame(folder: Path) -> Path:
    return video(folder / "one_frame.mp4", 1, sound=False)


def sound_only(folder: Path) -> Path:
    path = folder / "sound_only.mp4"
    samples = noise(2.0)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("aac", rate=44_100, layout="mono")
        for at in range(0, len(samples), 1024):
            block = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], format="fltp", layout="mono")
            block.sample_rate, block.pts = 44_100, at
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))
    return path


def three_hours(folder: Path) -> Path:
    frames = [numbered(i, 64, 64) for i in range(109)]
    return encode(folder / "three_hours.mp4", frames, times=[100.0 * i for i in range(109)])


def eight_k(folder: Path) -> Path:
    jpeg = io.BytesIO()
    Image.new("RGB", (7680, 4320), (90, 90, 90)).save(jpeg, "JPEG")
    path = folder / "eight_k.avi"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 7680, 4320, "yuvj420p"
        for i in range(3):
            packet = av.Packet(jpeg.getvalue())
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, i, i, Fraction(1, 25)
            packet.is_keyframe = True
            out.mux(packet)
    return path


def playlist(folder: Path) -> Path:
    secret = folder / "secret.ts"
    video(secret, 25)
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    return _bytes(folder / "playlist.mp4", text.encode())


def concat_script(folder: Path) -> Path:
    video(folder / "part.mp4", 25)
    return _bytes(folder / "script.mp4", b"ffconcat version 1.0\nfile part.mp4\n")


def session_description(folder: Path) -> Path:
    text = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n"
    return _bytes(folder / "session.mp4", text.encode())


# ------------------------------------------------------------------------------------------------------- pictures


def photo_picture(width: int = 300, height: int = 400) -> Picture:
    """Coloured corners on a ramp, so that every row differs."""
    ramp = np.linspace(40, 200, height)[:, None, None] + np.linspace(0, 40, width)[None, :, None]
    picture = np.repeat(ramp, 3, axis=2).round().astype(np.uint8)
    h, w = height // 4, width // 4
    picture[:h, :w], picture[:h, -w:] = CORNERS["top_left"], CORNERS["top_right"]
    picture[-h:, :w], picture[-h:, -w:] = CORNERS["bottom_left"], CORNERS["bottom_right"]
    return picture


def photo(folder: Path) -> Path:
    return _picture(folder / "photo.jpg", Image.fromarray(photo_picture()), quality=95)


def photo_exif(folder: Path, orientation: int = 6) -> Path:
    """Stored lying on its side as a phone does; EXIF says how to turn it."""
    upright = Image.fromarray(photo_picture())
    stored = {
        1: upright, 2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 3: upright.rotate(180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.rotate(90, expand=True), 7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.rotate(-90, expand=True),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    return _picture(folder / f"exif_{orientation}.jpg", stored, quality=95, exif=exif)


def photo_cmyk(folder: Path) -> Path:
    return _picture(folder / "cmyk.jpg", Image.fromarray(photo_picture()).convert("CMYK"), quality=95)


def photo_grey16(folder: Path) -> Path:
    grey = photo_picture().mean(axis=2)
    return _picture(folder / "grey16.png", Image.fromarray((grey * 257).astype(np.uint16)))


def photo_palette(folder: Path) -> Path:
    return _picture(folder / "palette.png", Image.fromarray(photo_picture()).quantize(64), transparency=0)


def photo_alpha(folder: Path) -> Path:
    alpha = np.full((400, 300, 1), 255, np.uint8)
    alpha[:, :150] = 0
    return _picture(folder / "alpha.png", Image.fromarray(np.concatenate([photo_picture(), alpha], axis=2)))


def photo_display_p3(folder: Path) -> Path:
    """Pure red of sRGB as a phone stores it: in Display P3, with the profile."""
    picture = np.full((200, 200, 3), (234, 51, 35), np.uint8)
    return _picture(folder / "display_p3.png", Image.fromarray(picture), icc_profile=display_p3_profile())


def photo_truncated(folder: Path) -> Path:
    whole = photo(folder).read_bytes()
    (folder / "photo.jpg").unlink()
    return _bytes(folder / "truncated.jpg", whole[: len(whole) * 8 // 10])


def photo_torn(folder: Path) -> Path:
    whole = photo(folder).read_bytes()
    (folder / "photo.jpg").unlink()
    return _bytes(folder / "torn.jpg", whole[: len(whole) * 3 // 10])


def photo_tiny(folder: Path) -> Path:
    return _picture(folder / "tiny.png", Image.fromarray(photo_picture(40, 30)))


def photo_text(folder: Path) -> Path:
    return _bytes(folder / "letter.jpg", b"This is a letter, not a picture.\n" * 100)


def photo_empty(folder: Path) -> Path:
    return _bytes(folder / "empty.png", b"")


def bomb(folder: Path) -> Path:
    """A PNG of a few hundred bytes that claims 60000 x 60000 pixels."""
    return _bytes(folder / "bomb.png", png_claiming(60_000, 60_000))


def hundred_megapixels(folder: Path) -> Path:
    """A PNG that claims 12000 x 9000 pixels, below what Pillow itself refuses."""
    return _bytes(folder / "hundred_megapixels.png", png_claiming(12_000, 9_000))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG with this size in its header and next to no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100_000)))
            + chunk(b"IEND", b""))  # fmt: skip


def heic(folder: Path) -> Path:
    return _bytes(folder / "phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500))


def display_p3_profile() -> bytes:
    """An ICC profile of Display P3, by the ICC specification: three primaries and one curve."""

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(v * 65536)) for v in (x, y, z))

    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + b"".join(
        struct.pack(">i", round(v * 65536)) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    )  # fmt: skip
    name = b"desc" + bytes(4) + struct.pack(">I", 11) + b"Display P3\0" + bytes(78)
    tags = {
        b"desc": name, b"cprt": b"text" + bytes(4) + b"none\0\0\0\0", b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.2412, -0.00105), b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.1571, 0.06657, 0.78407), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    table, body = b"", b""
    offset = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        data += bytes(-len(data) % 4)
        table += tag + struct.pack(">II", offset + len(body), len(data))
        body += data
    size = offset + len(body)
    header = (struct.pack(">I", size) + bytes(4) + struct.pack(">I", 0x02100000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
              + bytes(28) + struct.pack(">iii", 63190, 65536, 54061) + bytes(48))  # fmt: skip
    return header + struct.pack(">I", len(tags)) + table + body


def _picture(path: Path, image: Image.Image, **settings: Any) -> Path:
    data = io.BytesIO()
    image.save(data, format={".jpg": "JPEG", ".png": "PNG"}[path.suffix], **settings)
    return _bytes(path, data.getvalue())


def _bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    maker.__name__: maker
    for maker in (
        rotated, variable_rate, ten_bit, hdr_pq, hdr_hlg, alpha_prores, alpha_png, alpha_vp9, odd_size, anamorphic,
        no_sound, late_sound, transport_stream, fast, gif, webp, apng, wrong_extension, spaces_and_unicode,
        leading_dash, looks_like_protocol, empty, text, noise_bytes, cut_without_index, cut_with_index,
        hole_in_the_middle, one_frame, sound_only, three_hours, eight_k, playlist, concat_script, session_description,
        photo, photo_exif, photo_cmyk, photo_grey16, photo_palette, photo_alpha, photo_display_p3, photo_truncated,
        photo_torn, photo_tiny, photo_text, photo_empty, bomb, hundred_megapixels, heic,
    )
}  # fmt: skip
"""Every sample by name; each writes its file into a folder and returns its path."""
