"""References: clips and built-in choreographies; the same bytes of one owner are one reference, analysed once."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from components.media import Storage, digest
from serving.orchestrator.artifacts import check_quota, store
from serving.orchestrator.database import Artifact, Project, Reference, Run, new_id
from serving.orchestrator.services.owned import newest, owned, shown_name
from serving.orchestrator.services.stored import discard, keep, refuse_in_use
from serving.orchestrator.settings import OrchestratorSettings

if TYPE_CHECKING:
    from components.ingest.limits import FetchSettings

_MOST_URL = 4096


def add_file(
    session: Session,
    storage: Storage,
    settings: OrchestratorSettings,
    owner: str,
    file: Path,
    name: str = "",
    *,
    media_type: str = "video/mp4",
) -> Reference:
    """Take in a clip or BVH file that was already checked (see `intake`), and queue its analysis.

    Args:
        session, storage, settings: of the server.
        owner: whose it becomes.
        file: the clip; a BVH file is one whose name ends so.
        name: what the uploader calls it; shown, never used as a path.
        media_type: of the file.

    Returns:
        The new reference, or the one that holds the same bytes.

    Raises:
        TroupeError: quota_exceeded, disk_full, storage_unreachable.
    """
    sha256 = digest(file)
    known = _known(session, owner, sha256)
    if known is not None:
        return known
    check_quota(session, settings, owner, file.stat().st_size)
    motion = file.suffix.lower() == ".bvh"
    reference = Reference(
        id=new_id(), owner=owner, source="motion" if motion else "upload", sha256=sha256, title=shown_name(name)
    )
    artifact = store(storage, file, "reference", owner, filename=reference.title, media_type=media_type)
    keep(session, storage, artifact)
    session.add(reference)
    session.flush()
    artifact.reference_id = reference.id
    session.add(artifact)
    return _queued(session, owner, reference)


def add_url(session: Session, settings: OrchestratorSettings, owner: str, url: str) -> Reference:
    """Take in a clip by its address; it is fetched when its turn in the queue comes.

    Returns:
        The new reference, or the one that this address led to before. Where its bytes turn out to be known, the new one
        leads to the known one: see `twins`.

    Raises:
        TroupeError: url_refused: not http(s), too long, or with a user name in it; quota_exceeded.
    """
    from components.ingest.address import check_form

    url = url.strip()
    if len(url) > _MOST_URL:
        raise TroupeError("url_refused", f"The address is longer than {_MOST_URL} characters.", length=len(url))
    limits = fetch_limits(settings)
    check_form(url, ports=limits.ports, networks=limits.private_networks)
    known = session.scalar(
        select(Reference).where(Reference.owner == owner, Reference.url == url, Reference.status != "failed").limit(1)
    )
    if known is not None:
        return reference_of(session, owner, known.id)
    check_quota(session, settings, owner, 1)
    return _queued(session, owner, Reference(owner=owner, source="url", url=url, title=shown_name(url)))


def add_builtin(session: Session, owner: str, name: str) -> Reference:
    """Take in a built-in choreography.

    Raises:
        TroupeError: unknown_choreography.
    """
    from components.repertoire.choreographies import catalogue, score_of

    score_of(name)
    sha256 = hashlib.sha256(f"built-in:{name}".encode()).hexdigest()
    known = _known(session, owner, sha256)
    if known is not None:
        return known
    entry = next(c for c in catalogue() if c.name == name)
    reference = Reference(owner=owner, source="built-in", url=name, sha256=sha256, title=entry.title)
    return _queued(session, owner, reference)


def reference_of(session: Session, owner: str, name: str) -> Reference:
    """A reference by id, or by one that leads to it (see `twins`). Raises TroupeError: not_found."""
    found = owned(session, Reference, owner, name)
    return found if found.same_as_id is None else owned(session, Reference, owner, found.same_as_id)


def listing(session: Session, owner: str, limit: int = 50, before: str | None = None) -> list[Reference]:
    """An owner's references, newest first. Raises TroupeError: invalid_request."""
    return list(session.scalars(newest(Reference, owner, limit, before).where(Reference.same_as_id.is_(None))))


def artifacts_of(session: Session, reference_ids: list[str]) -> dict[str, str]:
    """The id of the uploaded file's artifact for each of some references that have one."""
    rows = session.execute(
        select(Artifact.reference_id, Artifact.id).where(
            Artifact.reference_id.in_(reference_ids), Artifact.kind == "reference"
        )
    )
    return {reference: artifact for reference, artifact in rows if reference is not None}


def analyse(session: Session, owner: str, name: str) -> Run:
    """Queue the analysis of a reference again, or give the run that is at it.

    Raises:
        TroupeError: not_found; conflict: it is already analysed.
    """
    from serving.orchestrator.services import runs

    reference = reference_of(session, owner, name)
    if reference.status == "ready":
        raise TroupeError("conflict", "This reference is already analysed.", reference=name)
    at_work = session.scalar(
        select(Run).where(
            Run.reference_id == reference.id, Run.kind == "reference", Run.state.in_(("queued", "running"))
        )
    )
    if at_work is not None:
        return at_work
    reference.status, reference.error = "waiting", None
    return runs.enqueue_analysis(session, owner, reference_id=reference.id)


def delete(session: Session, storage: Storage, owner: str, name: str) -> None:
    """Delete a reference and everything found in it.

    Raises:
        TroupeError: not_found; conflict while a project has it or a run looks at it.
    """
    reference = reference_of(session, owner, name)
    refuse_in_use(session, reference.id, "reference", Project.reference_id, Run.reference_id)
    discard(session, storage, Artifact.reference_id == reference.id)
    session.delete(reference)
    session.flush()


def fetch_limits(settings: OrchestratorSettings) -> FetchSettings:
    """What may be fetched from an address: as much as may be uploaded."""
    from components.ingest.limits import FetchSettings

    return FetchSettings.model_validate(
        {
            "max_bytes": settings.max_upload_bytes,
            "ports": settings.fetch_ports,
            "private_networks": settings.fetch_networks,
        }
    )


def _known(session: Session, owner: str, sha256: str) -> Reference | None:
    known = session.scalar(select(Reference).where(Reference.owner == owner, Reference.sha256 == sha256))
    if known is not None:
        known.used = time.time()
    return known


def _queued(session: Session, owner: str, reference: Reference) -> Reference:
    from serving.orchestrator.services import runs

    session.add(reference)
    session.flush()
    runs.enqueue_analysis(session, owner, reference_id=reference.id)
    return reference
