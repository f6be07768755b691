"""Deleting stored files: rows first, files once the rows are surely gone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from components.media import Storage
from serving.orchestrator.database import Artifact, Project, Run


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


def refuse_in_use(session: Session, name: str, what: str, of_project: Any, of_run: Any) -> None:
    """Refuse to delete what a project has or a run looks at.

    Args:
        session: the one that deletes.
        name: id of the photo or reference.
        what: "photo" or "reference".
        of_project, of_run: the columns of Project and Run that name it.

    Raises:
        TroupeError: conflict.
    """
    project = session.scalar(select(Project.id).where(of_project == name).limit(1))
    if project is not None:
        raise TroupeError("conflict", f"A project has this {what}; delete the project first.", project=project)
    run = session.scalar(select(Run.id).where(of_run == name, Run.state == "running").limit(1))
    if run is not None:
        raise TroupeError("conflict", f"This {what} is being looked at; try again in a moment.", run=run)
