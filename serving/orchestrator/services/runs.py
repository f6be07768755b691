"""Runs as their owners see them: asked for, listed, cancelled, tried again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.database import Photo, Project, Reference, Run
from serving.orchestrator.database.tables import FINISHED
from serving.orchestrator.runs import events, states
from serving.orchestrator.services.run_arguments import dance_arguments, photo_arguments, reference_arguments

MOST = 200
"""Rows of one listing."""


def create(
    session: Session,
    owner: str,
    project_id: str,
    *,
    idempotency_key: str | None = None,
    batch_id: str | None = None,
    runner: str = "local",
) -> Run:
    """Ask for the video of a project; everything that it depends on is frozen now.

    Args:
        session: of a writing transaction.
        owner: who asks.
        project_id: one of theirs.
        idempotency_key: a repeated key of the same owner returns the first run and makes none.
        batch_id: the batch that it belongs to.
        runner: local or kubeflow.

    Raises:
        TroupeError: not_found, consent_missing, not_ready, invalid_setting, model_missing, conflict (the key was used
            for another project).
    """
    first = _of_key(session, owner, project_id, idempotency_key)
    if first is not None:
        return first
    project = session.get(Project, project_id)
    if project is None or project.owner != owner:
        raise TroupeError("not_found", "There is no such project.", project=project_id)
    run = Run(
        owner=owner,
        kind="dance",
        project_id=project.id,
        batch_id=batch_id,
        idempotency_key=idempotency_key,
        runner=runner,
        arguments=dance_arguments(session, project),
    )
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:  # somebody else asked with the same key at the same moment
        first = _of_key(session, owner, project_id, idempotency_key)
        if first is None:
            raise
        return first
    states.enter(session, run, "queued")
    return run


def _of_key(session: Session, owner: str, project_id: str, key: str | None) -> Run | None:
    if key is None:
        return None
    found = session.scalar(select(Run).where(Run.owner == owner, Run.idempotency_key == key))
    if found is not None and found.project_id != project_id:
        raise TroupeError(
            "conflict", "This Idempotency-Key was used for another project; take a new one.", run=found.id
        )
    return found


def enqueue_analysis(
    session: Session, owner: str, *, photo_id: str | None = None, reference_id: str | None = None
) -> Run:
    """Have a photo or a reference looked at; while that is under way it is not begun twice.

    Args:
        session: of a writing transaction.
        owner: whose it is.
        photo_id, reference_id: exactly one.

    Raises:
        TroupeError: not_found.
    """
    if (photo_id is None) == (reference_id is None):
        raise ValueError("either a photo or a reference is analysed")
    session.flush()
    item: Photo | Reference | None = (
        session.get(Photo, photo_id) if photo_id is not None else session.get(Reference, reference_id)
    )
    if item is None or item.owner != owner:
        raise TroupeError("not_found", "There is no such photo or reference.", photo=photo_id, reference=reference_id)
    kind = "photo" if isinstance(item, Photo) else "reference"
    column = Run.photo_id if isinstance(item, Photo) else Run.reference_id
    under_way = session.scalar(
        select(Run).where(column == item.id, Run.kind == kind, Run.state.in_(("queued", "running")))
    )
    if under_way is not None:
        return under_way
    arguments = photo_arguments(session, item) if isinstance(item, Photo) else reference_arguments(session, item)
    run = Run(owner=owner, kind=kind, photo_id=photo_id, reference_id=reference_id, arguments=arguments)
    session.add(run)
    session.flush()
    states.enter(session, run, "queued")
    return run


def run_of(session: Session, owner: str, run_id: str) -> Run:
    """A run of an owner.

    Raises:
        TroupeError: not_found.
    """
    found = session.get(Run, run_id)
    if found is None or found.owner != owner:
        raise TroupeError("not_found", "There is no such run.", run=run_id)
    return found


def listing(
    session: Session,
    owner: str,
    *,
    project_id: str | None = None,
    batch_id: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    before: str | None = None,
) -> list[Run]:
    """An owner's runs, newest first.

    Args:
        session: any.
        owner: whose.
        project_id, batch_id, state, kind: only such.
        limit: at most MOST.
        before: identifier of the last run of the page before.
    """
    query = select(Run).where(Run.owner == owner).order_by(Run.id.desc()).limit(min(limit, MOST))
    wanted: tuple[tuple[Any, Any], ...] = (
        (Run.project_id, project_id),
        (Run.batch_id, batch_id),
        (Run.state, state),
        (Run.kind, kind),
    )
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(Run.id < before)
    return list(session.scalars(query))


def cancel(session: Session, owner: str, run_id: str) -> Run:
    """Stop a run: one that waits at once, one that runs within about a second; a second request changes nothing.

    Raises:
        TroupeError: not_found; conflict: it has ended.
    """
    run = _locked(session, owner, run_id)
    if run.state == "cancelled":
        return run
    if run.state in FINISHED:
        raise TroupeError("conflict", f"The run has already {run.state}; there is nothing to stop.", state=run.state)
    run.cancel_requested = True
    if run.state == "queued":
        states.enter(session, run, "cancelled")
    return run


def retry(session: Session, owner: str, run_id: str) -> Run:
    """Try a run that failed or was cancelled again, with the same frozen arguments and what it had finished.

    Returns:
        A new run; asked twice, the same one while it is under way.

    Raises:
        TroupeError: not_found; conflict: it has not ended, or it succeeded.
    """
    old = _locked(session, owner, run_id)
    if old.state not in ("failed", "cancelled"):
        raise TroupeError(
            "conflict", f"Only a run that failed can be tried again; this one is {old.state}.", state=old.state
        )
    under_way = session.scalar(select(Run).where(Run.retried_from == old.id, Run.state.in_(("queued", "running"))))
    if under_way is not None:
        return under_way
    run = Run(
        owner=owner,
        kind=old.kind,
        project_id=old.project_id,
        photo_id=old.photo_id,
        reference_id=old.reference_id,
        batch_id=old.batch_id,
        retried_from=old.id,
        runner=old.runner,
        arguments=dict(old.arguments),
    )
    session.add(run)
    session.flush()
    states.enter(session, run, "queued")
    return run


def events_after(session: Session, run_id: str, sequence: int, limit: int = 1000) -> list[events.Event]:
    """Events of a run that follow a sequence, in order. Whose the run is has to be checked before."""
    return events.read(session, run_id, sequence, limit)


def _locked(session: Session, owner: str, run_id: str) -> Run:
    """A run whose row nobody else changes until the transaction ends."""
    run = session.scalar(select(Run).where(Run.id == run_id, Run.owner == owner).with_for_update())
    if run is None:
        raise TroupeError("not_found", "There is no such run.", run=run_id)
    return run
