"""Measure a finished video against the reference that it was made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.core import Report, silent
from pipelines.dance.job import _existing, plain
from pipelines.runners.local import run
from pipelines.wiring import Parameter, Step, Wiring

JUDGE_WIRING = Wiring(
    "troupe-judge",
    {"video": Parameter(str), "reference": Parameter(str)},
    (
        Step("video", "components.ingest.clip", values={"source": "video"}),
        Step("reference", "components.ingest.clip", values={"source": "reference"}),
        Step("judge", "components.judge.stage", inputs={"video": ("video",), "reference": ("reference",)}),
    ),
    "judge",
)


def judge(
    video: str,
    reference: str,
    *,
    cache: Path,
    workers: int | None = None,
    report: Report = silent,
    started: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """The figures of a video as plain values.

    Args:
        video: path of the video to measure.
        reference: path or URL of what it was made from.
        cache: folder of finished steps (under "steps").
        workers, report, started: as the runner takes them.

    Raises:
        TroupeError: what the user can mend.
    """
    arguments = {"video": _existing(video, "video"), "reference": _existing(reference, "reference")}
    result = run(JUDGE_WIRING, arguments, cache / "steps", report=report, workers=workers, started=started)
    figures: dict[str, Any] = plain(result.output)
    return figures
