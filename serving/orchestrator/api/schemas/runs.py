"""Pieces of work and what is heard of them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.orchestrator.api.schemas.wire import ID, OTHER, TIME, Fault, Id, RunKind, RunState, example


class RunRequest(BaseModel):
    """Which project's video is wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"project_id": ID}})

    project_id: Id


class StageState(BaseModel):
    """How far one stage of a run is."""

    name: str
    state: str
    share: float = 0.0
    seconds: float | None = None


class Run(BaseModel):
    """One piece of work."""

    model_config = example(
        id=ID, kind="dance", project_id=OTHER, photo_id=None, reference_id=None, batch_id=None, retried_from=None,
        state="running", attempt=1, stage="portray", stages=[{"name": "portray", "state": "running", "share": 0.5,
        "seconds": None}], progress=0.4, seconds_left=12.5, events=17, cancel_requested=False, error=None,
        result=None, preview_id=None, video_id=None, lineage_id=None, created=TIME, started=TIME, finished=None,
    )  # fmt: skip

    id: Id
    kind: RunKind
    project_id: Id | None
    photo_id: Id | None
    reference_id: Id | None
    batch_id: Id | None
    retried_from: Id | None
    state: RunState
    attempt: int
    stage: str
    stages: list[StageState]
    progress: float = Field(description="Of the whole run, 0..1.")
    seconds_left: float | None
    events: int = Field(description="Sequence of its newest event.")
    cancel_requested: bool
    error: Fault | None
    result: dict[str, Any] | None = Field(description="frames, figures, warnings, seconds per stage.")
    preview_id: Id | None
    video_id: Id | None = Field(description="Artifact: the finished video.")
    lineage_id: Id | None = Field(description="Artifact: what it was made from (JSON).")
    created: float
    started: float | None
    finished: float | None


class RunSummary(BaseModel):
    """A run as lists show it."""

    model_config = example(
        id=ID, kind="dance", project_id=OTHER, batch_id=None, state="running", stage="portray", progress=0.4,
        seconds_left=12.5, events=17, preview_id=None, video_id=None, created=TIME, finished=None,
    )  # fmt: skip

    id: Id
    kind: RunKind
    project_id: Id | None
    batch_id: Id | None
    state: RunState
    stage: str
    progress: float
    seconds_left: float | None
    events: int
    preview_id: Id | None
    video_id: Id | None
    created: float
    finished: float | None


class PostedEvent(BaseModel):
    """Something that happened to a run elsewhere."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "progress", "data": {"stage": "portray", "done": 1, "total": 2}}},
    )

    kind: Literal["plan", "stage", "progress", "log", "refusal", "outcome"] = Field(
        description="plan: stages (name and weight each); stage: stage, state (running, done, reused), seconds; "
        "progress: stage, done, total, note; log: message, level, code; refusal: code, message; "
        "outcome: state, message."
    )
    data: dict[str, Any] = {}


class Sequence(BaseModel):
    """The number that an event got."""

    sequence: int
