"""References of every kind become clips, or are refused with a reason."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from components.core import Clip, Progress, StageContext, TroupeError, load, save
from components.ingest import clip as ingest
from components.ingest.clip import ClipSettings, grid_rate, source_rate
from components.media import decode, digest, read_sound
from tests import clip_samples, numbered_video, photo_samples


def take(path: Path | str, folder: Path, **settings: float) -> Clip:
    return ingest.run(str(path), settings=ClipSettings.model_validate(settings), context=StageContext(folder / "out"))


def numbers(clip: Clip) -> list[int]:
    return [numbered_video.number_of(f) for f in decode(clip)]


GOOD: dict[str, tuple[int, int, Fraction | int, int, bool, str]] = {
    "rotated": (128, 192, 25, 25, True, "sdr"),
    "variable_rate": (192, 128, 30, 59, False, "sdr"),
    "ten_bit": (192, 128, 25, 25, True, "sdr"),
    "hdr_pq": (192, 128, 25, 25, True, "hdr"),
    "hdr_hlg": (192, 128, 25, 25, True, "hdr"),
    "alpha_prores": (192, 128, 25, 10, False, "sdr"),
    "alpha_vp9": (192, 128, 25, 10, False, "sdr"),
    "odd_size": (197, 123, 25, 25, False, "sdr"),
    "anamorphic": (288, 128, 25, 25, True, "sdr"),
    "no_sound": (192, 128, 25, 25, False, "sdr"),
    "late_sound": (192, 128, 25, 50, True, "sdr"),
    "transport_stream": (192, 128, 25, 50, True, "sdr"),
    "fast": (192, 128, 30, 15, True, "sdr"),
    "gif": (192, 128, 10, 12, False, "sdr"),
    "webp": (192, 128, 10, 12, False, "sdr"),
    "apng": (192, 128, 10, 12, False, "sdr"),
    "wrong_extension": (192, 128, 25, 25, True, "sdr"),
    "spaces_and_unicode": (192, 128, 25, 25, True, "sdr"),
    "leading_dash": (192, 128, 25, 25, True, "sdr"),
    "looks_like_protocol": (192, 128, 25, 25, True, "sdr"),
}

BAD: dict[str, str] = {
    "empty": "unreadable_media",
    "text": "unreadable_media",
    "noise_bytes": "unreadable_media",
    "cut_without_index": "unreadable_media",
    "one_frame": "clip_too_short",
    "sound_only": "no_picture_track",
    "three_hours": "clip_too_long",
    "eight_k": "clip_too_large",
    "playlist": "unsupported_media",
    "concat_script": "unsupported_media",
    "session_description": "unsupported_media",
    "photo": "unsupported_media",
    "heic": "unsupported_media",
    "bomb": "unsupported_media",
}


@pytest.mark.parametrize("maker", GOOD)
def test_accepted(maker: str, tmp_path: Path) -> None:
    path = (clip_samples.CLIPS | photo_samples.PHOTOS)[maker](tmp_path)
    clip = take(path, tmp_path)
    width, height, fps, frames, sound, colour = GOOD[maker]
    assert (clip.width, clip.height, clip.fps, clip.frames) == (width, height, fps, frames)
    assert (clip.sound is not None, clip.colour) == (sound, colour)
    assert [n.code for n in clip.notices] == ([] if sound else ["no_sound"])
    assert clip.sha256 == digest(path)
    assert Path(clip.uri).parent == (tmp_path / "out").absolute()
    assert len(list((tmp_path / "out").iterdir())) == 1
    if clip.sound is not None:
        assert clip.sound.start == clip.start and clip.sound.duration == pytest.approx(clip.duration)
        assert len(read_sound(clip.sound, rate=8000)) == round(clip.duration * 8000)
    first = next(iter(decode(clip)))
    assert first.shape == (height, width, 3)


@pytest.mark.parametrize("maker", BAD)
def test_refused(maker: str, tmp_path: Path) -> None:
    path = (clip_samples.CLIPS | photo_samples.PHOTOS)[maker](tmp_path)
    with pytest.raises(TroupeError) as refusal:
        take(path, tmp_path)
    assert refusal.value.code == BAD[maker]
    assert len(refusal.value.message) > 40
    assert list((tmp_path / "out").iterdir()) == []


def test_refusals_say_what_is_wrong(tmp_path: Path) -> None:
    for maker, word in (
        (clip_samples.cut_without_index, "cut off"), (clip_samples.playlist, "playlist"),
        (photo_samples.photo, "still picture"), (clip_samples.sound_only, "sound"), (clip_samples.eight_k, "7680x4320"),
        (clip_samples.three_hours, "3:00:00"),
    ):  # fmt: skip
        with pytest.raises(TroupeError, match=word):
            take(maker(tmp_path), tmp_path)


def test_every_sample_is_accounted_for() -> None:
    others = {"cut_with_index", "hole_in_the_middle", "alpha_png"}
    assert set(clip_samples.CLIPS) | {"photo", "bomb", "heic"} == set(GOOD) | set(BAD) | others


def test_the_artifact_stands_alone(tmp_path: Path) -> None:
    """Source removed, folder renamed: the clip still plays."""
    path = clip_samples.no_sound(tmp_path)
    save(take(path, tmp_path), tmp_path / "out")
    path.unlink()
    (tmp_path / "out").rename(tmp_path / "kept")
    assert numbers(load(Clip, tmp_path / "kept")) == list(range(25))


def test_start_and_duration(tmp_path: Path) -> None:
    path = numbered_video.video(tmp_path / "a.mp4", 100)
    assert numbers(take(path, tmp_path, start=1.0, duration=0.4)) == list(range(25, 35))
    assert numbers(take(path, tmp_path / "b", start=3.8)) == list(range(95, 100))
    late = take(clip_samples.transport_stream(tmp_path), tmp_path / "c", start=1.0, duration=10)
    assert numbers(late) == list(range(25, 50)) and late.start == pytest.approx(11.0)
    for start in (4.0, 1000.0):
        with pytest.raises(TroupeError) as refusal:
            take(path, tmp_path / "d", start=start)
        assert refusal.value.code == "invalid_setting"
    with pytest.raises(TroupeError) as refusal:
        take(path, tmp_path / "e", start=3.97)
    assert refusal.value.code == "clip_too_short"


def test_a_part_of_a_long_clip_is_taken(tmp_path: Path) -> None:
    clip = take(numbered_video.video(tmp_path / "a.mp4", 200, sound=False), tmp_path, duration=2.0, max_seconds=5)
    assert clip.frames == 50
    with pytest.raises(TroupeError) as refusal:
        take(tmp_path / "a.mp4", tmp_path, max_seconds=5)
    assert refusal.value.code == "clip_too_long" and "--duration" in refusal.value.message
    cut = take(tmp_path / "a.mp4", tmp_path / "c", duration=7, max_seconds=5)
    assert cut.duration == 5 and "clip_cut" in [n.code for n in cut.notices]


def test_damage_is_told_and_lived_with(tmp_path: Path) -> None:
    clip = take(clip_samples.hole_in_the_middle(tmp_path), tmp_path)
    notice = next(n for n in clip.notices if n.code == "clip_damaged")
    assert notice.values["damaged_frames"] == 4 and abs(notice.values["seconds"][0] - 0.92) < 0.05
    assert clip.frames == 60 and len(numbers(clip)) == 60
    short = take(clip_samples.cut_with_index(tmp_path), tmp_path / "b")
    notice = next(n for n in short.notices if n.code == "clip_damaged")
    assert notice.values["missing_frames"] > 10 and short.frames < 40
    assert numbers(short) == list(range(short.frames))


def test_limits(tmp_path: Path) -> None:
    path = clip_samples.no_sound(tmp_path)
    for settings, code in (
        ({"max_bytes": 1000}, "file_too_large"),
        ({"max_pixels": 10_000}, "clip_too_large"),
        ({"min_frames": 26}, "clip_too_short"),
    ):
        with pytest.raises(TroupeError) as refusal:
            take(path, tmp_path, **settings)
        assert refusal.value.code == code


def test_places_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source, code in (
        (tmp_path, "unsupported_media"),
        (tmp_path / "pipe", "unsupported_media"),
        (Path("/dev/zero"), "unsupported_media"),
        (tmp_path / "absent.mp4", "file_not_found"),
        (tmp_path / ("x" * 300), "file_not_found"),
        ("", "file_not_found"),
        ("a\0b", "file_not_found"),
        ("ftp://example.com/a.mp4", "url_refused"),
        ("file:///etc/passwd", "url_refused"),
        ("http://127.0.0.1/a.mp4", "url_refused"),
    ):
        with pytest.raises(TroupeError) as refusal:
            take(source, tmp_path / "x")
        assert refusal.value.code == code


def test_a_file_of_another_disk_is_copied(tiny_disk: Callable[[int], Path], tmp_path: Path) -> None:
    """And where the copy does not fit, nothing stays. A limit on the size of files stands in for a full disk."""
    path = numbered_video.video(tiny_disk(20_000_000) / "a.mp4", 50)
    assert path.stat().st_dev != tmp_path.stat().st_dev
    clip = take(path, tmp_path)
    assert Path(clip.uri).read_bytes() == path.read_bytes() and clip.sha256 == digest(path)
    assert path.stat().st_size > 20_000
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(TroupeError) as refusal:
            take(path, tmp_path / "full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refusal.value.code == "disk_full" and list((tmp_path / "full" / "out").iterdir()) == []


def test_a_clip_that_is_edited_later_stays_as_it_was_taken(tmp_path: Path) -> None:
    path = clip_samples.no_sound(tmp_path)
    clip = take(path, tmp_path)
    before = Path(clip.uri).read_bytes()
    path.write_bytes(b"edited in place")
    assert Path(clip.uri).read_bytes() == before


def test_a_symbolic_link_is_followed_once(tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(clip_samples.no_sound(tmp_path))
    clip = take(tmp_path / "link.mp4", tmp_path)
    assert clip.frames == 25 and not Path(clip.uri).is_symlink()


def test_progress_is_reported_and_can_stop_the_work(tmp_path: Path) -> None:
    path = numbered_video.video(tmp_path / "a.mp4", 100)
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if progress.note == "checking frames" and progress.done >= 50:
            raise TroupeError("cancelled", "stopped")

    with pytest.raises(TroupeError) as refusal:
        ingest.run(str(path), settings=ClipSettings(), context=StageContext(tmp_path / "out", stop))
    assert refusal.value.code == "cancelled"
    assert len(seen) >= 3 and list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("rate", "grid"),
    [(60, 30), (240, 30), (50, 25), (25, 25), (30, 30), (31, Fraction(31, 2)), (120, 30), (Fraction(60000, 1001),
     Fraction(30000, 1001)), (Fraction(30000, 1001), Fraction(30000, 1001)), (5, 5), (Fraction(1, 5), 1)],
)  # fmt: skip
def test_grid_rate(rate: Fraction | int, grid: Fraction | int) -> None:
    assert grid_rate(Fraction(rate), 30) == grid


def test_source_rate_is_measured() -> None:
    even = np.arange(300) / 29.97
    assert source_rate(even, Fraction(90000)) == Fraction(30000, 1001)
    rounded = np.round(np.arange(300) / 60, 3)
    assert source_rate(rounded, Fraction(60)) == 60
    assert source_rate(rounded, Fraction(1000)) == 60
    dropped = np.array([i / 30 for i in range(300) if i % 7 and i % 11])
    assert source_rate(dropped, Fraction(26)) == 30
    assert source_rate(np.array([0.0, 0.04]), Fraction(25)) == 25
