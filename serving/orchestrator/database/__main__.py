"""Brings the database to its newest version and ends: what a cluster does before a new version of the server answers.

python -m serving.orchestrator.database

The database is TROUPE_DATABASE_URL, else SQLite in TROUPE_DATA. Several may run at once.
"""

from __future__ import annotations

import contextlib
import sys

from sqlalchemy.exc import SQLAlchemyError

from components.core.errors import TroupeError
from pipelines.settings import read_settings
from serving.orchestrator.database.session import Database
from serving.orchestrator.settings import OrchestratorSettings


def main() -> None:
    """See the module."""
    try:
        with contextlib.closing(Database(read_settings(OrchestratorSettings).database)) as database:
            database.migrate()
    except SQLAlchemyError as error:
        sys.exit(f"troupe: The database does not answer ({type(error).__name__}); see TROUPE_DATABASE_URL.")
    except TroupeError as error:
        sys.exit(f"troupe: {error.message} [{error.code}]")


if __name__ == "__main__":
    main()
