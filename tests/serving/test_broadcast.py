"""Streams of events: each event once and in order for everybody, however they come and go, with one poller for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import delete, event

from pipelines.runners.interface import Message
from serving.orchestrator.database import Database, Run
from serving.orchestrator.runs import results
from serving.orchestrator.runs.broadcast import Broadcaster
from serving.orchestrator.runs.events import Event
from serving.orchestrator.runs.queue import Claim, claim
from tests.serving.run_samples import queue_run

WORDS = 6


def told(database: Database, mine: Claim, words: int = WORDS) -> None:
    for i in range(words):
        results.tell(database, mine, [Message("log", {"message": str(i)})])


def finish(database: Database, mine: Claim) -> None:
    results.succeed(database, mine, [], {"result": {}})


def claimed(database: Database) -> Claim:
    queue_run(database)
    taken = claim(database, "w", 60.0)
    assert taken is not None
    return taken[0]


@asynccontextmanager
async def broadcasting(database: Database) -> AsyncIterator[Broadcaster]:
    made = Broadcaster(database, period=0.02)
    await made.start()
    yield made
    await made.stop()


def run_async(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(work(), 30)

    asyncio.run(bounded())


async def all_of(broadcaster: Broadcaster, run: str, after: int = 0) -> list[int]:
    return [e.sequence async for e in broadcaster.subscribe(run, after)]


def test_many_listeners_who_come_at_any_time_get_every_event_once(database: Database) -> None:
    mine = claimed(database)

    async def work() -> None:
        async with broadcasting(database) as broadcaster:
            early = [asyncio.create_task(all_of(broadcaster, mine.run, 2 - i % 3)) for i in range(30)]
            await asyncio.to_thread(told, database, mine)
            late = [asyncio.create_task(all_of(broadcaster, mine.run, i % 5)) for i in range(30)]
            await asyncio.sleep(0.1)
            assert broadcaster.listeners == 60
            await asyncio.to_thread(told, database, mine)
            await asyncio.to_thread(finish, database, mine)
            last = 2 + 2 * WORDS + 1
            for i, seen in enumerate(await asyncio.gather(*early)):
                assert seen == list(range(3 - i % 3, last + 1))
            for i, seen in enumerate(await asyncio.gather(*late)):
                assert seen == list(range(i % 5 + 1, last + 1))
            assert broadcaster.listeners == 0

    run_async(work)


def test_a_client_that_resumes_misses_and_repeats_nothing(database: Database) -> None:
    mine = claimed(database)

    async def work() -> None:
        seen: list[Event] = []
        async with broadcasting(database) as broadcaster:
            writer = asyncio.create_task(asyncio.to_thread(told, database, mine, 20))
            while len(seen) < 22:
                stream = broadcaster.subscribe(mine.run, seen[-1].sequence if seen else 0)
                async for one in stream:
                    seen.append(one)
                    if len(seen) % 3 == 0 or len(seen) == 22:
                        break
                await stream.aclose()  # type: ignore[attr-defined]
            await writer
            await asyncio.to_thread(finish, database, mine)
            seen += [e async for e in broadcaster.subscribe(mine.run, 22)]
        assert [e.sequence for e in seen] == list(range(1, 24)) and seen[-1].last

    run_async(work)


def test_streams_of_runs_that_ended_or_are_gone_end(database: Database) -> None:
    over, deleted = claimed(database), claimed(database)
    finish(database, over)

    async def work() -> None:
        async with broadcasting(database) as broadcaster:
            assert await all_of(broadcaster, over.run) == [1, 2, 3]
            for position in (3, 4, 10**9):
                assert await all_of(broadcaster, over.run, position) == []
            assert await all_of(broadcaster, "0" * 26) == []
            waiting = asyncio.create_task(all_of(broadcaster, deleted.run))
            await asyncio.sleep(0.1)
            with database.writing() as session:
                session.execute(delete(Run).where(Run.id == deleted.run))
            assert await waiting == [1, 2]

    run_async(work)


def test_a_stop_ends_all_streams(database: Database) -> None:
    mine = claimed(database)

    async def work() -> None:
        async with broadcasting(database) as broadcaster:
            streams = [asyncio.create_task(all_of(broadcaster, mine.run)) for _ in range(5)]
            await asyncio.sleep(0.15)
        assert await asyncio.gather(*streams) == [[1, 2]] * 5

    run_async(work)


def test_the_number_of_questions_does_not_grow_with_the_listeners(database: Database) -> None:
    mine = claimed(database)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))

    async def questions(listeners: int) -> int:
        async with broadcasting(database) as broadcaster:
            streams = [asyncio.create_task(all_of(broadcaster, mine.run)) for _ in range(listeners)]
            await asyncio.sleep(0.3)
            asked.clear()
            await asyncio.sleep(0.5)
            count = sum("FROM runs" in text for text in asked)
            for stream in streams:
                stream.cancel()
        return count

    async def work() -> None:
        few, many = await questions(1), await questions(60)
        assert few > 0 and many <= 2 * few + 2

    run_async(work)
