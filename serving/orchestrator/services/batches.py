"""Batches: many photos with one reference, or many references with one photo, asked for at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.database import Batch, Run
from serving.orchestrator.database.tables import FINISHED
from serving.orchestrator.services import photos, projects, references, runs
from serving.orchestrator.services.owned import newest, owned

MOST = 100
"""Videos of one batch."""


def create(
    session: Session,
    owner: str,
    *,
    photo_ids: Sequence[str],
    reference_ids: Sequence[str],
    title: str = "",
    idempotency_key: str | None = None,
    **fields: Any,
) -> Batch:
    """Make a project and a run for every pair of a photo and a reference.

    Args:
        session: of a writing transaction.
        owner: who asks.
        photo_ids, reference_ids: one of the two lists has one element.
        title: of the batch; projects are called after it and what differs.
        idempotency_key: a repeated key of the same owner returns the first batch and makes none.
        fields: of every project, as `projects.update` takes them.

    Raises:
        TroupeError: invalid_request, not_found, consent_missing, not_ready, and as `projects.update`.
    """
    if idempotency_key is not None and (first := _of_key(session, owner, idempotency_key)) is not None:
        return first
    photo_ids, reference_ids = list(dict.fromkeys(photo_ids)), list(dict.fromkeys(reference_ids))
    if not photo_ids or not reference_ids or min(len(photo_ids), len(reference_ids)) != 1:
        raise TroupeError(
            "invalid_request", "A batch is many photos and one reference, or many references and one photo.",
            photos=len(photo_ids), references=len(reference_ids),
        )  # fmt: skip
    if max(len(photo_ids), len(reference_ids)) > MOST:
        raise TroupeError("invalid_request", f"A batch has at most {MOST} videos.", limit=MOST)
    batch = Batch(owner=owner, title=title[:200], idempotency_key=idempotency_key)
    try:
        with session.begin_nested():
            session.add(batch)
    except IntegrityError:  # somebody else asked with the same key at the same moment
        first = _of_key(session, owner, str(idempotency_key))
        if first is None:
            raise
        return first
    for photo_id in photo_ids:
        photo = photos.photo_of(session, owner, photo_id)
        for reference_id in reference_ids:
            reference = references.reference_of(session, owner, reference_id)
            differs = photo.name if len(photo_ids) > 1 else reference.title
            project = projects.create(
                session,
                owner,
                **fields,
                title=" · ".join(part for part in (title, differs) if part)[:200],
                photo_id=photo_id,
                reference_id=reference_id,
            )
            runs.create(session, owner, project.id, batch_id=batch.id)
    return batch


def batch_of(session: Session, owner: str, name: str) -> Batch:
    """A batch by id. Raises TroupeError: not_found."""
    return owned(session, Batch, owner, name)


def listing(session: Session, owner: str, limit: int = 50, before: str | None = None) -> list[Batch]:
    """An owner's batches, newest first. Raises TroupeError: invalid_request."""
    return list(session.scalars(newest(Batch, owner, limit, before)))


def counts(session: Session, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Runs by state for each of some batches."""
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    query = select(Run.batch_id, Run.state, func.count()).where(Run.batch_id.in_(names))
    for batch, state, number in session.execute(query.group_by(Run.batch_id, Run.state)):
        found[str(batch)][state] = number
    return found


def cancel(session: Session, owner: str, name: str) -> Batch:
    """Stop every run of a batch that has not ended. Raises TroupeError: not_found."""
    batch = batch_of(session, owner, name)
    open_runs = select(Run.id).where(Run.batch_id == name, Run.owner == owner, Run.state.not_in(FINISHED))
    for run in list(session.scalars(open_runs)):
        runs.cancel(session, owner, run)
    return batch


def _of_key(session: Session, owner: str, key: str) -> Batch | None:
    return session.scalar(select(Batch).where(Batch.owner == owner, Batch.idempotency_key == key))
