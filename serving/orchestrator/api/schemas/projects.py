"""Projects, and many of them at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.orchestrator.api.schemas.wire import ID, OTHER, TIME, Id, example

Text200 = Annotated[str, Field(max_length=200)]


class ProjectFields(BaseModel):
    """What of a project can be set; a field that is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "title": "Anna on the roof",
                "photo_id": ID,
                "reference_id": OTHER,
                "background_mode": "preset",
                "background": "urban_rooftop",
                "consent": True,
            }
        },
    )

    title: Text200 = ""
    photo_id: Id | None = None
    reference_id: Id | None = None
    performer: Annotated[str, Field(max_length=100, description="auto, all, or numbers of persons: 0,2")] = "auto"
    dancer: Annotated[str, Field(max_length=100, description="auto, all, or numbers of dancers: 0,2")] = "auto"
    start: Annotated[float, Field(ge=0, le=86_400, description="Seconds of the reference to skip.")] = 0.0
    duration: Annotated[
        float | None, Field(gt=0, le=86_400, description="Seconds of the reference to use; null: to its end.")
    ] = None
    background_mode: Literal["original", "preset", "picture", "colour", "green", "generated", "animated"] = "original"
    background: Annotated[str, Field(max_length=100, description="The preset's name, or #rrggbb.")] = ""
    background_id: Annotated[Id | None, Field(description="Artifact: the uploaded background picture.")] = None
    scene_prompt: Annotated[str, Field(max_length=2000)] = ""
    style_prompt: Annotated[str, Field(max_length=2000)] = ""
    negative_prompt: Annotated[str, Field(max_length=2000)] = ""
    expression_enabled: bool = True
    expression: Annotated[float, Field(ge=0, le=2)] = 1.0
    lip_sync_enabled: bool = True
    lip_sync: Literal["face", "voice"] = "face"
    size: Annotated[str, Field(max_length=16, description="auto, or WxH in px: 720x1280.")] = "auto"
    fps: Annotated[float, Field(ge=1, le=120)] = 30.0
    quality: Literal["draft", "standard", "fine"] = "standard"
    body_motion_model: Literal["puppet"] = "puppet"
    face_expression_model: Literal["mesh"] = "mesh"
    visible_label: Annotated[bool, Field(description='Write "AI-generated" into the picture.')] = False
    consent: Annotated[bool, Field(description="The people shown agreed.")] = False


class Project(BaseModel):
    """A photo, a reference, and how the video shall be."""

    model_config = example(
        id=ID, title="Anna on the roof", photo_id=ID, reference_id=OTHER, performer="auto", dancer="auto",
        start=0.0, duration=None, background_mode="preset", background="urban_rooftop", background_id=None,
        scene_prompt="", style_prompt="", negative_prompt="", expression_enabled=True, expression=1.0,
        lip_sync_enabled=True, lip_sync="face", size="auto", fps=30.0, quality="standard", body_motion_model="puppet",
        face_expression_model="mesh", visible_label=False, consent=TIME, status="running", progress=0.4,
        result_id=None, created=TIME, updated=TIME,
    )  # fmt: skip

    id: Id
    title: str
    photo_id: Id | None
    reference_id: Id | None
    performer: str
    dancer: str
    start: float
    duration: float | None
    background_mode: str
    background: str
    background_id: Id | None
    scene_prompt: str
    style_prompt: str
    negative_prompt: str
    expression_enabled: bool
    expression: float
    lip_sync_enabled: bool
    lip_sync: str
    size: str
    fps: float
    quality: str
    body_motion_model: str
    face_expression_model: str
    visible_label: bool
    consent: float | None = Field(description="When it was confirmed that the people shown agreed.")
    status: Literal["draft", "queued", "running", "succeeded", "failed", "cancelled"]
    progress: float
    result_id: Id | None = Field(description="Artifact: the newest finished video.")
    created: float
    updated: float


class BatchRequest(ProjectFields):
    """Many photos and one reference, or many references and one photo, and how the videos shall be."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"photo_ids": [ID, OTHER], "reference_ids": [ID], "consent": True}},
    )

    photo_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]
    reference_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


class Batch(BaseModel):
    """Runs that were asked for together."""

    model_config = example(id=ID, title="The family", runs={"queued": 2, "succeeded": 1}, created=TIME)

    id: Id
    title: str
    runs: dict[str, int] = Field(description="How many there are by state; list them with /runs?batch_id=.")
    created: float
