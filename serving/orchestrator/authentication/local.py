"""The one owner of a server that only this machine can reach."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from serving.orchestrator.context import Principal

LOCAL = Principal("local", label="You")


def principal(connection: HTTPConnection) -> Principal:
    """Who asks: on loopback without login everybody is the owner "local"."""
    del connection
    return LOCAL
