"""The runs table as a queue, on SQLite and PostgreSQL: no run lost, none claimed twice, no event lost or doubled."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from components.core import TroupeError
from pipelines.runners.interface import Message
from serving.orchestrator.database import Database, Photo, Project, Run, RunEvent
from serving.orchestrator.runs import queue, results
from serving.orchestrator.runs.queue import LOSSES, Claim, claim
from serving.orchestrator.runs.states import enter
from serving.orchestrator.services import runs
from tests.serving.run_samples import look, queue_run

PROGRESS = Message("progress", {"stage": "compose", "done": 1, "total": 4, "note": ""})


def states(database: Database, run: str) -> list[str]:
    with database.reading() as session:
        return [e.data["state"] for e in runs.events_after(session, run, 0) if e.kind == "state"]


def sequences(database: Database, run: str) -> list[int]:
    with database.reading() as session:
        query = select(RunEvent.sequence).where(RunEvent.run_id == run).order_by(RunEvent.sequence)
        return list(session.scalars(query))


def expire(database: Database, run: str) -> None:
    with database.writing() as session:
        session.execute(update(Run).where(Run.id == run).values(lease_expires=1.0))


def test_many_workers_at_once_claim_every_run_once(database: Database) -> None:
    waiting = {queue_run(database, owner=f"owner{i % 3}") for i in range(24)}
    gate = threading.Barrier(6)

    def work(name: str) -> list[Claim]:
        mine = []
        gate.wait()
        while (taken := claim(database, name, 60.0)) is not None:
            mine.append(taken[0])
        return mine

    with ThreadPoolExecutor(6) as pool:
        taken = [c for claims in pool.map(work, [f"w{i}" for i in range(6)]) for c in claims]
    assert sorted(c.run for c in taken) == sorted(waiting)
    assert all(c.attempt == 1 for c in taken)
    assert len({c.holder for c in taken}) > 1, "one worker took all: nothing raced"
    for run in waiting:
        assert states(database, run) == ["queued", "running"] and sequences(database, run) == [1, 2]


def test_events_of_one_run_written_by_many_at_once_count_without_gap_or_double(database: Database) -> None:
    run = queue_run(database)
    mine = claim(database, "w", 60.0)
    assert mine is not None
    gate = threading.Barrier(5)
    seen: list[list[int]] = []

    def write(_: int) -> None:
        gate.wait()
        for _ in range(12):
            results.tell(database, mine[0], [PROGRESS])

    def watch() -> None:
        gate.wait()
        while not seen or len(seen[-1]) < 2 + 4 * 12:
            seen.append(sequences(database, run))

    with ThreadPoolExecutor(5) as pool:
        watcher = pool.submit(watch)
        list(pool.map(write, range(4)))
        watcher.result(60)
    for numbers in seen:
        assert numbers == list(range(1, len(numbers) + 1)), "a reader saw a later event before an earlier one"
    assert look(database, run).events == 50


def test_analyses_go_first_then_the_owner_with_the_fewest_at_work(database: Database) -> None:
    greedy = [queue_run(database, owner="greedy") for _ in range(3)]
    modest = queue_run(database, owner="modest")
    photo = queue_run(database, owner="greedy", kind="photo")
    order = []
    while (taken := claim(database, "w", 60.0)) is not None:
        order.append(taken[0].run)
    assert order == [photo, modest, *greedy]


def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_writes_no_more(database: Database) -> None:
    run = queue_run(database)
    old = claim(database, "old", 0.2)
    assert old is not None and claim(database, "new", 60.0) is None
    time.sleep(0.25)
    new = claim(database, "new", 60.0)
    assert new is not None and new[0].run == run and new[0].attempt == 2
    assert states(database, run) == ["queued", "running", "queued", "running"]
    before = sequences(database, run)
    with pytest.raises(results.ClaimLost):
        results.tell(database, old[0], [PROGRESS])
    with pytest.raises(results.ClaimLost):
        results.succeed(database, old[0], [], {"result": {}})
    with pytest.raises(results.ClaimLost):
        results.fail(database, old[0], [], {"code": "disk_full", "message": "", "values": {}})
    queue.give_back(database, old[0])
    queue.lose(database, old[0])
    with database.writing() as session:
        assert queue.beat(session, [old[0], new[0]], 60.0) == {run: False}
    assert sequences(database, run) == before
    assert look(database, run).lease_holder == "new" and look(database, run).state == "running"


def test_a_heartbeat_keeps_a_run(database: Database) -> None:
    run = queue_run(database)
    mine = claim(database, "w", 0.4)
    assert mine is not None
    for _ in range(4):
        time.sleep(0.2)
        with database.writing() as session:
            assert queue.beat(session, [mine[0]], 0.4) == {run: False}
        assert claim(database, "thief", 60.0) is None


def test_a_run_that_loses_its_worker_again_and_again_is_given_up(database: Database) -> None:
    run = queue_run(database)
    for attempt in range(1, LOSSES + 1):
        taken = claim(database, "w", 60.0)
        assert taken is not None and taken[0].attempt == attempt
        expire(database, run)
    assert claim(database, "w", 60.0) is None
    ended = look(database, run)
    assert ended.state == "failed" and ended.error is not None and ended.error["code"] == "run_lost"
    with database.writing() as session:
        again = runs.retry(session, "local", run)
    taken = claim(database, "w", 60.0)
    assert taken is not None and taken[0].run == again.id and again.retried_from == run


def test_giving_back_is_no_loss(database: Database) -> None:
    run = queue_run(database)
    for _ in range(LOSSES + 2):
        taken = claim(database, "w", 60.0)
        assert taken is not None
        queue.give_back(database, taken[0])
    assert look(database, run).state == "queued" and look(database, run).losses == 0


def test_cancelling(database: Database) -> None:
    waiting, running, lost = queue_run(database), queue_run(database), queue_run(database)
    with database.writing() as session:
        assert runs.cancel(session, "local", waiting).state == "cancelled"
        assert runs.cancel(session, "local", waiting).state == "cancelled"
    first, second = claim(database, "w", 60.0), claim(database, "w", 60.0)
    assert first is not None and second is not None and {first[0].run, second[0].run} == {running, lost}
    with database.writing() as session:
        for run in (running, lost):
            assert runs.cancel(session, "local", run).state == "running"
        assert queue.beat(session, [first[0]], 60.0) == {first[0].run: True}
    results.fail(database, first[0], [], {"code": "cancelled", "message": "", "values": {}})
    expire(database, lost)
    assert claim(database, "w", 60.0) is None
    for run in (waiting, running, lost):
        assert look(database, run).state == "cancelled" and states(database, run)[-1] == "cancelled"
        with database.writing() as session, pytest.raises(TroupeError) as refusal:
            runs.cancel(session, "stranger", run)
        assert refusal.value.code == "not_found"


def test_a_run_that_ended_can_neither_be_cancelled_nor_tried_again_unless_it_failed(database: Database) -> None:
    run = queue_run(database)
    taken = claim(database, "w", 60.0)
    assert taken is not None
    with database.writing() as session, pytest.raises(TroupeError) as refusal:
        runs.retry(session, "local", run)
    assert refusal.value.code == "conflict"
    results.succeed(database, taken[0], [], {"result": {"frames": 3}})
    for change in (runs.cancel, runs.retry):
        with database.writing() as session, pytest.raises(TroupeError) as refusal:
            change(session, "local", run)
        assert refusal.value.code == "conflict"
    assert look(database, run).progress == 1.0 and look(database, run).result == {"frames": 3}


def test_a_retry_asked_for_twice_is_one_run(database: Database) -> None:
    run = queue_run(database)
    taken = claim(database, "w", 60.0)
    assert taken is not None
    results.fail(database, taken[0], [], {"code": "disk_full", "message": "full", "values": {}})
    with ThreadPoolExecutor(4) as pool:

        def again(_: int) -> str:
            with database.writing() as session:
                return runs.retry(session, "local", run).id

        assert len(set(pool.map(again, range(4)))) == 1


def test_a_project_follows_its_newest_run(database: Database) -> None:
    with database.writing() as session:
        project = Project(owner="local")
        session.add(project)
        session.flush()
        name = project.id
        for _ in range(2):
            run = Run(owner="local", project_id=name)
            session.add(run)
            session.flush()
            enter(session, run, "queued")

    def status() -> tuple[str, float]:
        with database.reading() as session:
            found = session.get(Project, name)
            assert found is not None
            return found.status, found.progress

    old, new = claim(database, "w", 60.0), claim(database, "w", 60.0)
    assert old is not None and new is not None and status() == ("running", 0.0)
    plan = Message("plan", {"stages": [["compose", 4.0]]})
    results.tell(database, new[0], [plan, PROGRESS])
    assert status() == ("running", 0.25)
    results.fail(database, old[0], [], {"code": "disk_full", "message": "", "values": {}})
    assert status() == ("running", 0.25), "an older run decided"
    results.succeed(database, new[0], [], {"result": {}})
    assert status() == ("succeeded", 1.0)


def test_a_photo_follows_its_analysis(database: Database) -> None:
    from serving.orchestrator.database import Artifact

    with database.writing() as session:
        photo = Photo(owner="local", sha256="0" * 64)
        session.add(photo)
        session.flush()
        session.add(
            Artifact(
                owner="local",
                kind="photo",
                key="a/b.png",
                media_type="image/png",
                bytes=1,
                sha256="0",
                photo_id=photo.id,
            )
        )
        first = runs.enqueue_analysis(session, "local", photo_id=photo.id)
        assert runs.enqueue_analysis(session, "local", photo_id=photo.id).id == first.id, "begun twice"
        with pytest.raises(TroupeError):
            runs.enqueue_analysis(session, "stranger", photo_id=photo.id)
        name = photo.id

    def status() -> str:
        with database.reading() as session:
            found = session.get(Photo, name)
            assert found is not None
            return found.status

    assert status() == "waiting"
    taken = claim(database, "w", 60.0)
    assert taken is not None and status() == "analysing"
    person = {"index": 0, "box": [1, 2, 3, 4], "score": 0.9}
    results.succeed(database, taken[0], [], {"result": {}, "columns": {"width": 30, "height": 40}, "persons": [person]})
    assert status() == "ready"
    with database.reading() as session:
        found = session.get(Photo, name)
        assert found is not None and found.width == 30 and [p.box for p in found.persons] == [[1, 2, 3, 4]]
