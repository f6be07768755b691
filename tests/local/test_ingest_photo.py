"""Photos of every kind become upright sRGB stills of a workable size, or are refused with a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.core import StageContext, Still, TroupeError
from components.ingest import photo as ingest
from components.ingest.photo import PhotoSettings, fit
from components.media import digest, read_picture
from tests import clip_samples, numbered_video, photo_samples


def take(path: Path | str, folder: Path, **settings: float) -> Still:
    return ingest.run(str(path), settings=PhotoSettings.model_validate(settings), context=StageContext(folder / "out"))


GOOD = {"photo": 3, "photo_exif": 3, "photo_cmyk": 3, "photo_grey16": 3, "photo_palette": 4, "photo_alpha": 4,
        "photo_display_p3": 3}  # fmt: skip

BAD = {
    "photo_torn": "unreadable_media", "photo_text": "unreadable_media", "photo_empty": "unreadable_media",
    "photo_tiny": "picture_too_small", "bomb": "picture_too_large", "hundred_megapixels": "picture_too_large",
    "heic": "unsupported_media", "no_sound": "unsupported_media", "gif": "unsupported_media",
    "webp": "unsupported_media", "sound_only": "unsupported_media", "wrong_extension": "unsupported_media",
    "playlist": "unreadable_media", "noise_bytes": "unreadable_media",
}  # fmt: skip


@pytest.mark.parametrize("maker", GOOD)
def test_accepted(maker: str, tmp_path: Path) -> None:
    path = (clip_samples.CLIPS | photo_samples.PHOTOS)[maker](tmp_path)
    still = take(path, tmp_path)
    picture = read_picture(still.uri)
    assert picture.shape == (still.height, still.width, GOOD[maker])
    assert still.sha256 == digest(path) and still.notices == ()
    assert still.uri.endswith(".png") and [p.name for p in (tmp_path / "out").iterdir()] == ["photo.png"]


@pytest.mark.parametrize("maker", BAD)
def test_refused(maker: str, tmp_path: Path) -> None:
    path = (clip_samples.CLIPS | photo_samples.PHOTOS)[maker](tmp_path)
    with pytest.raises(TroupeError) as refusal:
        take(path, tmp_path)
    assert refusal.value.code == BAD[maker]
    assert len(refusal.value.message) > 40
    assert list((tmp_path / "out").iterdir()) == []


def test_most_of_a_cut_off_photo_is_used(tmp_path: Path) -> None:
    still = take(photo_samples.photo_truncated(tmp_path), tmp_path)
    assert [n.code for n in still.notices] == ["photo_damaged"]
    assert 0.6 <= still.notices[0].values["readable"] < 1 and 240 <= still.height < 400
    top = numbered_video.corners_of(read_picture(still.uri))
    assert np.abs(top["top_left"] - numbered_video.CORNERS["top_left"]).max() < 8


def test_a_large_photo_is_scaled_down(tmp_path: Path) -> None:
    Image.fromarray(photo_samples.photo_picture(3000, 2000)).save(tmp_path / "a.jpg", quality=92)
    still = take(tmp_path / "a.jpg", tmp_path)
    assert (still.width, still.height) == (2160, 1440)
    for corner, colour in numbered_video.corners_of(read_picture(still.uri)).items():
        assert np.abs(colour - numbered_video.CORNERS[corner]).max() < 4
    small = take(tmp_path / "a.jpg", tmp_path / "b", max_side=500)
    assert (small.width, small.height) == (500, 333)


def test_scaling_keeps_means_and_lets_no_clear_colour_bleed() -> None:
    picture = np.zeros((40, 40, 4), np.uint8)
    picture[..., 1] = 255
    picture[::2, :, :] = (200, 0, 0, 255)
    small = fit(picture, 20)
    assert small.shape == (20, 20, 4)
    assert (np.abs(small[..., :3].astype(int) - (200, 0, 0)) <= 1).all()
    assert (np.abs(small[..., 3].astype(int) - 128) <= 1).all()
    assert fit(picture, 40) is picture


def test_limits(tmp_path: Path) -> None:
    path = photo_samples.photo(tmp_path)
    for settings, code in (
        ({"max_bytes": 100}, "file_too_large"),
        ({"max_pixels": 1000}, "picture_too_large"),
        ({"min_side": 301}, "picture_too_small"),
    ):
        with pytest.raises(TroupeError) as refusal:
            take(path, tmp_path, **settings)
        assert refusal.value.code == code


def test_a_bomb_is_refused_from_its_header(tmp_path: Path) -> None:
    """Nothing is decoded: the file has next to no data, which decoding would complain of first."""
    import tracemalloc

    path = photo_samples.hundred_megapixels(tmp_path)
    tracemalloc.start()
    with pytest.raises(TroupeError) as refusal:
        take(path, tmp_path)
    assert refusal.value.code == "picture_too_large"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
