"""Tables, sessions and migrations."""

from serving.orchestrator.database.identity import new_id
from serving.orchestrator.database.session import Database
from serving.orchestrator.database.tables import (
    ApiToken,
    Artifact,
    Base,
    Batch,
    Person,
    Photo,
    Preset,
    Project,
    Reference,
    Run,
    RunEvent,
    Worker,
)

__all__ = [
    "ApiToken",
    "Artifact",
    "Base",
    "Batch",
    "Database",
    "Person",
    "Photo",
    "Preset",
    "Project",
    "Reference",
    "Run",
    "RunEvent",
    "Worker",
    "new_id",
]
