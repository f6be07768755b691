"""How a run passes from state to state; what belongs to it follows in the same transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from serving.orchestrator.database import Photo, Project, Reference, Run
from serving.orchestrator.database.tables import FINISHED
from serving.orchestrator.runs import events

_ANALYSIS = {"queued": "waiting", "running": "analysing", "succeeded": "ready", "failed": "failed"}


def enter(session: Session, run: Run, state: str, error: Mapping[str, Any] | None = None) -> None:
    """Bring a run into a state: its row, its event, its project, and the photo or reference that it analyses.

    Args:
        session: of a writing transaction that holds the run's row.
        run: any run that is not finished.
        state: one of RUN_STATES.
        error: code, message, values: why it failed.
    """
    now = time.time()
    run.state = state
    run.error = None if error is None else dict(error)
    if state == "running":
        run.started = run.started or now
    else:
        run.lease_holder, run.lease_expires, run.seconds_left = None, 0.0, None
    if state in FINISHED:
        run.finished = now
        run.event_token = None
    if state == "succeeded":
        run.progress = 1.0
    data: dict[str, Any] = {"state": state, "attempt": run.attempt, "progress": run.progress}
    if error is not None:
        data["error"] = dict(error)
    events.append(session, run.id, "state", data)
    if run.project_id is not None:
        follow(session, run)
    for table, name in ((Photo, run.photo_id), (Reference, run.reference_id)):
        if run.kind != "dance" and name is not None:
            values: dict[str, Any] = {"status": _ANALYSIS.get(state, "failed")}
            if state in FINISHED:
                values["error"] = data.get("error") or (_STOPPED if state == "cancelled" else None)
            session.execute(update(table).where(table.id == name).values(**values))


_STOPPED = {"code": "cancelled", "message": "The analysis was stopped; start it again.", "values": {}}


def follow(session: Session, run: Run) -> None:
    """Let a project show the state and progress of its newest run."""
    session.flush()
    newest = select(func.max(Run.id)).where(Run.project_id == run.project_id).scalar_subquery()
    values: dict[str, Any] = {"status": run.state, "progress": run.progress, "updated": Project.updated}
    if run.state in FINISHED:
        values["updated"] = time.time()
    if run.state == "succeeded" and run.video_id is not None:
        values["result_id"] = run.video_id
    session.execute(
        update(Project)
        .where(Project.id == run.project_id, newest == run.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
