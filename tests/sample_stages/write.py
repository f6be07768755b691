"""A stage of the tests: text becomes a Still whose file holds it, and every run leaves a line in a log."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel

from components.core import Progress, StageContext, Still, Uri


class WriteSettings(BaseModel, frozen=True):
    """Settings: what is put after the text."""

    tail: str = ""


def run(source: str, *, settings: WriteSettings, context: StageContext) -> Still:
    """Write the text and its tail."""
    context.report(Progress("write", 0, 1))
    path = context.workdir / "text.txt"
    path.write_text(source + settings.tail)
    return Still(Uri(str(path)), 1, 1, hashlib.sha256(path.read_bytes()).hexdigest())
