"""A clip fetched from an address that turns out to be one its owner already has: both names lead to one reference.

What an address holds is known only once it was fetched. By then the page and other programs know the reference by its
id, so the row stays and says which one it is the same as.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from serving.orchestrator.database import Artifact, Project, Reference


def known_hashes(session: Session, owner: str) -> list[str]:
    """Hashes of an owner's references whose analysis has not failed: a fetched clip with one of them is known."""
    query = select(Reference.sha256).where(
        Reference.owner == owner, Reference.sha256.is_not(None), Reference.status != "failed"
    )
    return [sha256 for sha256 in session.scalars(query) if sha256 is not None]


def twin_of(session: Session, reference: Reference, sha256: str) -> Reference | None:
    """The owner's other reference with the same bytes."""
    return session.scalar(
        select(Reference).where(
            Reference.owner == reference.owner, Reference.sha256 == sha256, Reference.id != reference.id
        )
    )


def join(session: Session, gone: Reference, kept: Reference) -> None:
    """Let one reference lead to another: projects, files and earlier names of it follow.

    Args:
        session: of a writing transaction.
        gone: keeps nothing but its id; it is no longer listed.
        kept: with the same bytes.
    """
    session.execute(update(Project).where(Project.reference_id == gone.id).values(reference_id=kept.id))
    session.execute(update(Artifact).where(Artifact.reference_id == gone.id).values(reference_id=kept.id))
    session.execute(update(Reference).where(Reference.same_as_id == gone.id).values(same_as_id=kept.id))
    gone.sha256, gone.same_as_id, gone.embedding = None, kept.id, None
    session.flush()
