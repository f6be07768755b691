"""Projects: what the wizard fills, checked field by field."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from components.media import Storage
from pipelines.dance.job import QUALITIES, parse_size
from serving.orchestrator.database import Artifact, Project, Run
from serving.orchestrator.database.tables import BACKGROUND_MODES
from serving.orchestrator.services import photos, references
from serving.orchestrator.services.owned import newest, owned
from serving.orchestrator.services.stored import discard

_WHO = re.compile(r"auto|all|\d{1,3}(,\d{1,3}){0,49}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
BODY_MODELS = ("puppet",)
FACE_MODELS = ("mesh",)
LIP_SYNC_MODES = ("face", "voice")


def _one_of(*known: str) -> Callable[[Any], str]:
    return lambda value: "" if value in known else "one of " + ", ".join(known)


def _between(low: float, high: float) -> Callable[[Any], str]:
    return lambda value: "" if low <= value <= high else f"from {low:g} to {high:g}"


def _text(most: int) -> Callable[[Any], str]:
    def rule(value: str) -> str:
        return "" if len(value) <= most and "\0" not in value else f"text of at most {most} characters"

    return rule


def _who(value: str) -> str:
    return "" if _WHO.fullmatch(value) else "auto, all, or numbers with commas as 0,2"


_RULES: Mapping[str, Callable[[Any], str]] = {
    "title": _text(200),
    "performer": lambda v: _who(v) or _text(100)(v),
    "dancer": lambda v: _who(v) or _text(100)(v),
    "start": _between(0, 86_400),
    "duration": lambda v: "" if v is None or 0 < v <= 86_400 else "more than 0 seconds, or nothing for all",
    "background_mode": _one_of(*BACKGROUND_MODES),
    "background": _text(100),
    "background_id": lambda v: "",
    "scene_prompt": _text(2000),
    "style_prompt": _text(2000),
    "negative_prompt": _text(2000),
    "expression_enabled": lambda v: "",
    "expression": _between(0, 2),
    "lip_sync_enabled": lambda v: "",
    "lip_sync": _one_of(*LIP_SYNC_MODES),
    "size": lambda v: "",
    "fps": _between(1, 120),
    "quality": _one_of(*QUALITIES),
    "body_motion_model": _one_of(*BODY_MODELS),
    "face_expression_model": _one_of(*FACE_MODELS),
    "visible_label": lambda v: "",
    "photo_id": lambda v: "",
    "reference_id": lambda v: "",
}


def create(session: Session, owner: str, **fields: Any) -> Project:
    """A new project; see `update` for its fields.

    Raises:
        TroupeError: as `update`.
    """
    project = Project(owner=owner)
    _fill(session, owner, project, fields)
    session.add(project)
    session.flush()
    return project


def project_of(session: Session, owner: str, name: str) -> Project:
    """A project by id. Raises TroupeError: not_found."""
    return owned(session, Project, owner, name)


def listing(session: Session, owner: str, limit: int = 50, before: str | None = None) -> list[Project]:
    """An owner's projects, newest first. Raises TroupeError: invalid_request."""
    return list(session.scalars(newest(Project, owner, limit, before)))


def update(session: Session, owner: str, name: str, **fields: Any) -> Project:
    """Change a project.

    Args:
        session, owner, name: whose project.
        fields: columns of Project; `consent` is true or false and kept as the time at which it was given.

    Raises:
        TroupeError: not_found (the project, or a photo, reference or background that it shall have),
            invalid_setting with the field, the rule and the value, unknown_background.
    """
    project = project_of(session, owner, name)
    _fill(session, owner, project, fields)
    project.updated = time.time()
    session.flush()
    return project


def delete(session: Session, storage: Storage, owner: str, name: str) -> None:
    """Delete a project, its runs and its files; its photo and reference too where no other project has them.

    Raises:
        TroupeError: not_found; conflict while a run of it is at work.
    """
    project = project_of(session, owner, name)
    at_work = session.scalar(select(Run.id).where(Run.project_id == name, Run.state == "running").limit(1))
    if at_work is not None:
        raise TroupeError("conflict", "A run of this project is at work; cancel it first.", run=at_work)
    runs = select(Run.id).where(Run.project_id == name)
    mine = (Artifact.project_id == name) | Artifact.run_id.in_(runs)
    if project.background_id is not None:
        mine |= Artifact.id == project.background_id
    discard(session, storage, mine & (Artifact.owner == owner))
    photo_id, reference_id = project.photo_id, project.reference_id
    session.delete(project)
    session.flush()
    if photo_id is not None and not _others(session, Project.photo_id == photo_id):
        photos.delete(session, storage, owner, photo_id)
    if reference_id is not None and not _others(session, Project.reference_id == reference_id):
        references.delete(session, storage, owner, reference_id)


def _others(session: Session, condition: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(Project).where(condition)) or 0)


def _fill(session: Session, owner: str, project: Project, fields: Mapping[str, Any]) -> None:
    values = dict(fields)
    if "consent" in values:
        given = values.pop("consent")
        project.consent = (project.consent or time.time()) if given else None
    for name, value in values.items():
        if name not in _RULES:
            raise TroupeError("invalid_setting", f"A project has no field {name}.", setting=name)
        rule = _RULES[name](value)
        if rule:
            raise TroupeError("invalid_setting", f"{name} must be {rule}, not {value!r}.", setting=name, value=value)
    if "size" in values:
        parse_size(values["size"])
    if values.get("photo_id") is not None:
        photos.photo_of(session, owner, values["photo_id"])
    if values.get("reference_id") is not None:
        chosen = references.reference_of(session, owner, values["reference_id"])
        chosen.used = time.time()
        values["reference_id"] = chosen.id
    if values.get("background_id") is not None:
        found = owned(session, Artifact, owner, values["background_id"])
        if found.kind != "background":
            raise TroupeError("unknown_background", "This file is no background picture.", artifact=found.id)
    for name, value in values.items():
        setattr(project, name, value)
    if {"background_mode", "background"} & values.keys():
        _check_background(project)


def _check_background(project: Project) -> None:
    from components.scenery.presets import find_preset, presets

    mode, wanted = project.background_mode, project.background
    if mode == "preset" and wanted and find_preset(wanted) is None:
        known = [p.name for p in presets()]
        raise TroupeError(
            "unknown_background", f"There is no preset {wanted!r}; choose one of {', '.join(known)}.", known=known
        )
    if mode == "colour" and wanted and not _COLOUR.fullmatch(wanted):
        raise TroupeError("unknown_background", f"The colour {wanted!r} is not of the form #rrggbb.", value=wanted)
