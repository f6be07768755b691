"""Events for any number of listeners in one process: one poller asks the database, whoever listens shares its rows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from serving.orchestrator.database import Database, Run
from serving.orchestrator.database.tables import FINISHED
from serving.orchestrator.runs.events import Event, read

PERIOD = 0.25
"""Seconds between two looks at the database."""
_PAGE = 1000

log = logging.getLogger(__name__)


@dataclass
class _Channel:
    """Events of one run that somebody listens to: all from the first listener's position on."""

    first: int
    events: list[Event] = field(default_factory=list)
    listeners: int = 0
    gone: bool = False
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def last(self) -> int:
        return self.first + len(self.events)


class Broadcaster:
    """Follows runs on behalf of event streams.

    Args:
        database: where the events are.
        period: seconds between two looks.
    """

    def __init__(self, database: Database, period: float = PERIOD) -> None:
        self._database = database
        self._period = period
        self._channels: dict[str, _Channel] = {}
        self._poller: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._closed = False

    async def start(self) -> None:
        """Begin to look; needs a running event loop."""
        self._poller = asyncio.create_task(self._poll(), name="events")

    async def stop(self) -> None:
        """End all streams: their clients connect again to another process and resume."""
        self._closed = True
        for channel in self._channels.values():
            channel.grown.set()
        if self._poller is not None:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return sum(c.listeners for c in self._channels.values())

    async def subscribe(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Events of a run with a sequence above `after`, each once and in order, until the run has ended.

        It does not say whose the run is: that is checked before. A run that is deleted ends its streams.
        """
        last, over = await asyncio.to_thread(self._position, run_id)
        after = min(max(after, 0), last)
        if over and after == last:
            return
        channel = self._channels.get(run_id)
        if channel is None or channel.first > after:
            # A listener who wants older events than are kept reads on from there; newer listeners share that list.
            older = _Channel(after)
            if channel is not None:
                older.listeners, older.grown = channel.listeners, channel.grown
            channel = self._channels[run_id] = older
        channel.listeners += 1
        self._wanted.set()
        position = after
        try:
            while not self._closed:
                current = self._channels[run_id]
                grown = current.grown
                fresh = current.events[max(0, position - current.first) :]
                for event in fresh:
                    position = event.sequence
                    yield event
                    if event.last:
                        return
                if current.gone and not fresh:
                    return
                if not fresh:
                    await grown.wait()
        finally:
            current = self._channels[run_id]
            current.listeners -= 1
            if current.listeners <= 0:
                del self._channels[run_id]

    async def _poll(self) -> None:
        while True:
            await self._wanted.wait()
            if not self._channels:
                self._wanted.clear()
                continue
            try:
                known = {run: channel.last for run, channel in self._channels.items()}
                for run, events in (await asyncio.to_thread(self._fresh, known)).items():
                    self._spread(run, events)
            except Exception:
                log.exception("events cannot be read at the moment")
                await asyncio.sleep(2.0)
            await asyncio.sleep(self._period)

    def _position(self, run_id: str) -> tuple[int, bool]:
        """Sequence of a run's newest event, and whether none will follow."""
        with self._database.reading() as session:
            row = session.execute(select(Run.events, Run.state).where(Run.id == run_id)).first()
        return (0, True) if row is None else (row[0], row[1] in FINISHED)

    def _fresh(self, known: Mapping[str, int]) -> dict[str, list[Event] | None]:
        """What came since, None for a run that is gone; one narrow query says which runs to look at."""
        found: dict[str, list[Event] | None] = {}
        names = list(known)
        with self._database.reading() as session:
            for start in range(0, len(names), _PAGE):
                part = names[start : start + _PAGE]
                rows = session.execute(select(Run.id, Run.events).where(Run.id.in_(part))).all()
                newest = {row.id: row.events for row in rows}
                for run in part:
                    if run not in newest:
                        found[run] = None
                    elif newest[run] > known[run]:
                        found[run] = read(session, run, known[run], _PAGE)
        return found

    def _spread(self, run: str, events: list[Event] | None) -> None:
        channel = self._channels.get(run)
        if channel is None:
            return
        if events is None:
            channel.gone = True
            channel.grown.set()
            return
        fresh = [e for e in events if e.sequence > channel.last]
        if fresh and fresh[0].sequence == channel.last + 1:
            channel.events += fresh
            waiting, channel.grown = channel.grown, asyncio.Event()
            waiting.set()
