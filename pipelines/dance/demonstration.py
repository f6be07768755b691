"""The demo: the main job on a photo and a reference that Troupe draws itself, or on the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.core import Progress, Report, TroupeError, silent
from pipelines.dance.job import dance

CHOREOGRAPHY = "groove"


def demonstrate(
    folder: Path,
    photo: str | None,
    reference: str | None,
    *,
    background: str,
    size: str,
    duration: float | None,
    cache: Path,
    workers: int | None = None,
    report: Report = silent,
    started: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Make a dance video from drawn media where the user gives none; both are found by the same perception.

    Args:
        folder: where the drawn media and the video go.
        photo, reference: the user's own, or None.
        background, size, duration: as in the main job.
        cache, workers, report, started: as in the main job.

    Returns:
        What the main job returns.

    Raises:
        TroupeError: what the user can mend.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TroupeError("output_unwritable", f"{folder} cannot be made ({error.strerror}).") from error
    if photo is None or reference is None:
        drawn = draw(folder, report, started)
        photo, reference = photo or str(drawn[0]), reference or str(drawn[1])
    return dance(
        photo,
        reference,
        folder / "dance.mp4",
        size=size,
        background=background,
        duration=duration,
        overwrite=True,
        workers=workers,
        cache=cache,
        report=report,
        started=started,
    )


def draw(folder: Path, report: Report, started: Callable[[str], None] | None) -> tuple[Path, Path]:
    """Draw the demo's photo and reference clip with sound; what is already drawn by this version is kept."""
    from components.figure.demo import draw_demo
    from components.repertoire.choreographies import catalogue, choreography_motion
    from components.soundtrack.beat import render
    from pipelines.runners.version import stage_version

    stamp = folder / "drawn-by.txt"
    version = "".join(
        stage_version(m)
        for m in ("components.figure.demo", "components.repertoire.choreographies", "components.soundtrack.beat")
    )
    photo, reference = folder / "photo.png", folder / "reference.mp4"
    if stamp.exists() and stamp.read_text() == version and photo.exists() and reference.exists():
        return photo, reference
    if started is not None:
        started("draw media")
    report(Progress("draw media", 0, 0, "a dancer, a room, a dance"))
    stamp.unlink(missing_ok=True)
    motion = choreography_motion(CHOREOGRAPHY)
    score = next(c for c in catalogue() if c.name == CHOREOGRAPHY)
    sound = render(score.style, score.tempo, motion.beats, (), motion.frames / float(motion.fps))
    photo, reference = draw_demo(folder, motion, sound, report=report)
    stamp.write_text(version)
    return photo, reference
