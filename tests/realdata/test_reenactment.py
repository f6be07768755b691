"""A frame of a real clip dances that clip: the whole job, measured from the finished video alone."""

from __future__ import annotations

from pathlib import Path

from components.judge.reenact import reenact
from tests.reenactment_job import job_with


def test_a_frame_of_a_clip_dances_the_clip(data: Path, tmp_path: Path) -> None:
    clip = min((p for p in (data / "dance").iterdir() if p.suffix == ".mp4"), key=lambda p: (p.stat().st_size, p.name))
    (row,) = reenact(clip, job_with(tmp_path / "cache"), tmp_path, shares=(0.1,), seconds=6.0)
    assert row.ours.median <= 0.12
    assert row.ours.median < row.frozen.median / 2
    if row.frozen.ends > 0.2:
        assert row.ours.ends <= row.frozen.ends / 2
    assert 0.7 <= row.ours.path <= 1.2
    assert row.ours.missing == 0
