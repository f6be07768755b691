"""What routes are given: who asks, and the parameters that several of them have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from serving.orchestrator import authentication
from serving.orchestrator.context import Context, Principal, context_of
from serving.orchestrator.database.identity import LENGTH
from serving.orchestrator.services.owned import MOST


async def _context(request: Request) -> Context:
    return context_of(request)


async def _principal(request: Request) -> Principal:
    return authentication.principal(request)


Server = Annotated[Context, Depends(_context)]
Asker = Annotated[Principal, Depends(_principal)]
"""Asynchronous dependencies: a synchronous one would cost a way through a thread for every request."""

Name = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        description="The identifier.",
        examples=["01m7z8sexps3123h0sfkdhf98r"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Before = Annotated[
    str | None,
    Query(min_length=LENGTH, max_length=LENGTH, pattern="^[0-9a-z]+$", description="`next` of the page before."),
]
