"""The parts of pages that follow a run, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from serving.orchestrator.database import Project
from serving.orchestrator.pages.live import Piece
from serving.orchestrator.pages.routes.generate import running
from serving.orchestrator.pages.routes.photo import people
from serving.orchestrator.pages.routes.reference import moving
from serving.orchestrator.pages.wizard import common


def _photo(session: Session, project: Project) -> tuple[str, dict[str, Any]]:
    return "_photo.html", {**common(project), **people(session, project)}


def _reference(session: Session, project: Project) -> tuple[str, dict[str, Any]]:
    return "_reference.html", {**common(project), **moving(session, project)}


def _run(session: Session, project: Project) -> tuple[str, dict[str, Any]]:
    return "_run.html", {**common(project), **running(session, project), "alone": True}


PIECES: Mapping[str, Piece] = {"photo": _photo, "reference": _reference, "run": _run}
