"""Deleting stored files: rows first, files once the rows are surely gone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from components.media import Storage
from serving.orchestrator.database import Artifact


def discard(session: Session, storage: Storage, condition: Any) -> int:
    """Delete artifacts that fulfil a condition, and their files as soon as the session's transaction is committed.

    A crash in between leaves files that no row names (the retention sweep removes them), never rows without a file.

    Returns:
        How many there were.
    """
    keys = list(session.scalars(select(Artifact.key).where(condition)))
    if keys:
        session.execute(delete(Artifact).where(condition).execution_options(synchronize_session="fetch"))

        def remove(_: Session) -> None:
            for key in keys:
                storage.delete(key)

        event.listen(session, "after_commit", remove, once=True)
    return len(keys)


def keep(session: Session, storage: Storage, artifact: Artifact) -> None:
    """Delete the file of a new artifact again should the session's transaction be undone."""
    event.listen(session, "after_soft_rollback", lambda *_: storage.delete(artifact.key), once=True)
