"""Frames come out upright, on the grid, in the right colours, whichever way the file holds them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from components.core import Clip, TroupeError
from components.media import VideoWriter, clip_of, decode, probe, read_sound, scan, snapped
from components.media.tone import tone_mapped
from tests import clip_samples, numbered_video


def numbers(clip: Clip, *, first: int = 0, count: int | None = None) -> list[int]:
    return [numbered_video.number_of(f) for f in decode(clip, first=first, count=count)]


def assert_corners(frame: numbered_video.Picture, expected: dict[str, tuple[int, int, int]], within: float = 8) -> None:
    for corner, colour in numbered_video.corners_of(frame).items():
        assert np.abs(colour - expected[corner]).max() <= within, (corner, colour, expected[corner])


@pytest.mark.parametrize("maker", ["no_sound", "ten_bit", "gif", "apng", "transport_stream", "odd_size"])
def test_every_frame_once_in_order_and_colour(maker: str, tmp_path: Path) -> None:
    clip = clip_of(clip_samples.CLIPS[maker](tmp_path))
    frames = list(decode(clip))
    assert [numbered_video.number_of(f) for f in frames] == list(range(clip.frames))
    assert frames[0].shape == (clip.height, clip.width, 3)
    assert_corners(frames[3], numbered_video.CORNERS)


@pytest.mark.parametrize(("ending", "gop"), [("mp4", 12), ("mkv", 12), ("ts", 12), ("ts", 60)])
def test_frames_from_the_middle_are_those_of_a_straight_run(ending: str, gop: int, tmp_path: Path) -> None:
    options = {"g": str(gop), "bf": "3", "preset": "veryfast"}
    clip = clip_of(numbered_video.video(tmp_path / f"a.{ending}", 100, options=options, sound=False))
    for first in (0, 1, 7, 24, 25, 26, 49, 63, 99):
        assert numbers(clip, first=first, count=5) == list(range(first, min(100, first + 5)))


def test_a_seek_gives_the_same_pixels(tmp_path: Path) -> None:
    clip = clip_of(numbered_video.video(tmp_path / "a.mp4", 60, options={"g": "30", "bf": "2", "preset": "veryfast"}))
    straight = list(decode(clip))
    for first in (29, 31, 45):
        assert np.array_equal(next(iter(decode(clip, first=first, count=1))), straight[first])
    assert all(np.array_equal(a, b) for a, b in zip(straight, decode(clip, threads=2), strict=True))


@pytest.mark.parametrize(
    ("rotation", "hflip", "order"),
    [
        (90, False, ("top_right", "bottom_right", "top_left", "bottom_left")),
        (-90, False, ("bottom_left", "top_left", "bottom_right", "top_right")),
        (180, False, ("bottom_right", "bottom_left", "top_right", "top_left")),
        (0, True, ("top_right", "top_left", "bottom_right", "bottom_left")),
    ],
)
def test_display_matrix(rotation: int, hflip: bool, order: tuple[str, ...], tmp_path: Path) -> None:
    """`order`: which stored corner a player shows at top left, top right, bottom left, bottom right."""
    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = numbered_video.WIDTH, numbered_video.HEIGHT, "yuv420p"
        stream.set_display_rotation(rotation, hflip=hflip)
        for i in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(numbered_video.numbered(i), format="rgb24")))
        out.mux(stream.encode(None))
    clip = clip_of(path)
    frame = next(iter(decode(clip)))
    turned = abs(rotation) == 90
    assert (clip.width, clip.height) == (
        (numbered_video.HEIGHT, numbered_video.WIDTH) if turned else (numbered_video.WIDTH, numbered_video.HEIGHT)
    )
    assert frame.shape == (clip.height, clip.width, 3)
    shown = dict(zip(numbered_video.CORNERS, (numbered_video.CORNERS[c] for c in order), strict=True))
    assert_corners(frame, shown, within=20)
    small = next(iter(decode(clip, size=(clip.width // 2, clip.height // 2))))
    assert_corners(small, shown, within=20)


def test_variable_rate_is_sampled_where_the_grid_lies(tmp_path: Path) -> None:
    path = clip_samples.variable_rate(tmp_path)
    clip = Clip(
        clip_of(path).uri, numbered_video.WIDTH, numbered_video.HEIGHT, Fraction(30), 59, 0.0, None, "sdr", "0" * 64
    )
    expected = [i if i % 3 != 2 else i - 1 for i in range(59)]
    assert numbers(clip) == expected
    assert numbers(clip, first=31, count=6) == expected[31:37]


@pytest.mark.parametrize(("fps", "divisor"), [(60, 2), (240, 8), (50, 2), (Fraction(60000, 1001), 2)])
def test_a_fast_clip_is_thinned_evenly(fps: Fraction | int, divisor: int, tmp_path: Path) -> None:
    path = numbered_video.video(tmp_path / "fast.mp4", 80, fps=fps, sound=False)
    whole = clip_of(path)
    thin = Clip(whole.uri, whole.width, whole.height, whole.fps / divisor, 80 // divisor, 0.0, None, "sdr", "")
    assert numbers(thin) == list(range(0, 80, divisor))


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    clip = clip_of(clip_samples.anamorphic(tmp_path))
    assert (clip.width, clip.height) == (288, 128)
    assert_corners(next(iter(decode(clip))), numbered_video.CORNERS)


def test_transparent_frames_lie_on_black(tmp_path: Path) -> None:
    for maker in (clip_samples.alpha_prores, clip_samples.alpha_png):
        frame = next(iter(decode(clip_of(maker(tmp_path)))))
        assert_corners(frame, numbered_video.CORNERS | {"top_left": (0, 0, 0)}, within=4)


@pytest.mark.parametrize(
    ("matrix", "tag", "size"), [("ITU709", 1, 128), ("ITU601", 5, 128), ("ITU601", 2, 128), ("ITU709", 2, 720)]
)
def test_colour_matrix(matrix: str, tag: int, size: int, tmp_path: Path) -> None:
    """As tagged; untagged is BT.601 in small files and BT.709 in HD, as players take it."""
    path = tmp_path / "colours.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "4", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = size * 3 // 2, size, "yuv420p"
        stream.codec_context.colorspace = tag
        for i in range(2):
            frame = av.VideoFrame.from_ndarray(numbered_video.numbered(i, size * 3 // 2, size), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=matrix)
            frame.colorspace = tag
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert_corners(next(iter(decode(clip_of(path)))), numbered_video.CORNERS, within=5)


def test_a_hole_repeats_the_last_good_frame(tmp_path: Path) -> None:
    path = clip_samples.hole_in_the_middle(tmp_path)
    found = scan(path)
    assert len(found.damaged) == 4 and 0.9 < found.damaged[0] < 1.0
    clip = clip_of(path)
    shown = numbers(clip)
    assert len(shown) == 60
    assert shown[:23] == list(range(23)) and shown[23:27] == [22] * 4 and shown[30:] == list(range(30, 60))
    assert numbers(clip, first=25, count=3)[:2] == [22, 22]


def test_a_frame_that_is_decoded_in_part_is_not_shown(tmp_path: Path) -> None:
    """One bit wrong in the middle of a frame: the decoder makes up the rest, which is worse than the frame before."""
    options = {"g": "10", "keyint_min": "10", "x264-params": "aud=1"}
    path = numbered_video.video(tmp_path / "a.mp4", 40, options=options, sound=False)
    clean = list(decode(clip_of(path)))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(container.streams.video[0]) if p.size]
    position, size = packets[20]
    data[position + size // 2 : position + size // 2 + 40] = b"\xff" * 40
    path.write_bytes(data)
    assert len(scan(path).damaged) == 1 and scan(path).damaged[0] == pytest.approx(0.8)
    shown = list(decode(clip_of(path)))
    assert np.array_equal(shown[20], clean[19]) and np.array_equal(shown[30], clean[30])
    assert np.array_equal(next(iter(decode(clip_of(path), first=20, count=1))), clean[19])


def test_a_file_cut_short_holds_its_last_frame(tmp_path: Path) -> None:
    path = clip_samples.cut_with_index(tmp_path)
    found = scan(path)
    assert 0 < found.missing < 50 and len(found.seconds) + found.missing <= 50
    last = len(found.seconds) - 1
    clip = clip_of(path)
    longer = Clip(clip.uri, clip.width, clip.height, Fraction(25), 50, 0.0, None, "sdr", "")
    assert numbers(longer)[last:] == [last] * (50 - last)


def pq_code(nits: float) -> int:
    """SMPTE ST 2084, inverse EOTF."""
    y = (nits / 10_000) ** (2610 / 16384)
    return int(65535 * ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32) + 0.5)


def srgb(light: float) -> float:
    return 255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


def test_tone_mapping_keeps_tones_below_the_knee_and_rolls_highlights_off() -> None:
    def grey(nits: float) -> int:
        pixel = tone_mapped(np.full((1, 1, 3), pq_code(nits), np.uint16), "pq", True)[0, 0].astype(int)
        assert np.ptp(pixel) <= 1
        return int(pixel[1])

    for nits in (0, 1, 10, 26, 50, 100):
        assert abs(grey(nits) - srgb(nits / 203)) <= 1.5
    steps = [grey(n) for n in (0, 1, 10, 50, 100, 203, 400, 700, 1000)]
    assert steps == sorted(set(steps)) and 200 < grey(203) < 240 and grey(1000) >= 254 and grey(4000) == 255


def test_tone_mapping_keeps_hues() -> None:
    """Primaries of BT.709 at 80 cd/m2, written in BT.2020, are pure in sRGB."""
    to_bt2020 = np.array(
        [[0.627404, 0.329283, 0.043313], [0.069097, 0.919540, 0.011362], [0.016391, 0.088013, 0.895595]]
    )
    for i, light in enumerate(np.eye(3) * 80):
        code = np.array([pq_code(v) for v in to_bt2020 @ light], np.uint16)
        pixel = tone_mapped(code[None, None], "pq", True)[0, 0].astype(int)
        assert abs(pixel[i] - srgb(80 / 203)) <= 3 and max(np.delete(pixel, i)) <= 12


@pytest.mark.parametrize("maker", [clip_samples.hdr_pq, clip_samples.hdr_hlg])
def test_hdr_files_come_out_as_sdr(maker: object, tmp_path: Path) -> None:
    path = clip_samples.hdr_pq(tmp_path) if maker is clip_samples.hdr_pq else clip_samples.hdr_hlg(tmp_path)
    info = probe(path).picture
    assert info is not None and info.colour == "hdr" and info.bits == 10
    clip = clip_of(path)
    assert numbers(clip) == list(range(25))
    corner = numbered_video.corners_of(next(iter(decode(clip))))["top_left"]
    assert corner[0] > 200 and corner[1:].max() < 40


def test_grey_frames_of_a_matte_are_exact(tmp_path: Path) -> None:
    mattes = np.random.default_rng(1).integers(0, 256, (5, 51, 97), np.uint8)
    with VideoWriter(tmp_path / "matte.mkv", 97, 51, 25, codec="ffv1", pix_fmt="gray") as writer:
        for matte in mattes:
            writer.write(matte)
    assert np.array_equal(np.stack(list(decode(clip_of(tmp_path / "matte.mkv"), pix_fmt="gray"))), mattes)


def test_rates_are_snapped_to_what_they_stand_for() -> None:
    assert snapped(Fraction(2997, 100)) == Fraction(30000, 1001)
    assert snapped(Fraction(23976, 1000)) == Fraction(24000, 1001)
    assert snapped(Fraction(30001, 1000)) == 30
    assert snapped(Fraction(25, 1)) == 25
    assert snapped(Fraction(29, 2)) == Fraction(29, 2)


@pytest.mark.parametrize("maker", ["empty", "text", "noise_bytes", "playlist", "concat_script", "session_description"])
def test_what_is_no_media_is_refused(maker: str, tmp_path: Path) -> None:
    with pytest.raises(TroupeError) as refusal:
        probe(clip_samples.CLIPS[maker](tmp_path))
    assert refusal.value.code == "unreadable_media"


def test_names_are_never_read_as_protocols(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for maker in (clip_samples.leading_dash, clip_samples.looks_like_protocol, clip_samples.spaces_and_unicode):
        path = maker(Path())
        assert numbers(clip_of(path)) == list(range(25))
    with pytest.raises(TroupeError) as refusal:
        probe("concat:-y.mp4|-y.mp4")
    assert refusal.value.code == "file_not_found"
    with pytest.raises(TroupeError):
        read_sound_of("http://127.0.0.1:1/a.mp4")


def read_sound_of(uri: str) -> None:
    from components.core import Sound, Uri

    read_sound(Sound(Uri(uri), 44_100, 1, 0.0, 1.0))
