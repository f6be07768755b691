"""What a worker writes about a run: each time in one transaction, and only while its claim holds."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pipelines.runners.interface import Message
from serving.orchestrator.database import Artifact, Database, Person, Photo, Reference, Run
from serving.orchestrator.runs import events, progress
from serving.orchestrator.runs.queue import Claim, held
from serving.orchestrator.runs.states import enter, follow
from serving.orchestrator.services.twins import join, twin_of


class ClaimLost(Exception):
    """Somebody else works on the run, or it has ended: nothing was written."""


def tell(database: Database, claim: Claim, messages: Sequence[Message]) -> None:
    """Write what a run told since the last time; of several words on the progress of one stage only the last.

    Raises:
        ClaimLost
    """
    if not messages:
        return
    with _heard(database, claim, messages) as (session, run):
        if run.project_id is not None:
            follow(session, run)


@contextmanager
def _heard(database: Database, claim: Claim, told: Sequence[Message]) -> Iterator[tuple[Session, Run]]:
    """One transaction on a claimed run in which what it told is written first. Raises ClaimLost."""
    with database.writing() as session:
        run = held(session, claim)
        if run is None:
            raise ClaimLost
        for message in _last_words(told):
            note(session, run, message.kind, message.data)
        yield session, run


def _last_words(messages: Sequence[Message]) -> list[Message]:
    kept: list[Message] = []
    for message in messages:
        last = kept[-1] if kept else None
        if last is not None and last.kind == message.kind == "progress" and last.data["stage"] == message.data["stage"]:
            kept.pop()
        kept.append(message)
    return kept


def note(session: Session, run: Run, kind: str, data: Mapping[str, Any]) -> None:
    """Bring one message of a run into its row and its events.

    Args:
        session: of a writing transaction that holds the run's row.
        run: the run.
        kind: plan, stage, progress, log, preview, token, external, refusal or outcome, as the tasks tell them.
        data: their values.
    """
    now = time.time()
    if kind == "external":
        run.runner, run.external_id = str(data["runner"]), str(data["id"])
        return
    if kind == "token":
        run.event_token = str(data["sha256"])
        return
    if kind == "plan":
        run.stages = progress.planned([(str(name), float(weight)) for name, weight in data["stages"]])
        return
    if kind == "refusal":
        # Kept until the run has ended: the cluster itself only says that something failed.
        run.error = {"code": data["code"], "message": data["message"], "values": {}}
        return
    if kind == "outcome":
        # What a step said is more than what the cluster says of it; a step that was killed said nothing.
        if data["state"] == "FAILED" and not run.error:
            said = data["message"].rstrip(".") or "the log of its pods says why"
            message = f"The pipeline on the cluster failed: {said}."
            run.error = {"code": "worker_died", "message": message, "values": {}}
        return
    if kind == "log":
        events.append(session, run.id, "log", {"level": "info", **data})
        return
    if kind == "preview":
        artifact = Artifact(**data["row"])
        session.add(artifact)
        if artifact.media_type.startswith("image/"):
            run.preview_id = artifact.id
        events.append(session, run.id, "preview", {"artifact": artifact.id, "media_type": artifact.media_type})
        return
    stage = str(data["stage"])[:32]
    if kind == "progress" and run.stage and all(s["name"] != stage for s in run.stages):
        stage = run.stage  # a part of the stage that runs speaks by its own name
    told = {**data, "stage": stage}
    if kind == "progress":
        run.stages = progress.advanced(run.stages, stage, int(data["done"]), int(data["total"]), now)
    elif data["state"] == "running":
        run.stages = progress.begun(run.stages, stage, now)
    else:
        run.stages = progress.ended(run.stages, stage, float(data["seconds"]), data["state"] == "reused")
    run.stage = stage
    # A run that begins again after a kill finds its finished stages at once: the bar never goes back.
    run.progress = max(run.progress, min(0.999, progress.overall(run.stages)))
    run.seconds_left = progress.seconds_left(run.stages, now)
    told["share"] = next((s["share"] for s in run.stages if s["name"] == stage), 0.0)
    events.append(session, run.id, kind, {**told, "progress": run.progress, "seconds_left": run.seconds_left})


def succeed(database: Database, claim: Claim, told: Sequence[Message], result: Mapping[str, Any]) -> None:
    """End a run well: its last words, the rows of its files, what it found, and its state, all at once.

    Args:
        database: of the run.
        claim: on it.
        told: messages that are not written yet.
        result: of its task.

    Raises:
        ClaimLost
    """
    with _heard(database, claim, told) as (session, run):
        if run.kind == "reference" and run.reference_id is not None and not _new(session, run, result):
            return
        for row in result.get("artifacts", ()):
            session.add(Artifact(**row))
        run.stages = [
            s if s["state"] in ("done", "reused") else {**s, "state": "done", "share": 1.0} for s in run.stages
        ]
        run.result = dict(result["result"])
        run.video_id, run.lineage_id = result.get("video"), result.get("lineage")
        if run.kind == "photo" and run.photo_id is not None:
            _fill_photo(session, run.photo_id, result)
        if run.kind == "reference" and run.reference_id is not None:
            _fill_reference(session, run.reference_id, result["columns"])
        enter(session, run, "succeeded")


def _new(session: Session, run: Run, result: Mapping[str, Any]) -> bool:
    """Whether what an analysis found belongs to its reference; false where the clip is known and the run is ended here.

    Files that were stored all the same are named by no row; the retention sweep removes them.
    """
    reference = session.get(Reference, run.reference_id)
    sha256 = result.get("twin") or result.get("columns", {}).get("sha256")
    if reference is None:
        return True
    if reference.same_as_id is not None:  # joined while this run waited
        twin = session.get(Reference, reference.same_as_id)
    elif sha256 is not None:
        twin = twin_of(session, reference, sha256)
    else:
        return True
    if twin is not None and (twin.status != "failed" or reference.same_as_id is not None):
        join(session, reference, twin)
        run.result = {"dancers": len(twin.dancers), "same_as": twin.id}
        run.stages = [s for s in run.stages if s["state"] in ("done", "reused")]
        enter(session, run, "succeeded")
        return False
    if "twin" in result:
        message = "The clip at this address was known, and was deleted meanwhile; try again."
        enter(session, run, "failed", {"code": "conflict", "message": message, "values": {}})
        return False
    if twin is not None:
        join(session, twin, reference)
    return True


def fail(database: Database, claim: Claim, told: Sequence[Message], error: Mapping[str, Any]) -> None:
    """End a run badly.

    Args:
        database, claim, told: as for `succeed`.
        error: code, message, values; cancelled ends it as cancelled.

    Raises:
        ClaimLost
    """
    with _heard(database, claim, told) as (session, run):
        if error["code"] == "cancelled" or run.cancel_requested:
            enter(session, run, "cancelled")
        else:
            enter(session, run, "failed", run.error if run.error and run.runner != "local" else error)


def _fill_photo(session: Session, photo_id: str, result: Mapping[str, Any]) -> None:
    _fill_columns(session, Photo, photo_id, result["columns"])
    session.execute(delete(Person).where(Person.photo_id == photo_id))
    for person in result["persons"]:
        session.add(Person(photo_id=photo_id, **person))


def _fill_reference(session: Session, reference_id: str, found: Mapping[str, Any]) -> None:
    columns = dict(found)
    if columns.get("embedding") is not None:
        columns["embedding"] = base64.b64decode(columns["embedding"])
    _fill_columns(session, Reference, reference_id, columns)


def _fill_columns(
    session: Session, table: type[Photo] | type[Reference], name: str, columns: Mapping[str, Any]
) -> None:
    item = session.get(table, name)
    if item is not None:
        for column, value in columns.items():
            setattr(item, column, value)
