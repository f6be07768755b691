"""A resumable stage of the tests: copies a text letter by letter, keeps what a killed run had, can be told to stall."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pydantic import BaseModel

from components.core import Progress, StageContext, Still, Uri

RESUMABLE = True


class SlowSettings(BaseModel, frozen=True):
    """Settings: the folder in whose file `copied` a line is written for each letter that was really copied."""

    log: str


def run(text: Still, *, settings: SlowSettings, context: StageContext) -> Still:
    """Copy the text; with TROUPE_TEST_STALL_AT set, hang at that letter."""
    letters = Path(text.uri).read_text()
    for i, letter in enumerate(letters):
        context.report(Progress("slow", i, len(letters)))
        target = context.workdir / f"{i}.txt"
        if target.exists():
            continue
        if os.environ.get("TROUPE_TEST_STALL_AT") == str(i):
            (Path(settings.log) / "stalled").touch()
            time.sleep(60)
        target.write_text(letter)
        with (Path(settings.log) / "copied").open("a") as log:
            log.write(f"{i}\n")
    whole = context.workdir / "text.txt"
    whole.write_text("".join((context.workdir / f"{i}.txt").read_text() for i in range(len(letters))))
    return Still(Uri(str(whole)), 1, 1, text.sha256)
