"""Stored files, links to them, and whose they are."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from serving.orchestrator.api.schemas.wire import ID, OTHER, TIME, Id, example


class Artifact(BaseModel):
    """A stored file."""

    model_config = example(
        id=ID, kind="video", media_type="video/mp4", filename="anna.mp4", bytes=1234567, sha256="9f" * 32,
        project_id=OTHER, photo_id=None, reference_id=None, run_id=None, created=TIME,
    )  # fmt: skip

    id: Id
    kind: str
    media_type: str
    filename: str
    bytes: int
    sha256: str
    project_id: Id | None
    photo_id: Id | None
    reference_id: Id | None
    run_id: Id | None
    created: float


class ShareRequest(BaseModel):
    """For how long a link shall hold."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"seconds": 604800}})

    seconds: Annotated[float, Field(ge=60, le=366 * 86_400)] = 7 * 86_400.0


class Share(BaseModel):
    """A link that opens a finished video without login."""

    model_config = example(
        token="WyIwMW0...", url="http://127.0.0.1:8000/share/WyIwMW0...", video="/api/v1/shares/WyIwMW0.../video",
        expires=TIME,
    )  # fmt: skip

    token: str
    url: str = Field(description="A page for people.")
    video: str = Field(description="The video itself.")
    expires: float


class SharedVideo(BaseModel):
    """What a link opens."""

    model_config = example(title="Anna on the roof", media_type="video/mp4", bytes=1234567, expires=TIME)

    title: str
    media_type: str
    bytes: int
    expires: float


class Account(BaseModel):
    """Who asks, and what they may store."""

    model_config = example(
        owner="local", label="You", scopes=["admin", "read", "write"], bytes=52428800, quota_bytes=None,
        max_upload_bytes=2000000000, requests_per_minute=None,
    )  # fmt: skip

    owner: str
    label: str
    scopes: list[str]
    bytes: int = Field(description="That stored files take.")
    quota_bytes: int | None = Field(description="That they may take; null: no limit.")
    max_upload_bytes: int
    requests_per_minute: int | None
