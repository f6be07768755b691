"""The same frames give the same bytes, whatever was encoded before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.core import UInt8
from components.media import VideoWriter


def moving(width: int, height: int, frames: int) -> list[UInt8]:
    """A pattern that drifts, under a square that crosses it the other way."""
    random = np.random.default_rng(5)
    pattern = random.integers(16, 235, (height // 8, width // 8, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
    pictures = []
    for i in range(frames):
        picture = np.roll(pattern, (3 * i, 2 * i), (0, 1))
        picture[20 + i : 80 + i, 40:90] = 5 * i
        pictures.append(picture)
    return pictures


@pytest.mark.parametrize("preset", ["ultrafast", "superfast", "medium"])
def test_bytes_do_not_depend_on_what_was_encoded_before(preset: str, tmp_path: Path) -> None:
    frames = moving(192, 160, 48)  # of a width at which vectors reach over the end of a row
    found = set()
    for number in range(6):
        with VideoWriter(tmp_path / f"{number}.mp4", 192, 160, 30, preset=preset, crf=20) as writer:
            for frame in frames:
                writer.write(frame)
        found.add((tmp_path / f"{number}.mp4").read_bytes())
    assert len(found) == 1
