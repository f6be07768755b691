"""Servers that want to know who asks, and people who say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.orchestrator.context import Context
from serving.orchestrator.services import tokens
from serving.orchestrator.settings import OrchestratorSettings


def guarded(folder: Path, **given: Any) -> OrchestratorSettings:
    """Settings of a server with login that works on no runs."""
    return OrchestratorSettings(**{"data": folder / "data", "runs": 0, "authentication": "tokens", **given})


def context(client: TestClient) -> Context:
    """What the application behind a client serves with."""
    assert isinstance(client.app, FastAPI)
    found: Context = client.app.state.context
    return found


def token(client: TestClient, owner: str = "anna", *scopes: str, days: float | None = None) -> str:
    """A new token of the application behind a client."""
    with context(client).database.writing() as session:
        return tokens.create(session, owner, "a test", scopes or ("read", "write"), days)[1]


def bearer(secret: str) -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": f"Bearer {secret}"}


FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says when a form of this server's own pages is sent."""
