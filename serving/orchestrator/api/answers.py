"""Answers: rows become JSON without being checked again; quick reads skip the way through a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from pydantic_core import to_json
from sqlalchemy.orm import Session
from starlette.responses import Response

from serving.orchestrator.context import Context

T = TypeVar("T")


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A value as JSON; NaN and infinity become null, as JSON has neither."""
    return Response(to_json(value, inf_nan_mode="null"), status, headers, media_type="application/json")


def page(items: Sequence[dict[str, Any]], limit: int) -> Response:
    """A part of a list, and where the next part begins."""
    return answer({"items": items, "next": items[-1]["id"] if len(items) == limit else None})


def values(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Attributes of a row by name."""
    return {name: getattr(row, name) for name in names}


async def read(context: Context, work: Callable[[Session], T]) -> T:
    """Run a short read.

    SQLite answers such a read in less time than a hop to a thread and back takes, so it is asked at once; another
    database is waited for in a thread.
    """

    def call() -> T:
        with context.database.reading() as session:
            return work(session)

    return call() if context.database.sqlite else await asyncio.to_thread(call)


async def write(context: Context, work: Callable[[Session], T]) -> T:
    """Run a transaction in a thread: a writer may have to wait for another."""

    def call() -> T:
        with context.database.writing() as session:
            return work(session)

    return await asyncio.to_thread(call)
