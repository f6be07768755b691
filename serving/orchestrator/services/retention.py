"""Retention: what lay untouched for longer than the setting says is deleted; files that no row names are, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from components.media import Storage
from serving.orchestrator.database import Artifact, Batch, Database, Photo, Project, Reference, Run
from serving.orchestrator.database.identity import made_at
from serving.orchestrator.services import photos, projects, references

UNNAMED = 86_400.0
"""Seconds after which a stored file or an upload that no row names is taken for the rest of a crash."""
_AT_ONCE = 100


def sweep(database: Database, storage: Storage, uploads: Path, days: float, now: float | None = None) -> dict[str, int]:
    """Delete what is too old.

    Args:
        database, storage: of the server.
        uploads: folder of files that were arriving.
        days: projects, references and photos untouched for longer go; 0: none does.
        now: seconds since 1970; None: the clock's.

    Returns:
        How many projects, references, photos and unnamed files were deleted.
    """
    now = time.time() if now is None else now
    gone = {"projects": 0, "references": 0, "photos": 0, "files": 0}
    if days > 0:
        before = now - days * 86_400
        gone |= _old(database, storage, before)
    gone["files"] = _unnamed(database, storage, uploads, now - UNNAMED)
    return gone


def _old(database: Database, storage: Storage, before: float) -> dict[str, int]:
    at_work = ("queued", "running")
    busy = exists().where(Run.project_id == Project.id, Run.state.in_(at_work))
    looked_at = exists().where(Run.reference_id == Reference.id, Run.state.in_(at_work))
    cut_out = exists().where(Run.photo_id == Photo.id, Run.state.in_(at_work))
    with database.reading() as session:
        old_projects = session.execute(select(Project.owner, Project.id).where(Project.updated < before, ~busy)).all()
    gone = {"projects": 0, "references": 0, "photos": 0}
    for owner, name in old_projects:
        gone["projects"] += _deleted(database, storage, projects.delete, owner, name)
    with database.reading() as session:
        shown = exists().where(Project.reference_id == Reference.id)
        used = select(Reference.owner, Reference.id).where(
            Reference.used < before, Reference.same_as_id.is_(None), ~shown, ~looked_at
        )
        old_references = session.execute(used).all()
        danced = exists().where(Project.photo_id == Photo.id)
        old_photos = session.execute(
            select(Photo.owner, Photo.id).where(Photo.created < before, ~danced, ~cut_out)
        ).all()
    for owner, name in old_references:
        gone["references"] += _deleted(database, storage, references.delete, owner, name)
    for owner, name in old_photos:
        gone["photos"] += _deleted(database, storage, photos.delete, owner, name)
    with database.writing() as session:
        empty = ~exists().where(Run.batch_id == Batch.id)
        for batch in session.scalars(select(Batch).where(Batch.created < before, empty)):
            session.delete(batch)
    return gone


def _deleted(
    database: Database, storage: Storage, delete: Callable[[Session, Storage, str, str], None], owner: str, name: str
) -> int:
    """1, or 0 where somebody used or deleted it meanwhile."""
    try:
        with database.writing() as session:
            delete(session, storage, owner, name)
    except TroupeError as error:
        if error.code not in ("conflict", "not_found"):
            raise
        return 0
    return 1


def _unnamed(database: Database, storage: Storage, uploads: Path, before: float) -> int:
    """Delete stored files without a row, and arriving files, that are older than a time."""
    count = 0
    waiting: list[str] = []

    def judge() -> int:
        with database.reading() as session:
            named = set(session.scalars(select(Artifact.key).where(Artifact.key.in_(waiting))))
        gone = [key for key in waiting if key not in named]
        for key in gone:
            storage.delete(key)
        waiting.clear()
        return len(gone)

    for key in storage.keys("artifacts/"):
        made = made_at(key.split("/")[1])
        if made is not None and made < before:
            waiting.append(key)
        if len(waiting) >= _AT_ONCE:
            count += judge()
    count += judge()
    for file in uploads.iterdir() if uploads.is_dir() else ():
        if file.is_file() and file.stat().st_mtime < before:
            file.unlink(missing_ok=True)
            count += 1
    return count
