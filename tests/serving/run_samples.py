"""Projects whose photo and reference are stored, made without any server: what runs are made of."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from components.media import Storage
from serving.orchestrator.artifacts import store
from serving.orchestrator.database import Database, Photo, Project, Reference, Run, new_id
from serving.orchestrator.services import runs


def photo_of(database: Database, storage: Storage, file: Path, owner: str = "local", *, status: str = "ready") -> str:
    """A stored photo; it counts as analysed."""
    name = new_id()
    artifact = store(storage, file, "photo", owner, filename=file.name)
    artifact.photo_id = name
    with database.writing() as session:
        session.add(Photo(id=name, owner=owner, sha256=artifact.sha256, status=status))
        session.flush()
        session.add(artifact)
    return name


def reference_of(
    database: Database,
    storage: Storage,
    file: Path | None,
    owner: str = "local",
    name: str = "",
    *,
    status: str = "ready",
) -> str:
    """A stored reference; it counts as analysed; without a file the built-in choreography of a name."""
    identity = new_id()
    with database.writing() as session:
        session.add(
            Reference(
                id=identity,
                owner=owner,
                source="built-in" if file is None else "upload",
                url=name,
                sha256=identity,
                status=status,
            )
        )
        session.flush()
        if file is not None:
            artifact = store(storage, file, "reference", owner, filename=file.name)
            artifact.reference_id = identity
            session.add(artifact)
    return identity


def project_of(database: Database, photo: str, reference: str, owner: str = "local", **fields: Any) -> str:
    """A project whose people agreed."""
    with database.writing() as session:
        project = Project(owner=owner, photo_id=photo, reference_id=reference, consent=time.time(), **fields)
        session.add(project)
        session.flush()
        return project.id


def queue_run(database: Database, owner: str = "local", kind: str = "dance", runner: str = "local") -> str:
    """A run that waits, of nothing in particular: for tests of the queue alone."""
    from serving.orchestrator.runs.states import enter

    with database.writing() as session:
        run = Run(owner=owner, kind=kind, runner=runner)
        session.add(run)
        session.flush()
        enter(session, run, "queued")
        return run.id


def ask(database: Database, project: str, owner: str = "local", key: str | None = None) -> Run:
    """Ask for the video of a project."""
    with database.writing() as session:
        return runs.create(session, owner, project, idempotency_key=key)


def look(database: Database, run: str) -> Run:
    """A run as it is now."""
    with database.reading() as session:
        found = session.get(Run, run)
        assert found is not None
        return found
