"""Clips, motion files and built-in choreographies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.orchestrator.api.schemas.wire import ID, OTHER, TIME, Fault, Id, example


class DancerInfo(BaseModel):
    """Somebody who dances in a reference."""

    index: int
    box: list[float] | None = None
    present: float = Field(description="Share of frames in which they are seen.")
    face: float = Field(0.0, description="Share of frames in which their face is seen.")


class Reference(BaseModel):
    """A clip, BVH file or built-in choreography; the same bytes are one reference."""

    model_config = example(
        id=ID, source="upload", url="", title="salsa.mp4", sha256="9f" * 32, width=720, height=1280, fps=30.0,
        frames=450, duration=15.0, tempo=128.0, dancers=[{"index": 0, "box": [10, 20, 300, 700], "present": 1.0,
        "face": 0.8}], has_audio=True, has_vocals=False, has_face_data=True, pose_id=OTHER, face_id=None,
        preview_id=OTHER, poster_id=OTHER, artifact_id=OTHER, status="ready", error=None, warnings=[],
        created=TIME, used=TIME,
    )  # fmt: skip

    id: Id
    source: Literal["upload", "url", "motion", "built-in"]
    url: str
    title: str
    sha256: str | None
    width: int
    height: int
    fps: float
    frames: int
    duration: float
    tempo: float | None
    dancers: list[DancerInfo]
    has_audio: bool
    has_vocals: bool
    has_face_data: bool
    pose_id: Id | None = Field(description="Artifact: pose tracks of all dancers (npz).")
    face_id: Id | None = Field(description="Artifact: face tracks of all dancers (npz).")
    preview_id: Id | None = Field(description="Artifact: the clip with skeletons drawn on it.")
    poster_id: Id | None
    artifact_id: Id | None = Field(description="Artifact: the clip as it was uploaded or fetched.")
    status: Literal["waiting", "analysing", "ready", "failed"]
    error: Fault | None
    warnings: list[Fault]
    created: float
    used: float


class Similar(BaseModel):
    """A reference whose choreography is like another's."""

    reference: Reference
    similarity: float = Field(description="Cosine, 1: the same movements.")


class ReferenceUrl(BaseModel):
    """A clip by its address."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"url": "https://example.org/salsa.mp4"}})

    url: Annotated[str, Field(min_length=1, max_length=4096)]


class Choreography(BaseModel):
    """A choreography that Troupe brings along."""

    model_config = example(
        name="shuffle", title="Shuffle", style="house", tempo=124.0, counts=32, seconds=15.5
    )  # fmt: skip

    name: str
    title: str
    style: str
    tempo: float = Field(description="Counts a minute.")
    counts: int
    seconds: float


class BuiltIn(BaseModel):
    """A choreography that Troupe brings along, by name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "shuffle"}})

    name: Annotated[str, Field(min_length=1, max_length=100)]
