"""Photos and the people in them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.orchestrator.api.schemas.wire import ID, OTHER, TIME, Fault, Id, example


class Photo(BaseModel):
    """A picture; the same bytes are one photo."""

    model_config = example(
        id=ID, name="anna.jpg", sha256="9f" * 32, width=1080, height=1920, status="ready", error=None, warnings=[],
        artifact_id=OTHER, preview_id=ID, created=TIME,
    )  # fmt: skip

    id: Id
    name: str
    sha256: str
    width: int
    height: int
    status: Literal["waiting", "analysing", "ready", "failed"]
    error: Fault | None
    warnings: list[Fault]
    artifact_id: Id | None = Field(description="Artifact: the picture as it was uploaded.")
    preview_id: Id | None = Field(
        description="Artifact: JPEG, upright, of the photo's width and height. There at once where browsers do not "
        "show what was uploaded (TIFF, JPEG 2000), else once it was looked at."
    )
    created: float


class Person(BaseModel):
    """Somebody in a photo; coordinates are px of the photo, x right, y down."""

    model_config = example(
        index=0, box=[120.0, 80.0, 620.0, 1790.0], score=0.98, pose=[[370.0, 210.0, -40.0]], face=None,
        mask_id=ID, layer_id=OTHER, composite_id=None,
    )  # fmt: skip

    index: int = Field(description="0 for the leftmost: what `performer` counts by.")
    box: list[float] = Field(description="x0, y0, x1, y1")
    score: float
    pose: list[list[float | None]] = Field(description="33 joints (MediaPipe): x, y, z.")
    face: dict[str, Any] | None = Field(description="landmarks: 478 points x, y, z; head: yaw, pitch, roll in degrees.")
    mask_id: Id | None = Field(description="Artifact: matte of the person, of the photo's size.")
    layer_id: Id | None = Field(description="Artifact: the person cut out.")
    composite_id: Id | None = Field(description="Artifact: the person alone before the clean background.")
