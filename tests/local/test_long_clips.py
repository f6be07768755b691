"""Length costs time, never memory; and the sound stays in sync to the end."""

from __future__ import annotations

import json
import os
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from components.core import Sound, Uri
from components.media import read_sound
from tests.bench.machine import watch
from tests.conftest import DrawnMedia
from tests.figure_samples import dancing_clip, repeated, small_photo

FRAME = 1 / 30


def peak(photo: Path, clip: Path, out: Path, folder: Path, *options: str) -> int:
    """Largest memory (bytes) of any process of one whole job from nothing."""
    command = [
        sys.executable, "-m", "troupe", "dance", str(photo), str(clip), "-o", str(out), "--quality", "draft", "--json",
        "--no-figures", "--performer", "all", *options,
    ]  # fmt: skip
    done = watch(command, os.environ | {"TROUPE_CACHE": str(folder / out.stem)})
    assert done.code == 0
    assert json.loads(done.out)["frames"] > 0
    return done.peak


def late_by(out: Path, second: int) -> float:
    """Seconds by which the click of a second of the sound is off."""
    with av.open(str(out)) as container:
        stream = container.streams.audio[0]
        sound = Sound(Uri(str(out)), stream.rate, stream.channels, second - 0.2, 0.4)
    samples = np.abs(read_sound(sound, rate=48_000))
    return float(np.argmax(samples) / 48_000 - 0.2 - 240 / 48_000)


def compare(photo: Path, clip: Path, seconds: float, short: int, long: int, folder: Path, slack: float) -> None:
    brief, lengthy = repeated(clip, short, seconds, folder), repeated(clip, long, seconds, folder)
    little = peak(photo, brief, folder / "brief.mp4", folder, "--size", "180x240")
    much = peak(photo, lengthy, folder / "lengthy.mp4", folder, "--size", "180x240")
    assert much <= little * slack, f"{much / 1e6:.0f} MB for the long clip, {little / 1e6:.0f} MB for the short one"
    with av.open(str(folder / "lengthy.mp4")) as container:
        frames = sum(1 for p in container.demux(video=0) if p.size)
        assert container.streams.audio[0].duration * container.streams.audio[0].time_base == pytest.approx(
            Fraction(frames, 30), abs=FRAME
        )
    last = int(long * seconds) - 1
    for second in (1, last // 2, last):
        assert abs(late_by(folder / "lengthy.mp4", second)) < FRAME


def test_twenty_seconds_need_no_more_memory_than_five(drawn: DrawnMedia, tmp_path: Path) -> None:
    compare(drawn.photo, drawn.clip, 1.6, 3, 12, tmp_path, 1.15)


@pytest.mark.soak
@pytest.mark.parametrize("people", [1, 5])
def test_five_minutes_need_no_more_memory_than_half_a_minute(people: int, tmp_path: Path) -> None:
    from components.figure.look import LOOKS

    looks = (list(LOOKS) * 5)[:people]
    photo = small_photo(tmp_path, looks, (480 * people // 2 + 240, 640))
    clip = dancing_clip(tmp_path, 3.0, looks=looks, size=(288 + 128 * (people - 1), 512))
    compare(photo, clip, 3.0, 10, 100, tmp_path, 1.1)
