"""Users, a queue, workers on nodes, and the autoscaler, event by event (simpy).

A run waits in one queue until a worker's slot is free, as in `serving/orchestrator/runs/queue.py`; a free worker looks
at the queue every few tenths of a second. The autoscaler is KEDA's way with a queue's length: nodes for all runs that
wait or are worked on, at once when there are too few (a node takes its time to come), and after a while when there are
too many; a node that goes finishes its runs. The cost is two events a run.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

DAY = 86400.0


@dataclass(frozen=True)
class Request:
    """A video that somebody asks for: when, and how long a worker is busy with it, s."""

    at: float
    service: float


@dataclass(frozen=True)
class Fleet:
    """Nodes.

    Attributes:
        least, most: of nodes.
        slots: runs that a node works on at once.
        start: seconds until a new node works: machine, image, process.
        look: seconds between two looks of the autoscaler.
        patience: seconds for which there have to be too many nodes before one goes.
        poll: seconds between two looks of a worker at the queue.
    """

    least: int
    most: int
    slots: int = 1
    start: float = 120.0
    look: float = 15.0
    patience: float = 300.0
    poll: float = 0.4


@dataclass
class Seen:
    """What came of it: how long each run waited and took from asking to finished, s, and what it cost."""

    waits: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    node_seconds: float = 0.0
    peak: int = 0

    def wait(self, percentile: float | None = None) -> float:
        """The mean wait, or a percentile of it, s."""
        return float(np.mean(self.waits) if percentile is None else np.percentile(self.waits, percentile))


class Simulation:
    """One fleet that serves one stream of requests.

    Args:
        fleet: nodes.
        requests: in the order of their times.
        seed: of the moments at which workers look.
    """

    def __init__(self, fleet: Fleet, requests: Iterable[Request], seed: int = 0) -> None:
        self._fleet, self._requests = fleet, requests
        self._random = np.random.default_rng(seed)
        self._world = simpy.Environment()
        self._queue: deque[Request] = deque()
        self._busy = 0
        self._nodes = self._coming = fleet.least
        self._over_since: float | None = None
        self._seen = Seen(peak=fleet.least)
        self._changed = 0.0
        self._open = True

    def run(self) -> Seen:
        """Let all requests come, and wait until the last is served."""
        arriving = self._world.process(self._arrive())
        if self._fleet.most > self._fleet.least:
            self._world.process(self._scale())
        self._world.run(arriving)
        while self._busy or self._queue:
            self._world.step()
        self._account()
        return self._seen

    def _arrive(self) -> Iterator[Any]:
        for request in self._requests:
            yield self._world.timeout(max(0.0, request.at - self._world.now))
            self._queue.append(request)
            self._dispatch()
        self._open = False

    def _dispatch(self) -> None:
        while self._queue and self._busy < self._nodes * self._fleet.slots:
            request = self._queue.popleft()
            self._busy += 1
            noticed = self._fleet.poll * self._random.random()
            self._world.timeout(noticed + request.service, request).callbacks.append(self._finished)
            self._seen.waits.append(self._world.now + noticed - request.at)

    def _finished(self, event: Any) -> None:
        self._busy -= 1
        self._seen.totals.append(self._world.now - event.value.at)
        self._dispatch()

    def _scale(self) -> Iterator[Any]:
        fleet = self._fleet
        while self._open or self._queue:
            yield self._world.timeout(fleet.look)
            wanted = math.ceil((len(self._queue) + self._busy) / fleet.slots)
            wanted = min(max(wanted, fleet.least), fleet.most)
            if wanted >= self._coming:
                self._over_since = None
                if wanted > self._coming:
                    self._world.process(self._come(wanted - self._coming))
                    self._coming = wanted
            elif self._over_since is None:
                self._over_since = self._world.now
            elif self._world.now - self._over_since >= fleet.patience and self._nodes == self._coming:
                self._become(wanted)
                self._coming, self._over_since = wanted, None

    def _come(self, number: int) -> Iterator[Any]:
        yield self._world.timeout(self._fleet.start)
        self._become(self._nodes + number)
        self._dispatch()

    def _become(self, nodes: int) -> None:
        self._account()
        self._nodes = nodes
        self._seen.peak = max(self._seen.peak, nodes)

    def _account(self) -> None:
        self._seen.node_seconds += self._nodes * (self._world.now - self._changed)
        self._changed = self._world.now
