"""The tables of the orchestrator. Times are seconds since 1970 (UTC); identifiers come from `identity.new_id`."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from serving.orchestrator.database.identity import LENGTH, new_id

Json = JSON().with_variant(JSONB(), "postgresql")
Id = String(LENGTH)
Big = BigInteger()

RUN_STATES = ("queued", "running", "succeeded", "failed", "cancelled")
FINISHED = ("succeeded", "failed", "cancelled")
ANALYSIS_STATES = ("waiting", "analysing", "ready", "failed")
RUN_KINDS = ("dance", "photo", "reference")
BACKGROUND_MODES = ("original", "preset", "picture", "colour", "green", "generated", "animated")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} in ({', '.join(repr(v) for v in values)})", name=f"{column}_known")


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012


class Photo(Base):
    """A picture somebody uploaded; the same bytes of one owner are one photo."""

    __tablename__ = "photos"
    __table_args__ = (UniqueConstraint("owner", "sha256"), _one_of("status", ANALYSIS_STATES))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255), default="")
    """What the uploader called it: shown, never used as a path."""
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(16), default="waiting")
    error: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """code, message, values of what went wrong."""
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    created: Mapped[float] = mapped_column(default=time.time)
    persons: Mapped[list[Person]] = relationship(
        back_populates="photo", cascade="all, delete-orphan", order_by="Person.index"
    )


class Person(Base):
    """Somebody found in a photo."""

    __tablename__ = "dance_persons"
    __table_args__ = (UniqueConstraint("photo_id", "index"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    photo_id: Mapped[str] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), index=True)
    index: Mapped[int]
    """0 for the leftmost: what `performer` of a run counts by."""
    box: Mapped[list[Any]]
    """x0, y0, x1, y1 in px of the photo."""
    score: Mapped[float] = mapped_column(default=0.0)
    pose: Mapped[list[Any]] = mapped_column(default=list)
    """(33, 3) px, MediaPipe's joints."""
    face: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """landmarks (478, 3) px and head (yaw, pitch, roll in degrees), where a face was found."""
    mask_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: matte of the person in the photo's size."""
    layer_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: the person cut out, with alpha."""
    composite_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: the person over the clean plate, others removed."""
    photo: Mapped[Photo] = relationship(back_populates="persons")


class Reference(Base):
    """A clip, or a built-in choreography, that somebody dances to; the same bytes of one owner are one reference."""

    __tablename__ = "reference_videos"
    __table_args__ = (UniqueConstraint("owner", "sha256"), _one_of("status", ANALYSIS_STATES))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    source: Mapped[str] = mapped_column(String(16))
    """upload, url, motion (an uploaded BVH file) or built-in."""
    url: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(String(255), default="")
    sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    """Of the file; of "built-in:<name>" for a built-in one; null until a URL was fetched."""
    same_as_id: Mapped[str | None] = mapped_column(
        ForeignKey("reference_videos.id", ondelete="CASCADE"), default=None, index=True
    )
    """Of a URL that held a clip which was already there: the reference that it leads to."""
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    fps: Mapped[float] = mapped_column(default=0.0)
    frames: Mapped[int] = mapped_column(default=0)
    duration: Mapped[float] = mapped_column(default=0.0)
    tempo: Mapped[float | None] = mapped_column(default=None)
    dancers: Mapped[list[Any]] = mapped_column(default=list)
    """Per dancer: index, box, share of frames present, share with a face."""
    has_audio: Mapped[bool] = mapped_column(default=False)
    has_vocals: Mapped[bool] = mapped_column(default=False)
    has_face_data: Mapped[bool] = mapped_column(default=False)
    pose_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: pose tracks of all dancers, npz."""
    face_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: face tracks of all dancers, npz."""
    preview_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: the clip with skeletons drawn on it, MP4."""
    poster_id: Mapped[str | None] = mapped_column(Id, default=None)
    embedding: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, deferred=True)
    """float32 little-endian unit vectors of the choreography, see `analysis.embedding`; PostgreSQL keeps a copy as
    `vector`s. Not read with the rest of a row: up to a megabyte."""
    status: Mapped[str] = mapped_column(String(16), default="waiting")
    error: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    created: Mapped[float] = mapped_column(default=time.time)
    used: Mapped[float] = mapped_column(default=time.time)


class Project(Base):
    """What the wizard fills: a photo, a reference, and how the video shall be."""

    __tablename__ = "dance_projects"
    __table_args__ = (_one_of("background_mode", BACKGROUND_MODES), Index("projects_of_owner", "owner", "created"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    photo_id: Mapped[str | None] = mapped_column(ForeignKey("photos.id", ondelete="SET NULL"), default=None)
    reference_id: Mapped[str | None] = mapped_column(
        ForeignKey("reference_videos.id", ondelete="SET NULL"), default=None
    )
    performer: Mapped[str] = mapped_column(String(100), default="auto")
    dancer: Mapped[str] = mapped_column(String(100), default="auto")
    start: Mapped[float] = mapped_column(default=0.0)
    duration: Mapped[float | None] = mapped_column(default=None)
    background_mode: Mapped[str] = mapped_column(String(16), default="original")
    background: Mapped[str] = mapped_column(String(100), default="")
    """The preset's name or the colour."""
    background_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: the uploaded background picture."""
    scene_prompt: Mapped[str] = mapped_column(Text, default="")
    style_prompt: Mapped[str] = mapped_column(Text, default="")
    negative_prompt: Mapped[str] = mapped_column(Text, default="")
    expression_enabled: Mapped[bool] = mapped_column(default=True)
    expression: Mapped[float] = mapped_column(default=1.0)
    """Intensity, 0..2."""
    lip_sync_enabled: Mapped[bool] = mapped_column(default=True)
    lip_sync: Mapped[str] = mapped_column(String(16), default="face")
    """face or voice."""
    size: Mapped[str] = mapped_column(String(16), default="auto")
    fps: Mapped[float] = mapped_column(default=30.0)
    quality: Mapped[str] = mapped_column(String(16), default="standard")
    body_motion_model: Mapped[str] = mapped_column(String(64), default="puppet")
    face_expression_model: Mapped[str] = mapped_column(String(64), default="mesh")
    visible_label: Mapped[bool] = mapped_column(default=False)
    consent: Mapped[float | None] = mapped_column(default=None)
    """When it was confirmed that the people shown agreed."""
    status: Mapped[str] = mapped_column(String(16), default="draft")
    """draft, or the state of its newest run."""
    progress: Mapped[float] = mapped_column(default=0.0)
    result_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact: the newest finished video."""
    created: Mapped[float] = mapped_column(default=time.time)
    updated: Mapped[float] = mapped_column(default=time.time, onupdate=time.time)


class Preset(Base):
    """A scene that can be chosen by name; filled from the scenery room at start."""

    __tablename__ = "style_presets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    scene_prompt: Mapped[str] = mapped_column(Text, default="")
    style_prompt: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(default=0)
    thumbnail_id: Mapped[str | None] = mapped_column(Id, default=None)
    """Artifact without owner: a short loop, MP4."""
    poster_id: Mapped[str | None] = mapped_column(Id, default=None)


class Run(Base):
    """One piece of work, and at the same time its place in the queue."""

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("owner", "idempotency_key"),
        _one_of("state", RUN_STATES),
        _one_of("kind", RUN_KINDS),
        Index("runs_queue", "state", "lease_expires", "id"),
        Index("runs_of_owner", "owner", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16), default="dance")
    project_id: Mapped[str | None] = mapped_column(
        ForeignKey("dance_projects.id", ondelete="CASCADE"), index=True, default=None
    )
    photo_id: Mapped[str | None] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), default=None)
    reference_id: Mapped[str | None] = mapped_column(
        ForeignKey("reference_videos.id", ondelete="CASCADE"), default=None
    )
    batch_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    retried_from: Mapped[str | None] = mapped_column(Id, default=None)
    idempotency_key: Mapped[str | None] = mapped_column(String(255), default=None)
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Everything the work needs, frozen when it was asked for."""
    state: Mapped[str] = mapped_column(String(16), default="queued")
    runner: Mapped[str] = mapped_column(String(16), default="local")
    external_id: Mapped[str | None] = mapped_column(String(255), default=None)
    event_token: Mapped[str | None] = mapped_column(String(64), default=None)
    """sha256 of the token with which a remote run posts its events."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Fencing: who holds an older attempt may write no more."""
    losses: Mapped[int] = mapped_column(default=0)
    """How often its worker fell silent."""
    lease_holder: Mapped[str | None] = mapped_column(String(255), default=None)
    lease_expires: Mapped[float] = mapped_column(default=0.0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    stage: Mapped[str] = mapped_column(String(32), default="")
    stages: Mapped[list[Any]] = mapped_column(default=list)
    """Per stage, in order: name, state (waiting, running, done, reused), share 0..1, seconds."""
    progress: Mapped[float] = mapped_column(default=0.0)
    """Of the whole run, 0..1."""
    seconds_left: Mapped[float | None] = mapped_column(default=None)
    events: Mapped[int] = mapped_column(default=0)
    """Sequence of its newest event."""
    error: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    result: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """frames, figures, warnings, seconds per stage."""
    preview_id: Mapped[str | None] = mapped_column(Id, default=None)
    video_id: Mapped[str | None] = mapped_column(Id, default=None)
    lineage_id: Mapped[str | None] = mapped_column(Id, default=None)
    created: Mapped[float] = mapped_column(default=time.time)
    started: Mapped[float | None] = mapped_column(default=None)
    finished: Mapped[float | None] = mapped_column(default=None)


class RunEvent(Base):
    """Something that happened to a run. `sequence` counts from 1 without gaps and is the event's id for clients."""

    __tablename__ = "run_events"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    """state, stage, progress, log, preview."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[float] = mapped_column(default=time.time)


class Worker(Base):
    """A process that works on runs; one that was not seen for a while is gone."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    capacity: Mapped[int]
    """How many runs it works on at once."""
    started: Mapped[float]
    seen: Mapped[float]


class Batch(Base):
    """Runs that were asked for together: many photos with one reference, or the reverse."""

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("owner", "idempotency_key"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    idempotency_key: Mapped[str | None] = mapped_column(String(255), default=None)
    created: Mapped[float] = mapped_column(default=time.time)


class Artifact(Base):
    """A stored file."""

    __tablename__ = "artifacts"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner: Mapped[str | None] = mapped_column(String(255), index=True, default=None)
    """Null: everybody may read it (presets' thumbnails)."""
    kind: Mapped[str] = mapped_column(String(32))
    """photo, reference, video, preview, poster, overlay, mask, layer, composite, pose, face, background, lineage."""
    key: Mapped[str] = mapped_column(String(255), unique=True)
    media_type: Mapped[str] = mapped_column(String(100))
    filename: Mapped[str] = mapped_column(String(255), default="")
    bytes: Mapped[int] = mapped_column(Big)
    sha256: Mapped[str] = mapped_column(String(64))
    project_id: Mapped[str | None] = mapped_column(ForeignKey("dance_projects.id", ondelete="SET NULL"), default=None)
    photo_id: Mapped[str | None] = mapped_column(ForeignKey("photos.id", ondelete="SET NULL"), default=None)
    reference_id: Mapped[str | None] = mapped_column(
        ForeignKey("reference_videos.id", ondelete="SET NULL"), default=None
    )
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), default=None)
    created: Mapped[float] = mapped_column(default=time.time)


class ApiToken(Base):
    """A key to the API; only its hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    name: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    """read, write, admin."""
    created: Mapped[float] = mapped_column(default=time.time)
    expires: Mapped[float | None] = mapped_column(default=None)
    used: Mapped[float | None] = mapped_column(default=None)
    revoked: Mapped[float | None] = mapped_column(default=None)
