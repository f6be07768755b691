"""Alembic's entry: runs the migrations on the engine that `Database.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from serving.orchestrator.database.tables import Base

LOCK = 0x74726F757065
"""Key of PostgreSQL's advisory lock: replicas that start together migrate one after the other."""


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        context.run_migrations()


engine = context.config.attributes["engine"]
with engine.execution_options(writes=True).connect() as open_connection:
    _migrate(open_connection)
