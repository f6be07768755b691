"""What the migrations make is what the tables say, on SQLite and on PostgreSQL."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from serving.orchestrator.database import Database
from serving.orchestrator.database.tables import Base


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    database.migrate()  # once more: it changes nothing
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
