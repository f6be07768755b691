"""Bad input through the command: the right code, a sentence, no traceback, nothing half-written, the old file kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from components.core import ERRORS
from components.media import write_picture
from tests import clip_samples, photo_samples
from tests.command import Answer, start_troupe, troupe
from tests.conftest import REPOSITORY, DrawnMedia

BUILT_IN = "groove"
SEEN: set[str] = set()


@pytest.fixture(scope="module")
def photo(drawn: DrawnMedia) -> Path:
    """A drawn person, well lit and whole."""
    return drawn.photo


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def refused(answer: Answer, code: str, out: Path | None = None) -> None:
    """The answer is this refusal and nothing else came of it."""
    assert f"[{code}]" in answer.err, answer.err
    assert answer.code == (130 if code == "cancelled" else 1)
    assert "Traceback" not in answer.err
    sentence = answer.err.strip().splitlines()[-1]
    assert len(sentence) > 30
    if out is not None:
        assert not out.exists()
        assert not list(out.parent.glob(f".{out.name}*"))
    SEEN.add(code)


REFERENCES: dict[str, str] = {
    "empty": "unreadable_media",
    "text": "unreadable_media",
    "noise_bytes": "unreadable_media",
    "cut_without_index": "unreadable_media",
    "one_frame": "clip_too_short",
    "sound_only": "no_picture_track",
    "three_hours": "clip_too_long",
    "eight_k": "clip_too_large",
    "playlist": "unsupported_media",
    "photo": "unsupported_media",
    "no_sound": "no_dancer_found",
}
PHOTOS: dict[str, str] = {
    "photo_empty": "unreadable_media",
    "photo_text": "unreadable_media",
    "photo_torn": "unreadable_media",
    "photo_tiny": "picture_too_small",
    "bomb": "picture_too_large",
    "hundred_megapixels": "picture_too_large",
    "heic": "unsupported_media",
    "no_sound": "unsupported_media",
    "photo_cmyk": "no_person_found",
}


@pytest.mark.parametrize("name", REFERENCES)
def test_a_bad_reference(name: str, photo: Path, cache: Path, tmp_path: Path) -> None:
    sample = (clip_samples.CLIPS | photo_samples.PHOTOS)[name](tmp_path)
    out = tmp_path / "out.mp4"
    refused(troupe("dance", photo, sample, "-o", out, cache=cache), REFERENCES[name], out)


@pytest.mark.parametrize("name", PHOTOS)
def test_a_bad_photo(name: str, cache: Path, tmp_path: Path) -> None:
    sample = (clip_samples.CLIPS | photo_samples.PHOTOS)[name](tmp_path)
    out = tmp_path / "out.mp4"
    refused(troupe("dance", sample, BUILT_IN, "-o", out, cache=cache), PHOTOS[name], out)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--performer", "7"), "no_such_performer"),
        (("--dancer", "7"), "no_such_dancer"),
        (("--performer", "x"), "invalid_setting"),
        (("--size", "721x1280"), "invalid_setting"),
        (("--size", "big"), "invalid_setting"),
        (("--fps", "0"), "invalid_setting"),
        (("--expression", "3"), "invalid_setting"),
        (("--lip-sync", "loud"), "invalid_setting"),
        (("--quality", "best"), "invalid_setting"),
        (("--duration", "-1"), "invalid_setting"),
        (("--start", "nan"), "invalid_setting"),
        (("--background", "moon_base"), "unknown_background"),
        (("--start", "10000"), "clip_too_short"),
    ],
)
def test_a_bad_option(options: tuple[str, str], code: str, photo: Path, cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    refused(troupe("dance", photo, BUILT_IN, "-o", out, *options, cache=cache), code, out)


@pytest.mark.parametrize(
    ("photo_name", "reference", "code"),
    [
        ("gone.png", BUILT_IN, "file_not_found"),
        ("", BUILT_IN, "file_not_found"),
        ("x" * 300 + ".png", BUILT_IN, "file_not_found"),
        (None, "x" * 300 + ".mp4", "file_not_found"),
        (None, "", "file_not_found"),
        (None, "/", "unreadable_media"),
        (None, "gone.mp4", "file_not_found"),
        (None, "no_such_dance", "unknown_choreography"),
        (None, "ftp://example.org/a.mp4", "url_refused"),
        (None, "file:///etc/passwd", "url_refused"),
        (None, "http://127.0.0.1/a.mp4", "url_refused"),
        (None, "http://2130706433/a.mp4", "url_refused"),
        (None, "http://[::ffff:10.0.0.1]/a.mp4", "url_refused"),
        (None, "http://169.254.169.254/latest", "url_refused"),
    ],
)
def test_a_bad_name_or_address(
    photo_name: str | None, reference: str, code: str, photo: Path, cache: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    refused(troupe("dance", photo if photo_name is None else photo_name, reference, "-o", out, cache=cache), code, out)


def test_a_wrong_background_is_refused_before_any_work(photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    for name in ("moon_base", "", "#12345", "http://example.com/a.jpg"):
        answer = troupe("dance", photo, BUILT_IN, "-o", out, "--background", name, cache=tmp_path / "new")
        refused(answer, "unknown_background", out)
    assert not (tmp_path / "new").exists()


def test_a_broken_bvh_file(photo: Path, cache: Path, tmp_path: Path) -> None:
    motion = tmp_path / "broken.bvh"
    motion.write_text("HIERARCHY\nROOT hip\n{\n  OFFSET 0 0\n")
    out = tmp_path / "out.mp4"
    answer = troupe("dance", photo, motion, "-o", out, cache=cache)
    refused(answer, "unreadable_motion", out)
    assert "line" in answer.err


def test_an_existing_output_is_kept(photo: Path, cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"mine")
    refused(troupe("dance", photo, BUILT_IN, "-o", out, cache=cache), "output_exists")
    assert out.read_bytes() == b"mine"


def test_an_output_that_cannot_be_written(photo: Path, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    out = tmp_path / "file" / "out.mp4"
    answer = troupe("dance", photo, BUILT_IN, "-o", out, cache=cache)
    refused(answer, "output_unwritable")
    refused(troupe("dance", photo, BUILT_IN, "-o", tmp_path, cache=cache), "invalid_setting")
    for length in (240, 300):
        long = tmp_path / ("x" * length + ".mp4")
        refused(troupe("dance", photo, BUILT_IN, "-o", long, cache=cache), "output_unwritable")


def test_only_a_face_and_a_person_too_small(cache: Path, tmp_path: Path, photo: Path) -> None:
    from components.media import read_picture

    whole = np.ascontiguousarray(read_picture(photo)[..., :3])
    from components.models.people import find_people

    person = find_people(whole)[0]
    x0, y0, x1, _ = person.box
    shoulders = int(min(person.xyz[11, 1], person.xyz[12, 1]))
    middle, half = int((x0 + x1) / 2), int((shoulders - y0) * 1.1)
    face = whole[max(0, int(y0) - 20) : shoulders, max(0, middle - half) : middle + half]
    write_picture(tmp_path / "face.png", np.kron(face, np.ones((8, 8, 1), np.uint8)))
    out = tmp_path / "out.mp4"
    refused(troupe("dance", tmp_path / "face.png", BUILT_IN, "-o", out, cache=cache), "only_a_face", out)

    import cv2

    small = cv2.resize(whole, None, fx=0.16, fy=0.16, interpolation=cv2.INTER_AREA)
    canvas = np.full((320, 320, 3), 128, np.uint8)
    canvas[100 : 100 + small.shape[0], 120 : 120 + small.shape[1]] = small
    write_picture(tmp_path / "small.png", canvas)
    refused(troupe("dance", tmp_path / "small.png", BUILT_IN, "-o", out, cache=cache), "person_too_small", out)


def test_a_full_disk(tiny_disk: Callable[[int], Path], photo: Path, tmp_path: Path, cache: Path) -> None:
    place = tiny_disk(500_000)
    out = tmp_path / "out.mp4"
    refused(troupe("dance", photo, BUILT_IN, "-o", out, "--duration", "1", cache=place), "disk_full", out)
    assert not list(place.rglob("*.part/meta.json"))
    full = tiny_disk(4096)
    answer = troupe(
        "dance",
        photo,
        BUILT_IN,
        "-o",
        full / "out.mp4",
        "--duration",
        "1",
        "--quality",
        "draft",
        "--size",
        "180x320",
        cache=cache,
    )
    refused(answer, "disk_full", full / "out.mp4")


@pytest.mark.parametrize("command", [("dance", BUILT_IN, "-o", "out.mp4"), ("inspect",)])
def test_a_cache_that_is_no_folder(command: tuple[str, ...], photo: Path, tmp_path: Path) -> None:
    name, *more = command
    (tmp_path / "file").touch()
    answer = troupe(name, photo, *more, cache=tmp_path / "file")
    refused(answer, "output_unwritable")
    assert "TROUPE_CACHE" in answer.err


def test_a_stop_on_request_leaves_nothing_and_the_next_run_goes_on(photo: Path, tmp_path: Path) -> None:
    import signal
    import time

    out, cache = tmp_path / "out.mp4", tmp_path / "cache"
    arguments = ("dance", photo, BUILT_IN, "-o", out, "--duration", "2", "--size", "180x320", "--json")
    child = start_troupe(*arguments, cache=cache)
    deadline = time.monotonic() + 60
    while not list(cache.glob("steps/portray-*")):
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    text, err = child.communicate(timeout=10)
    refused(Answer(child.returncode, text, err), "cancelled", out)
    done = troupe(*arguments, cache=cache)
    assert done.code == 0, done.err
    assert done.json["stages"]["photo"]["reused"] and out.stat().st_size > 1000


def test_names_with_spaces_unicode_and_a_leading_dash(photo: Path, cache: Path, tmp_path: Path) -> None:
    odd = tmp_path / "-mein Fräulein 舞.png"
    shutil.copy(photo, odd)
    options = ["--duration", "1", "--size", "180x320", "--quality", "draft"]
    child = subprocess.run(
        [sys.executable, "-m", "troupe", "dance", "-o", "-aus gabe é.mp4", *options, "--", odd.name, BUILT_IN],
        cwd=tmp_path,
        env=os.environ | {"TROUPE_CACHE": str(cache), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stderr
    assert (tmp_path / "-aus gabe é.mp4").stat().st_size > 1000


ELSEWHERE = {
    "file_too_large", "url_unreachable", "url_blocked", "model_missing", "model_broken", "extra_missing",
    "artifact_broken", "worker_died",
}  # fmt: skip
"""Codes that other tests bring about, closer to where they arise."""

SERVED = {
    "invalid_request", "not_found", "not_authenticated", "not_permitted", "not_ready", "conflict", "consent_missing",
    "range_unsatisfiable", "too_many_requests", "quota_exceeded", "link_expired", "storage_unreachable", "run_lost",
    "runner_unreachable", "internal_error",
}  # fmt: skip
"""Codes of the server alone: tests/serving brings them about."""

OF_MODELS = {
    "gate_failed", "model_unknown", "model_unreachable", "nothing_learned", "registry_unreachable", "too_few_frames",
    "verification_failed", "wrong_tensor",
}  # fmt: skip
"""Codes of the models' life: tests/lifecycle and tests/training bring them about."""


def test_every_code_was_brought_about() -> None:
    if len(SEEN) < 10:
        pytest.skip("only meaningful after all tests of this file")
    assert set(ERRORS) - SEEN - ELSEWHERE - SERVED - OF_MODELS == set()
