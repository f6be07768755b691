"""What every request is served with, and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import HTTPConnection

from components.media import Storage
from serving.orchestrator.database import Database
from serving.orchestrator.intake.checker import Checker
from serving.orchestrator.settings import OrchestratorSettings

SCOPES = ("read", "write", "admin")


@dataclass(frozen=True)
class Principal:
    """Who asks.

    Attributes:
        owner: whose objects are seen.
        scopes: of SCOPES: what may be done.
        label: how the page calls this person.
    """

    owner: str
    scopes: frozenset[str] = frozenset(SCOPES)
    label: str = ""


class EventSource(Protocol):
    """Where the events of runs come from: one poller a process, however many listen."""

    def subscribe(self, run_id: str, after: int = 0) -> AsyncIterator[Any]:
        """Events of a run with a sequence greater than `after`, ending after its last one."""


@dataclass
class Context:
    """What a process serves with; kept in `app.state.context`.

    Attributes:
        settings: as read from the environment.
        database: sessions.
        storage: stored files.
        uploads: folder for files that are still arriving.
        checker: recognises them.
        secret: what share links and cookies are signed with.
        events: what event streams are fed by; set when the application starts.
        closing: the process is about to end; streams end without saying that the run has.
        extras: objects of other rooms (templates, authentication) by name.
    """

    settings: OrchestratorSettings
    database: Database
    storage: Storage
    uploads: Path
    checker: Checker
    secret: str
    events: EventSource | None = None
    closing: bool = False
    extras: dict[str, Any] = field(default_factory=dict)


def context_of(connection: HTTPConnection) -> Context:
    """The context of the application that a request came to."""
    context: Context = connection.app.state.context
    return context
