"""Stored files and who may have them: a row says what a file is, the storage holds it."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from components.media import Storage
from serving.orchestrator.database import Artifact, new_id
from serving.orchestrator.settings import OrchestratorSettings


def store(
    storage: Storage,
    file: Path,
    kind: str,
    owner: str | None,
    *,
    filename: str = "",
    media_type: str = "",
    project_id: str | None = None,
    photo_id: str | None = None,
    reference_id: str | None = None,
    run_id: str | None = None,
) -> Artifact:
    """Put a file into the storage; the row that is returned still has to be added to a session.

    The file comes first and the row second: a crash between them leaves a file that nobody names, which
    `retention.sweep` removes, never a row without its file.

    Raises:
        TroupeError: disk_full, storage_unreachable.
    """
    name = new_id()
    key = f"artifacts/{name}/{kind}{_suffix(file.name)}"
    with file.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    size = file.stat().st_size
    storage.put(file, key)
    return Artifact(
        id=name,
        owner=owner,
        kind=kind,
        key=key,
        media_type=media_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        filename=filename or f"{kind}{_suffix(file.name)}",
        bytes=size,
        sha256=sha256,
        project_id=project_id,
        photo_id=photo_id,
        reference_id=reference_id,
        run_id=run_id,
    )


def artifact_of(session: Session, name: str, owner: str) -> Artifact:
    """An artifact that an owner may read: one's own, or one that belongs to everybody.

    Raises:
        TroupeError: not_found.
    """
    found = session.get(Artifact, name)
    if found is None or found.owner not in (None, owner):
        raise TroupeError("not_found", "There is no such file.", artifact=name)
    return found


def check_quota(session: Session, settings: OrchestratorSettings, owner: str, more: int) -> None:
    """Refuse a file that would not fit into what an owner may store.

    Raises:
        TroupeError: quota_exceeded.
    """
    room = room_left(session, settings, owner)
    if room is not None and more > room:
        raise no_room(settings.quota_bytes, room)


def room_left(session: Session, settings: OrchestratorSettings, owner: str) -> int | None:
    """Bytes that an owner may still store; None: as many as there are."""
    limit = settings.quota_bytes
    return max(0, limit - stored_bytes(session, owner)) if limit else None


def no_room(limit: int, room: int) -> TroupeError:
    """The refusal of what would not fit into `limit` bytes, of which `room` are left."""
    held = limit - room
    return TroupeError(
        "quota_exceeded",
        f"Your files take {held / 1e6:.0f} of {limit / 1e6:.0f} MB; delete projects that are no longer needed.",
        bytes=held, limit=limit,
    )  # fmt: skip


def stored_bytes(session: Session, owner: str) -> int:
    """Bytes that an owner's files take."""
    return int(session.scalar(select(func.coalesce(func.sum(Artifact.bytes), 0)).where(Artifact.owner == owner)) or 0)


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""
