"""The whole path from photo to video, as reenactments are made by it."""

from __future__ import annotations

from pathlib import Path

from components.judge.reenact import Job
from pipelines.dance.job import dance


def job_with(cache: Path) -> Job:
    """The job of the `troupe` command, whose finished steps are kept in `cache`."""

    def job(photo: Path, reference: Path, out: Path, size: tuple[int, int], seconds: float) -> None:
        shape = f"{size[0]}x{size[1]}"
        dance(str(photo), str(reference), out, size=shape, duration=seconds, overwrite=True, cache=cache)

    return job
