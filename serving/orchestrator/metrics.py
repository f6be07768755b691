"""Figures for Prometheus: runs and the queue are read from the database, requests are counted here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.orchestrator.database import Database, Run
from serving.orchestrator.database.tables import FINISHED, RUN_KINDS, RUN_STATES

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
_STAGE_SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_OVERLAP = 60.0
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The figures of one process.

    Args:
        database: where the runs are.
    """

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Runs(database))
        self._requests = Counter(
            "troupe_http_requests_total", "Requests.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "troupe_http_request_seconds", "Time until the answer began.", ("route",), buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.streams = Gauge("troupe_event_streams", "Open event streams of this process.", registry=self.registry)
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note a request."""
        key = (method, route, status)
        if key not in self._known:
            self._known[key] = (self._requests.labels(method, route, str(status)), self._seconds.labels(route))
        counter, histogram = self._known[key]
        counter.inc()
        histogram.observe(seconds)

    def text(self) -> bytes:
        """Everything, in Prometheus' text form."""
        return generate_latest(self.registry)


class Counting:
    """Counts every request by the route that it came to, never by its address, which anybody can make up."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        noted = False

        async def counted(message: Message) -> None:
            nonlocal noted
            if message["type"] == "http.response.start" and not noted:
                noted = True
                self._metrics.count(scope["method"], _route(scope), message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counted)


def _route(scope: Scope) -> str:
    route = str(getattr(scope.get("route"), "path", ""))
    if not route:
        return "other"
    return f"/api/v1{route}" if scope["path"].startswith("/api/v1") and not route.startswith("/api/") else route


class _Runs(Collector):
    """Asks the database when Prometheus asks. Stages are those of runs that ended since this process began, added up
    as they are met: a counter that a deleted project does not turn back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._until = time.time()
        self._met: set[str] = set()
        self._stages: dict[str, _Stage] = {}

    def collect(self) -> Iterator[Metric]:
        with self._database.reading() as session:
            counted = {
                (str(kind), str(state)): int(number)
                for kind, state, number in session.execute(
                    select(Run.kind, Run.state, func.count()).group_by(Run.kind, Run.state)
                )
            }
            waiting, oldest = session.execute(
                select(func.count(), func.min(Run.created)).where(Run.state == "queued")
            ).one()
            self._add(session)
        runs = GaugeMetricFamily("troupe_runs", "Runs by kind and state.", labels=("kind", "state"))
        for kind in RUN_KINDS:
            for state in RUN_STATES:
                runs.add_metric((kind, state), counted.get((kind, state), 0))
        yield runs
        yield GaugeMetricFamily("troupe_queue_depth", "Runs that wait.", value=waiting)
        age = max(0.0, time.time() - oldest) if oldest else 0.0
        yield GaugeMetricFamily("troupe_queue_age_seconds", "How long the oldest of them waits.", value=age)
        family = HistogramMetricFamily(
            "troupe_stage_seconds", "Work of stages of runs that ended, reused ones left out.", labels=("stage",)
        )
        with self._lock:
            for name, stage in sorted(self._stages.items()):
                buckets = [(str(edge), float(n)) for edge, n in zip(_STAGE_SECONDS, stage.within, strict=True)]
                family.add_metric((name,), [*buckets, ("+Inf", float(stage.count))], stage.seconds)
        yield family

    def _add(self, session: Session) -> None:
        """Add up the runs that ended since the last time; a little is read twice, as clocks and commits may differ."""
        with self._lock:
            now = time.time()
            ended = session.execute(
                select(Run.id, Run.stages).where(Run.state.in_(FINISHED), Run.finished > self._until - _OVERLAP)
            ).all()
            for name, stages in ended:
                if name not in self._met:
                    for stage in stages:
                        if stage.get("state") == "done" and stage.get("seconds") is not None:
                            self._stages.setdefault(str(stage["name"]), _Stage()).add(float(stage["seconds"]))
            self._met = {name for name, _ in ended}
            self._until = now


class _Stage:
    """How long one stage took, as a histogram."""

    def __init__(self) -> None:
        self.within = [0] * len(_STAGE_SECONDS)
        self.count = 0
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.within = [n + (seconds <= edge) for n, edge in zip(self.within, _STAGE_SECONDS, strict=True)]
        self.count += 1
        self.seconds += seconds
