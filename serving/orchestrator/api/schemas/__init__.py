"""What goes over the wire, with examples. Times are seconds since 1970, identifiers sort by the time they were made."""

from __future__ import annotations

from serving.orchestrator.api.schemas.files import Account, Artifact, Share, SharedVideo, ShareRequest
from serving.orchestrator.api.schemas.photos import Person, Photo
from serving.orchestrator.api.schemas.presets import Preset
from serving.orchestrator.api.schemas.projects import Batch, BatchRequest, Project, ProjectFields
from serving.orchestrator.api.schemas.references import (
    BuiltIn,
    Choreography,
    DancerInfo,
    Reference,
    ReferenceUrl,
    Similar,
)
from serving.orchestrator.api.schemas.runs import PostedEvent, Run, RunRequest, RunSummary, Sequence, StageState
from serving.orchestrator.api.schemas.wire import ID, OTHER, TIME, Fault, Id, Page, RunKind, RunState, example

__all__ = [
    "ID",
    "OTHER",
    "TIME",
    "Account",
    "Artifact",
    "Batch",
    "BatchRequest",
    "BuiltIn",
    "Choreography",
    "DancerInfo",
    "Fault",
    "Id",
    "Page",
    "Person",
    "Photo",
    "PostedEvent",
    "Preset",
    "Project",
    "ProjectFields",
    "Reference",
    "ReferenceUrl",
    "Run",
    "RunKind",
    "RunRequest",
    "RunState",
    "RunSummary",
    "Sequence",
    "Share",
    "ShareRequest",
    "SharedVideo",
    "Similar",
    "StageState",
    "example",
]
