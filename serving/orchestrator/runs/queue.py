"""The runs table as a queue: claim with a lease, heartbeat, give back; whoever lost the lease writes no more.

A claim raises the run's `attempt`, and every later write of its worker holds only while the row still has that
attempt and is running (a fencing token: Kleppmann, "How to do distributed locking", 2016). A run whose lease ran out
is put back into the queue by whichever worker looks next.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from serving.orchestrator.database import Database, Run
from serving.orchestrator.runs.states import enter

LOSSES = 5
"""How often a run may lose its worker before it is given up."""


@dataclass(frozen=True)
class Claim:
    """The right to work on a run.

    Attributes:
        run: its identifier.
        attempt: fencing token.
        holder: name of the worker.
    """

    run: str
    attempt: int
    holder: str


def now(session: Session) -> float:
    """Seconds since 1970 by the clock that all workers share: the database's, or this machine's for SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        return time.time()
    return float(session.execute(text("select extract(epoch from clock_timestamp())")).scalar_one())


def claim(database: Database, holder: str, lease: float, *, runner: str | None = None) -> tuple[Claim, Run] | None:
    """Take the next run, or None where nothing waits.

    Analyses come first, because somebody looks at the page and waits; then the run of the owner of whom the fewest
    are being worked on, so that a batch does not keep others waiting; then the oldest.

    Args:
        database: of the queue.
        holder: name of the worker.
        lease: seconds for which it is taken.
        runner: only runs of this runner.
    """
    with database.reading() as session:
        waits = or_(Run.state == "queued", _expired(now(session)))
        if session.scalar(select(Run.id).where(waits).limit(1)) is None:
            return None
    with database.writing() as session:
        _take_back(session)
        run = session.scalar(_next(runner))
        if run is None:
            return None
        run.attempt += 1
        run.lease_holder, run.lease_expires = holder, now(session) + lease
        enter(session, run, "running")
        return Claim(run.id, run.attempt, holder), run


def _next(runner: str | None) -> Select[Run]:
    other = aliased(Run)
    busy = (
        select(func.count())
        .select_from(other)
        .where(other.owner == Run.owner, other.state == "running")
        .correlate(Run)
        .scalar_subquery()
    )
    query = select(Run).where(Run.state == "queued")
    if runner is not None:
        query = query.where(Run.runner == runner)
    order = (case((Run.kind == "dance", 1), else_=0), busy, Run.id)
    return query.order_by(*order).limit(1).with_for_update(skip_locked=True, of=Run)


def _expired(moment: float) -> Any:
    return (Run.state == "running") & (Run.lease_expires < moment)


def _take_back(session: Session) -> None:
    """Put runs whose lease ran out back into the queue, or end those that were cancelled or lost too often."""
    found = select(Run).where(_expired(now(session))).order_by(Run.id).with_for_update(skip_locked=True)
    for run in session.scalars(found).all():
        run.losses += 1
        if run.cancel_requested:
            enter(session, run, "cancelled")
        elif run.losses >= LOSSES:
            enter(session, run, "failed", _LOST)
        else:
            enter(session, run, "queued")


_LOST = {
    "code": "run_lost",
    "message": "The process that worked on this run ended again and again, most likely for lack of memory; "
    "try again with a smaller size or a shorter part of the reference.",
    "values": {"losses": LOSSES},
}


def beat(session: Session, claims: Sequence[Claim], lease: float) -> dict[str, bool]:
    """Extend leases.

    Returns:
        For each run that is still held whether it shall be cancelled; runs that are missing are lost.
    """
    held: dict[str, bool] = {}
    expires = now(session) + lease
    for one in claims:
        change = update(Run).where(*_of(one)).values(lease_expires=expires).returning(Run.cancel_requested)
        cancelled = session.execute(change.execution_options(synchronize_session=False)).scalar_one_or_none()
        if cancelled is not None:
            held[one.run] = bool(cancelled)
    return held


def cancelled(session: Session, claims: Sequence[Claim]) -> set[str]:
    """Which of some runs shall be cancelled."""
    wanted = select(Run.id).where(Run.id.in_([c.run for c in claims]), Run.cancel_requested)
    return set(session.scalars(wanted)) if claims else set()


def held(session: Session, one: Claim) -> Run | None:
    """The run of a claim with its row locked, or None where the claim is void: then nothing may be written."""
    return session.scalar(select(Run).where(*_of(one)).with_for_update())


def give_back(database: Database, one: Claim) -> None:
    """Put a run that its worker cannot finish back into the queue at once; that is no loss."""
    with database.writing() as session:
        run = held(session, one)
        if run is not None:
            enter(session, run, "cancelled" if run.cancel_requested else "queued")


def lose(database: Database, one: Claim) -> None:
    """Say that the process that worked on a run died: it is tried again, or given up after LOSSES times."""
    with database.writing() as session:
        run = held(session, one)
        if run is not None:
            run.lease_expires = 0.0
            session.flush()
            _take_back(session)


def _of(one: Claim) -> tuple[Any, ...]:
    return (Run.id == one.run, Run.attempt == one.attempt, Run.state == "running")
