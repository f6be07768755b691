"""What happens to a run, in order: rows that any number of clients can follow and resume.

kinds and their data:
    state     state, attempt, error (where it failed)
    stage     stage, state (running, done, reused), seconds, share, progress, seconds_left
    progress  stage, done, total, note, share (of the stage), progress (of the run), seconds_left
    log       message, level (info, warning), code (of a warning)
    preview   artifact, media_type
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from serving.orchestrator.database import Run, RunEvent
from serving.orchestrator.database.tables import FINISHED

KINDS = ("state", "stage", "progress", "log", "preview")


@dataclass(frozen=True)
class Event:
    """An event as clients see it.

    Attributes:
        run: the run's identifier.
        sequence: counts from 1 without gaps; the id that a client resumes by.
        kind: one of KINDS.
        data: see the module.
        created: seconds since 1970.
    """

    run: str
    sequence: int
    kind: str
    data: Mapping[str, Any]
    created: float

    @property
    def last(self) -> bool:
        """Whether nothing follows: the run has ended."""
        return self.kind == "state" and self.data.get("state") in FINISHED

    def sse(self) -> bytes:
        """The event as a server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
        body = json.dumps({**self.data, "created": round(self.created, 3)}, separators=(",", ":"), ensure_ascii=False)
        return f"id: {self.sequence}\nevent: {self.kind}\ndata: {body}\n\n".encode()


def append(session: Session, run_id: str, kind: str, data: Mapping[str, Any]) -> int:
    """Add an event to a run and return its sequence.

    The number comes from the run's own row, whose lock is held until the transaction ends: sequences become visible
    in order and without a gap, whoever writes.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of event: {kind}")
    session.flush()
    number = update(Run).where(Run.id == run_id).values(events=Run.events + 1).returning(Run.events)
    sequence = session.execute(number.execution_options(synchronize_session=False)).scalar_one()
    session.execute(insert(RunEvent).values(run_id=run_id, sequence=sequence, kind=kind, data=dict(data)))
    return int(sequence)


def read(session: Session, run_id: str, after: int = 0, limit: int = 1000) -> list[Event]:
    """Events of a run with a sequence above `after`, in order."""
    columns = (RunEvent.run_id, RunEvent.sequence, RunEvent.kind, RunEvent.data, RunEvent.created)
    found = session.execute(
        select(*columns)
        .where(RunEvent.run_id == run_id, RunEvent.sequence > after)
        .order_by(RunEvent.sequence)
        .limit(limit)
    )
    return [Event(*row) for row in found]
