"""Photos: the same bytes of one owner are one photo, looked at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.media import Storage, digest
from serving.orchestrator.artifacts import check_quota, store
from serving.orchestrator.database import Artifact, Photo, Project, Run, new_id
from serving.orchestrator.services.owned import newest, owned, shown_name
from serving.orchestrator.services.stored import discard, keep, refuse_in_use
from serving.orchestrator.settings import OrchestratorSettings


def add(
    session: Session,
    storage: Storage,
    settings: OrchestratorSettings,
    owner: str,
    file: Path,
    name: str = "",
    *,
    preview: Path | None = None,
) -> Photo:
    """Take in a picture that was already checked (see `intake`), and queue that it is looked at.

    Args:
        session, storage, settings: of the server.
        owner: whose it becomes.
        file: the picture.
        name: what the uploader calls it; shown, never used as a path.
        preview: JPEG of it where browsers do not show the picture itself.

    Returns:
        The new photo, or the one that holds the same bytes.

    Raises:
        TroupeError: quota_exceeded, disk_full, storage_unreachable.
    """
    sha256 = digest(file)
    known = session.scalar(select(Photo).where(Photo.owner == owner, Photo.sha256 == sha256))
    if known is not None:
        return known
    check_quota(session, settings, owner, file.stat().st_size)
    photo = Photo(id=new_id(), owner=owner, sha256=sha256, name=shown_name(name))
    artifact = store(storage, file, "photo", owner, filename=photo.name or "photo", media_type=_media_type(file))
    keep(session, storage, artifact)
    session.add(photo)
    session.flush()
    artifact.photo_id = photo.id
    session.add(artifact)
    if preview is not None:
        shown = store(storage, preview, "preview", owner, media_type="image/jpeg", photo_id=photo.id)
        keep(session, storage, shown)
        session.add(shown)
    from serving.orchestrator.services import runs

    runs.enqueue_analysis(session, owner, photo_id=photo.id)
    return photo


def photo_of(session: Session, owner: str, name: str) -> Photo:
    """A photo by id. Raises TroupeError: not_found."""
    return owned(session, Photo, owner, name)


def listing(session: Session, owner: str, limit: int = 50, before: str | None = None) -> list[Photo]:
    """An owner's photos, newest first. Raises TroupeError: invalid_request."""
    return list(session.scalars(newest(Photo, owner, limit, before)))


def artifacts_of(session: Session, photo_ids: list[str], kind: str = "photo") -> dict[str, str]:
    """The id of an artifact for each of some photos that have one.

    Args:
        session: any.
        photo_ids: of an owner.
        kind: photo, as it was uploaded, or preview, a JPEG that every browser shows.
    """
    rows = session.execute(
        select(Artifact.photo_id, Artifact.id)
        .where(Artifact.photo_id.in_(photo_ids), Artifact.kind == kind)
        .order_by(Artifact.id)
    )
    return {photo: artifact for photo, artifact in rows if photo is not None}


def delete(session: Session, storage: Storage, owner: str, name: str) -> None:
    """Delete a photo and everything found in it.

    Raises:
        TroupeError: not_found; conflict while a project has it or a run looks at it.
    """
    photo = photo_of(session, owner, name)
    refuse_in_use(session, name, "photo", Project.photo_id, Run.photo_id)
    discard(session, storage, Artifact.photo_id == name)
    session.delete(photo)
    session.flush()


def _media_type(file: Path) -> str:
    from components.media import picture_header

    found = picture_header(file).format.lower()
    return {"mpo": "image/jpeg", "ppm": "image/x-portable-anymap", "jpeg2000": "image/jp2"}.get(found, f"image/{found}")
