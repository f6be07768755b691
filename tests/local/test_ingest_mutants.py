"""Damaged files at random: every outcome is a clip, a still or a refusal, soon, and never anything else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from components.core import StageContext, TroupeError
from components.ingest import clip, photo
from components.media import decode, read_picture, read_sound
from tests import clip_samples, photo_samples

VIDEOS = ("late_sound", "cut_with_index", "hole_in_the_middle", "variable_rate", "transport_stream", "alpha_png",
          "alpha_vp9", "gif", "apng", "webp", "ten_bit", "rotated", "eight_k")  # fmt: skip
PICTURES = ("photo", "photo_exif", "photo_cmyk", "photo_grey16", "photo_palette", "photo_alpha", "photo_display_p3",
            "webp")  # fmt: skip
PATIENCE = 20.0
"""Seconds for one file of some tens of kilobytes on a busy machine."""


def mutants(data: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    """Copies of a file with something wrong, more often near its beginning, where headers are."""
    while True:
        mutant = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            size = len(mutant)
            at = int(size * float(rng.random()) ** 1.5)
            length = min(size - at, 2 ** int(rng.integers(0, 12)))
            kind = rng.integers(0, 6)
            if kind == 0:
                for k in rng.integers(0, max(1, min(size, 400)), 3):
                    mutant[int(k)] = int(rng.integers(0, 256))
            elif kind == 1:
                mutant[at : at + length] = rng.bytes(length)
            elif kind == 2:
                mutant[at : at + length] = bytes(length)
            elif kind == 3:
                mutant[at : at + length] = b"\xff" * length
            elif kind == 4 and size > 64:
                del mutant[max(32, at) : max(32, at) + length]
            else:
                del mutant[max(16, int(size * float(rng.random()))) :]
            if not mutant:
                mutant = bytearray(b"\0")
        yield bytes(mutant)


def outcome(path: Path, folder: Path, as_photo: bool) -> str:
    """The code of the refusal, or what came of it; the result is used as the next stage would."""
    context = StageContext(folder)
    try:
        if as_photo:
            still = photo.run(str(path), settings=photo.PhotoSettings(), context=context)
            assert read_picture(still.uri).shape[:2] == (still.height, still.width)
            return "still"
        taken = clip.run(str(path), settings=clip.ClipSettings(max_seconds=600), context=context)
        frames = list(decode(taken, count=30, size=(96, 64)))
        assert len(frames) == min(30, taken.frames) and all(f.shape == (64, 96, 3) for f in frames)
        next(iter(decode(taken, first=taken.frames - 1, size=(96, 64))))
        if taken.sound is not None:
            assert len(read_sound(taken.sound, rate=8000)) == round(taken.sound.duration * 8000)
        return "clip"
    except TroupeError as refusal:
        return refusal.code


def run_all(count: int, seed: int, folder: Path) -> dict[str, int]:
    rng = np.random.default_rng(seed)
    seeds = [
        ((clip_samples.CLIPS | photo_samples.PHOTOS)[m](folder), m in PICTURES and m != "webp")
        for m in (*VIDEOS, *PICTURES)
    ]
    streams = [(mutants(p.read_bytes(), rng), p.suffix, as_photo) for p, as_photo in seeds]
    found: dict[str, int] = {}
    for n in range(count):
        stream, suffix, as_photo = streams[n % len(streams)]
        path = folder / f"mutant{suffix}"
        path.write_bytes(next(stream))
        begun = time.monotonic()
        try:
            result = outcome(path, folder / "out", as_photo)
        except Exception as error:
            kept = folder / f"failed_{n}{suffix}"
            kept.write_bytes(path.read_bytes())
            raise AssertionError(f"mutant {n} of seed {seed} ({kept}): {type(error).__name__}: {error}") from error
        assert time.monotonic() - begun < PATIENCE, f"mutant {n} of seed {seed} took too long"
        found[result] = found.get(result, 0) + 1
    return found


def test_mutants(tmp_path: Path) -> None:
    found = run_all(150, 1, tmp_path)
    assert sum(found.values()) == 150
    assert found.get("unreadable_media", 0) > 10 and found.get("clip", 0) > 10 and found.get("still", 0) > 5


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_mutants(seed: int, tmp_path: Path) -> None:
    assert sum(run_all(1000, seed, tmp_path).values()) == 1000
