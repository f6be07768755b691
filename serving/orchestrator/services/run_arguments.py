"""What a run is told, frozen when it is asked for: later changes of a project do not reach it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from pipelines.dance.job import check_settings, parse_size
from serving.orchestrator.database import Artifact, Photo, Project, Reference
from serving.orchestrator.services.engines import reading_words

BUILT_IN = "built-in"


def dance_arguments(session: Session, project: Project) -> dict[str, Any]:
    """The arguments of a project's dance.

    Returns:
        photo and reference (each a stored file, or for a built-in choreography its name), background (a word, or a
        stored file), and the settings as `pipelines.dance.job.dance` takes them; title and label for the marks.

    Raises:
        TroupeError: consent_missing, not_ready, invalid_setting, model_missing.
    """
    if project.consent is None:
        raise TroupeError(
            "consent_missing", "Confirm first that the people shown agreed to be in this video.", project=project.id
        )
    photo = session.get(Photo, project.photo_id) if project.photo_id else None
    reference = session.get(Reference, project.reference_id) if project.reference_id else None
    if photo is None or reference is None:
        missing = "photo" if photo is None else "reference"
        raise TroupeError("not_ready", f"Choose a {missing} first.", project=project.id, missing=missing)
    for item, what in ((photo, "photo"), (reference, "reference")):
        if item.status == "failed":
            why = (item.error or {}).get("message", "")
            raise TroupeError("not_ready", f"The {what} cannot be used: {why}", project=project.id, missing=what)
    expression = project.expression if project.expression_enabled else 0.0
    lip_sync = project.lip_sync if project.lip_sync_enabled else "off"
    parse_size(project.size)
    check_settings(expression, lip_sync, project.fps, project.start, project.duration, project.quality)
    _check_engine(project)
    return {
        "photo": _file(session, Artifact.photo_id == photo.id, "photo"),
        "reference": _reference(session, reference),
        "background": _background(session, project),
        "size": project.size,
        "fps": project.fps,
        "performer": project.performer,
        "dancer": project.dancer,
        "expression": expression,
        "lip_sync": lip_sync,
        "start": project.start,
        "duration": project.duration,
        "quality": project.quality,
        "seconds": _seconds(project, reference),
        "title": project.title,
        "label": project.visible_label,
    }


def photo_arguments(session: Session, photo: Photo) -> dict[str, Any]:
    """What the analysis of a photo is told: its stored file, and whether a picture to show is there already.

    Raises:
        TroupeError: not_ready.
    """
    shown = select(Artifact.id).where(Artifact.photo_id == photo.id, Artifact.kind == "preview").limit(1)
    stored = _file(session, Artifact.photo_id == photo.id, "photo")
    return {"photo": stored, "shown": session.scalar(shown) is not None}


def reference_arguments(session: Session, reference: Reference) -> dict[str, Any]:
    """What the analysis of a reference is told: its stored file, its name where built in, or the URL to fetch.

    Raises:
        TroupeError: not_ready.
    """
    if reference.source == "url" and reference.sha256 is None:
        return {"reference": {"url": reference.url}}
    return {"reference": _reference(session, reference)}


def _seconds(project: Project, reference: Reference) -> float | None:
    """About how long the video will be, where that is known: for the time left."""
    rest = max(0.0, reference.duration - project.start)
    return min(rest or float("inf"), project.duration or float("inf")) if rest or project.duration else None


def _reference(session: Session, reference: Reference) -> dict[str, Any]:
    if reference.source == BUILT_IN:
        return {"name": reference.url.removeprefix(f"{BUILT_IN}:")}
    return _file(session, Artifact.reference_id == reference.id, "reference")


def _background(session: Session, project: Project) -> str | dict[str, Any]:
    mode = project.background_mode
    if mode in ("original", "green"):
        return mode
    if mode in ("preset", "colour"):
        if not project.background:
            raise TroupeError("not_ready", f"Choose a {mode} for the background first.", missing="background")
        return project.background
    if mode == "picture":
        return _file(session, Artifact.id == (project.background_id or ""), "background")
    raise TroupeError(
        "model_missing",
        f"A background that is {mode} from a prompt needs an engine that reads words; this server has "
        f"{', '.join(reading_words()) or 'none'}. Choose a preset, a picture or a colour.",
        background_mode=mode,
    )


def _check_engine(project: Project) -> None:
    for model, known in ((project.body_motion_model, "puppet"), (project.face_expression_model, "mesh")):
        if model != known:
            raise TroupeError("model_missing", f"The engine {model} is not installed; choose {known}.", model=model)


def _file(session: Session, condition: Any, kind: str) -> dict[str, Any]:
    found = session.scalar(select(Artifact).where(condition, Artifact.kind == kind).order_by(Artifact.id.desc()))
    if found is None:
        raise TroupeError("not_ready", f"The file of the {kind} is not there yet; wait a moment.", missing=kind)
    return {"artifact": found.id, "key": found.key, "sha256": found.sha256, "filename": found.filename}
