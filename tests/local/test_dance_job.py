"""The main job from end to end: what comes out plays, is the same however it is made, and survives kills."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.command import Answer, start_troupe, troupe
from tests.conftest import DrawnMedia

SMALL = ("--size", "180x240", "--quality", "draft", "--json", "--no-figures")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def whole(drawn: DrawnMedia, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The video that an undisturbed run makes with one worker."""
    folder = tmp_path_factory.mktemp("whole")
    answer = troupe(
        "dance", drawn.photo, drawn.clip, "-o", folder / "out.mp4", *SMALL,
        cache=folder / "cache", env={"TROUPE_WORKERS": "1"},
    )  # fmt: skip
    assert answer.code == 0, answer.err
    return folder / "out.mp4"


def test_the_video_plays_in_browsers(whole: Path) -> None:
    with av.open(str(whole)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert picture.codec_context.name == "h264" and picture.codec_context.pix_fmt == "yuv420p"
        assert (picture.codec_context.width, picture.codec_context.height) == (180, 240)
        assert sound.codec_context.name == "aac"
        assert Fraction(picture.average_rate) == 30
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == 48
    head = whole.read_bytes()
    assert 0 < head.find(b"moov") < head.find(b"mdat"), "the index comes last: browsers would have to load it all"


def test_the_performer_moves_and_is_not_a_frozen_photo(whole: Path) -> None:
    with av.open(str(whole)) as container:
        frames = np.stack([f.to_ndarray(format="gray") for f in container.decode(video=0)]).astype(np.float32)
    change = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    assert np.median(change) > 0.1
    corner = frames[:, :40, :40]
    assert np.abs(np.diff(corner, axis=0)).max() <= 6, "the still plate shimmers"


def test_frames_do_not_depend_on_the_number_of_workers(whole: Path, drawn: DrawnMedia, tmp_path: Path) -> None:
    answer = troupe(
        "dance", drawn.photo, drawn.clip, "-o", tmp_path / "out.mp4", *SMALL,
        cache=tmp_path / "cache", env={"TROUPE_WORKERS": "3"},
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert digest(tmp_path / "out.mp4") == digest(whole)


@pytest.mark.parametrize("stage", ["perceive", "portray", "compose"])
def test_a_kill_in_any_stage_and_a_new_start_give_the_same_video(
    stage: str, whole: Path, drawn: DrawnMedia, tmp_path: Path
) -> None:
    kill_in(stage, whole, drawn, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("stage", ["photo", "clip", "choreograph", "express", "scenery", "animate"])
def test_a_kill_in_the_quick_stages(stage: str, whole: Path, drawn: DrawnMedia, tmp_path: Path) -> None:
    kill_in(stage, whole, drawn, tmp_path)


def kill_in(stage: str, whole: Path, drawn: DrawnMedia, tmp_path: Path) -> None:
    """Kill the command once a stage has begun, start it again, and compare."""
    cache = tmp_path / "cache"
    arguments = ("dance", drawn.photo, drawn.clip, "-o", tmp_path / "out.mp4", *SMALL)
    child = start_troupe(*arguments, cache=cache)
    deadline = time.monotonic() + 120
    while not list(cache.glob(f"steps/{stage}-*")):
        assert time.monotonic() < deadline and child.poll() is None, child.communicate()[1]
        time.sleep(0.01)
    finished = {p.parent: p.stat().st_mtime_ns for p in cache.glob("steps/*/meta.json") if p.parent.suffix != ".part"}
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert not (tmp_path / "out.mp4").exists()
    answer = troupe(*arguments, cache=cache)
    assert answer.code == 0, answer.err
    assert digest(tmp_path / "out.mp4") == digest(whole)
    for folder, made in finished.items():
        assert (folder / "meta.json").stat().st_mtime_ns == made, f"{folder.name} was done twice"


def test_json_is_the_only_thing_on_standard_output(drawn: DrawnMedia, tmp_path: Path) -> None:
    child = start_troupe(
        "dance", drawn.photo, "disco", "-o", tmp_path / "o.mp4", "--duration", "0.5", *SMALL, "--keep", "--fps", "24",
        "--background", "#204060", cache=tmp_path / "cache",
    )  # fmt: skip
    out, err = child.communicate()
    assert child.returncode == 0, err
    told = json.loads(out)
    assert {"output", "seconds", "stages", "frames", "figures", "warnings"} <= set(told)
    assert told["frames"] == 12 and told["fps"] == 24
    assert sum(s["seconds"] for s in told["stages"].values()) <= told["seconds"] + 0.1
    kept = tmp_path / "o.artifacts"
    assert {p.name for p in kept.iterdir()} == set(told["stages"])
    with av.open(str(tmp_path / "o.mp4")) as container:
        corner = next(container.decode(video=0)).to_ndarray(format="rgb24")[:8, :8].reshape(-1, 3).mean(axis=0)
    assert np.abs(corner - (0x20, 0x40, 0x60)).max() < 6


def again(whole: Path, drawn: DrawnMedia, out: Path, *more: str) -> Answer:
    """The command of `whole` once more, for another output: nothing is left to be computed."""
    return troupe(
        "dance", drawn.photo, drawn.clip, "-o", out, *SMALL, *more,
        cache=whole.parent / "cache", env={"TROUPE_WORKERS": "1"},
    )  # fmt: skip


def test_editing_what_came_out_does_not_change_what_comes_out_next(
    whole: Path, drawn: DrawnMedia, tmp_path: Path
) -> None:
    out, expected = tmp_path / "out.mp4", digest(whole)
    assert again(whole, drawn, out, "--keep").code == 0
    for file in (out, *(tmp_path / "out.artifacts" / "compose").iterdir()):
        with file.open("r+b") as handle:  # in place, as cp and editors of metadata write
            handle.truncate(100)
    answer = again(whole, drawn, tmp_path / "next.mp4")
    assert answer.code == 0 and digest(tmp_path / "next.mp4") == expected
    assert all(stage["reused"] for name, stage in answer.json["stages"].items() if name not in ("photo", "clip"))


def test_a_disk_too_small_for_what_is_kept(whole: Path, drawn: DrawnMedia, tiny_disk: Callable[[int], Path]) -> None:
    out = tiny_disk(whole.stat().st_size + 100_000) / "out.mp4"
    answer = again(whole, drawn, out, "--keep")
    assert answer.code == 1 and answer.json["error"]["code"] == "disk_full", answer.err
    assert digest(out) == digest(whole)
    assert all((step / "meta.json").is_file() for step in out.with_suffix(".artifacts").iterdir())


def test_the_base_command_loads_neither_torch_nor_kfp(drawn: DrawnMedia, tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys, troupe\n"
        f"sys.argv = ['troupe', 'dance', {str(drawn.photo)!r}, 'disco', '-o', {str(tmp_path / 'o.mp4')!r},"
        " '--duration', '0.2', '--size', '180x240', '--quality', 'draft']\n"
        "troupe.main()\n"
        "heavy = {'torch', 'kfp', 'ultralytics', 'mediapipe', 'librosa', 'matplotlib'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr); sys.exit(bool(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"TROUPE_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
