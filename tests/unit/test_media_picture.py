"""Pictures come out upright, in sRGB, 8 bits, whatever the file holds."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.core import TroupeError
from components.media import is_picture, picture_header, read_damaged_picture, read_picture, write_picture
from tests import clip_samples, numbered_video, photo_samples


def assert_corners(picture: numbered_video.Picture, within: float = 6) -> None:
    for corner, colour in numbered_video.corners_of(picture).items():
        assert np.abs(colour - numbered_video.CORNERS[corner]).max() <= within, (corner, colour)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int, tmp_path: Path) -> None:
    picture = read_picture(photo_samples.photo_exif(tmp_path, orientation))
    assert picture.shape == (400, 300, 3)
    assert_corners(picture)


def test_cmyk(tmp_path: Path) -> None:
    assert_corners(read_picture(photo_samples.photo_cmyk(tmp_path)), within=12)


def test_sixteen_bit_grey(tmp_path: Path) -> None:
    picture = read_picture(photo_samples.photo_grey16(tmp_path))
    expected = photo_samples.photo_picture().mean(axis=2)
    assert picture.shape == (400, 300, 3)
    assert np.abs(picture.astype(float) - expected[..., None]).max() <= 1


def test_palette_with_a_clear_colour(tmp_path: Path) -> None:
    picture = read_picture(photo_samples.photo_palette(tmp_path))
    assert picture.shape == (400, 300, 4)
    assert 0 < (picture[..., 3] == 0).sum() < picture[..., 3].size


def test_alpha_is_kept(tmp_path: Path) -> None:
    picture = read_picture(photo_samples.photo_alpha(tmp_path))
    assert picture.shape == (400, 300, 4)
    assert (picture[:, :150, 3] == 0).all() and (picture[:, 150:, 3] == 255).all()


def test_colour_profile(tmp_path: Path) -> None:
    """(234, 51, 35) in Display P3 is pure red in sRGB."""
    picture = read_picture(photo_samples.photo_display_p3(tmp_path))
    assert np.abs(picture.astype(int) - (255, 0, 0)).max() <= 3


def test_a_broken_profile_is_passed_over(tmp_path: Path) -> None:
    Image.fromarray(photo_samples.photo_picture()).save(tmp_path / "a.png", icc_profile=b"no profile at all" * 20)
    assert_corners(read_picture(tmp_path / "a.png"))


@pytest.mark.parametrize(("format", "ending"), [("WEBP", "webp"), ("BMP", "bmp"), ("TIFF", "tiff"), ("AVIF", "avif"),
                                                ("JPEG", "png"), ("GIF", "gif"), ("PPM", "ppm")])  # fmt: skip
def test_formats_are_told_by_content(format: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"-a b.{ending}"
    data = io.BytesIO()
    Image.fromarray(photo_samples.photo_picture()).save(data, format)
    path.write_bytes(data.getvalue())
    assert is_picture(path)
    assert_corners(read_picture(path), within=12)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for shape in ((31, 47, 3), (31, 47, 4)):
        picture = rng.integers(0, 256, shape, np.uint8)
        write_picture(tmp_path / "a.png", picture)
        assert np.array_equal(read_picture(tmp_path / "a.png"), picture)


def test_size_is_known_before_any_pixel(tmp_path: Path) -> None:
    header = picture_header(photo_samples.hundred_megapixels(tmp_path))
    assert (header.width, header.height, header.frames) == (12_000, 9_000, 1)
    with pytest.raises(TroupeError) as refusal:
        picture_header(photo_samples.bomb(tmp_path))
    assert refusal.value.code == "picture_too_large" and "3600 megapixels" in refusal.value.message


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_what_is_left_of_a_cut_off_jpeg(share: float, progressive: bool, tmp_path: Path) -> None:
    whole = io.BytesIO()
    texture = np.random.default_rng(1).integers(0, 60, (400, 300, 3), np.uint8) + photo_samples.photo_picture() // 2
    Image.fromarray(texture).save(whole, "JPEG", quality=90, progressive=progressive)
    (tmp_path / "cut.jpg").write_bytes(whole.getvalue()[: int(len(whole.getvalue()) * share)])
    picture, readable = read_damaged_picture(tmp_path / "cut.jpg")
    assert readable < 1
    if progressive:
        assert readable > 0.99  # all of it, coarser
    else:
        assert abs(readable - share) < 0.06
    assert picture.shape[0] == round(400 * min(1, readable + 0.001))
    rows = slice(0, int(picture.shape[0] * 0.9))
    assert np.abs(picture[rows].astype(float) - texture[rows]).mean() < (25 if progressive else 15)
    with pytest.raises(TroupeError) as refusal:
        read_picture(tmp_path / "cut.jpg")
    assert refusal.value.code == "unreadable_media"


def test_what_is_left_of_a_cut_off_png(tmp_path: Path) -> None:
    whole = io.BytesIO()
    texture = np.random.default_rng(1).integers(1, 256, (400, 300, 3), np.uint8)
    Image.fromarray(texture).save(whole, "PNG")
    (tmp_path / "cut.png").write_bytes(whole.getvalue()[: int(len(whole.getvalue()) * 0.7)])
    picture, readable = read_damaged_picture(tmp_path / "cut.png")
    assert abs(readable - 0.7) < 0.02
    assert np.array_equal(picture, texture[: len(picture)])


@pytest.mark.parametrize("maker", ["photo_text", "photo_empty", "no_sound", "heic"])
def test_no_picture(maker: str, tmp_path: Path) -> None:
    path = (clip_samples.CLIPS | photo_samples.PHOTOS)[maker](tmp_path)
    assert not is_picture(path)
    with pytest.raises(TroupeError) as refusal:
        read_picture(path)
    assert refusal.value.code == "unreadable_media"


def test_moving_pictures_are_no_pictures(tmp_path: Path) -> None:
    for maker in (clip_samples.gif, clip_samples.webp, clip_samples.apng):
        path = maker(tmp_path)
        assert picture_header(path).frames == 12 and not is_picture(path)
