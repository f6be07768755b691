"""Real clips and photos: taken in whole, and the same frames from the middle as from the beginning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.core import StageContext
from components.ingest import clip, photo
from components.media import decode, picture_header, probe, read_picture, read_sound


def test_clips(data: Path, tmp_path: Path) -> None:
    files = sorted(
        p for folder in ("dance", "group") for p in (data / folder).iterdir() if p.suffix in (".mp4", ".avi")
    )
    assert len(files) >= 5
    for n, file in enumerate(files):
        info = probe(file).picture
        assert info is not None
        taken = clip.run(str(file), settings=clip.ClipSettings(duration=4), context=StageContext(tmp_path / str(n)))
        assert taken.frames == pytest.approx(min(4, info.duration) * float(taken.fps), abs=1.01)
        assert {notice.code for notice in taken.notices} <= {"no_sound"}
        size = (taken.width // 4, taken.height // 4)
        straight = list(decode(taken, size=size))
        assert len(straight) == taken.frames
        middle = taken.frames // 2
        for a, b in zip(decode(taken, first=middle, size=size), straight[middle:], strict=True):
            assert np.array_equal(a, b)
        if taken.sound is not None:
            assert len(read_sound(taken.sound)) == round(taken.duration * 22050)


def test_photos(data: Path, tmp_path: Path) -> None:
    files = [p for p in sorted((data / "photos").iterdir()) if p.suffix.lower() in (".jpg", ".jpeg", ".png")]
    assert files
    for n, file in enumerate(files):
        header = picture_header(file)
        still = photo.run(str(file), settings=photo.PhotoSettings(), context=StageContext(tmp_path / str(n)))
        factor = min(1.0, 2160 / max(header.width, header.height))
        assert sorted((still.width, still.height)) == pytest.approx(
            sorted((header.width * factor, header.height * factor)), abs=1
        )
        assert read_picture(still.uri).std() > 10
