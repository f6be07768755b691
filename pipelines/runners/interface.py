"""What a runner is: somewhere a piece of work is handed to, asked about, and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

State = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
"""lost: the process that worked ended without saying how; the work may be handed in again."""


@dataclass(frozen=True)
class Work:
    """A piece of work.

    Attributes:
        name: unique; a runner may use it for what it makes.
        task: what is done: "module:function" for this machine, the variant of a compiled pipeline for a cluster.
        arguments: JSON values.
        environment: variables for the processes that do it.
    """

    name: str
    task: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """Something that the work tells: kind and JSON values, as `pipelines.runners.child.Tell` gives them."""

    kind: str
    data: Mapping[str, Any]


class Runner(Protocol):
    """Hands work to processes. A handle is a text that can be kept and used by another process where a runner says so.

    Raises (all methods):
        TroupeError: runner_unreachable: try again later.
    """

    durable: bool
    """Whether a handle outlives the process that submitted the work."""

    def submit(self, work: Work) -> str:
        """Begin the work and return its handle."""

    def status(self, handle: str) -> State:
        """How the work stands."""

    def events(self, handle: str) -> list[Message]:
        """What the work told since the last call; empty where it tells somebody else (a cluster posts its events)."""

    def cancel(self, handle: str) -> None:
        """Ask the work to stop; `status` says when it has. Work that has ended is left alone."""

    def result(self, handle: str) -> dict[str, Any]:
        """What the work returned.

        Raises:
            TroupeError: what the work failed with; cancelled; worker_died where it was lost.
        """

    def forget(self, handle: str) -> None:
        """Stop the work hard if it still runs, and let go of everything that is kept about it."""
