"""Videos of every awkward kind that somebody could hand in by mistake or on purpose; CLIPS names them all."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from tests.numbered_video import HEIGHT, WIDTH, Picture, encode, noise, numbered, stored, video


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


def empty(folder: Path) -> Path:
    return stored(folder / "empty.mp4", b"")


def text(folder: Path) -> Path:
    return stored(folder / "text.mp4", b"This is a letter, not a video.\n" * 200)


def noise_bytes(folder: Path) -> Path:
    return stored(folder / "noise.mp4", np.random.default_rng(3).bytes(60_000))


def cut_without_index(folder: Path) -> Path:
    whole = video(folder / "whole.tmp", 50, container="mp4").read_bytes()
    (folder / "whole.tmp").unlink()
    return stored(folder / "cut_without_index.mp4", whole[: len(whole) * 6 // 10])


def cut_with_index(folder: Path) -> Path:
    whole = video(folder / "whole.tmp", 50, container="mp4", muxer={"movflags": "+faststart"}).read_bytes()
    (folder / "whole.tmp").unlink()
    return stored(folder / "cut_with_index.mp4", whole[: len(whole) * 6 // 10])


def hole_in_the_middle(folder: Path) -> Path:
    """Zeros in the place of some frames in the middle; keyframes every 10."""
    path = video(folder / "hole.mp4", 60, options={"g": "10", "keyint_min": "10"}, sound=False)
    data = bytearray(path.read_bytes())
    with av.open(f"file:{path}") as container:
        packets = [(p.pos, p.size) for p in container.demux(container.streams.video[0]) if p.size]
    for position, size in packets[23:27]:
        data[position : position + size] = bytes(size)
    return stored(path, bytes(data))


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
    return stored(folder / "playlist.mp4", text.encode())


def concat_script(folder: Path) -> Path:
    video(folder / "part.mp4", 25)
    return stored(folder / "script.mp4", b"ffconcat version 1.0\nfile part.mp4\n")


def session_description(folder: Path) -> Path:
    text = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n"
    return stored(folder / "session.mp4", text.encode())


CLIPS: dict[str, Callable[[Path], Path]] = {
    maker.__name__: maker
    for maker in (
        rotated, variable_rate, ten_bit, hdr_pq, hdr_hlg, alpha_prores, alpha_png, alpha_vp9, odd_size,
        anamorphic, no_sound, late_sound, transport_stream, fast, gif, webp, apng, wrong_extension,
        spaces_and_unicode, leading_dash, looks_like_protocol, empty, text, noise_bytes, cut_without_index,
        cut_with_index, hole_in_the_middle, one_frame, sound_only, three_hours, eight_k, playlist,
        concat_script, session_description,
    )
}  # fmt: skip
"""Every sample by name; each writes its file into a folder and returns its path."""
