"""What goes over the wire, with examples. Times are seconds since 1970, identifiers sort by the time they were made."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from serving.orchestrator.database.identity import LENGTH

T = TypeVar("T")

_ID = "01m7z8sexps3123h0sfkdhf98r"
_OTHER = "01m7z8setwx96tfrwrbj0csp5a"
_TIME = 1795271998.365
Id = Annotated[str, Field(pattern=f"^[0-9a-z]{{{LENGTH}}}$", examples=[_ID])]
RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
RunKind = Literal["dance", "photo", "reference"]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Text200 = Annotated[str, Field(max_length=200)]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": values})


class Page(BaseModel, Generic[T]):
    """A part of a list, newest first."""

    items: list[T]
    next: str | None = Field(description="What `before` of the next page is; null at the end.")


class Fault(BaseModel):
    """What went wrong, or a warning: a code of docs/errors.md, a sentence, the values it speaks of."""

    model_config = _example(code="no_person_found", message="No person was found in the photo.", values={})

    code: str
    message: str
    values: dict[str, Any] = {}


class ProjectFields(BaseModel):
    """What of a project can be set; a field that is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "title": "Anna on the roof",
                "photo_id": _ID,
                "reference_id": _OTHER,
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

    model_config = _example(
        id=_ID, title="Anna on the roof", photo_id=_ID, reference_id=_OTHER, performer="auto", dancer="auto",
        start=0.0, duration=None, background_mode="preset", background="urban_rooftop", background_id=None,
        scene_prompt="", style_prompt="", negative_prompt="", expression_enabled=True, expression=1.0,
        lip_sync_enabled=True, lip_sync="face", size="auto", fps=30.0, quality="standard", body_motion_model="puppet",
        face_expression_model="mesh", visible_label=False, consent=_TIME, status="running", progress=0.4,
        result_id=None, created=_TIME, updated=_TIME,
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


class Photo(BaseModel):
    """A picture; the same bytes are one photo."""

    model_config = _example(
        id=_ID, name="anna.jpg", sha256="9f" * 32, width=1080, height=1920, status="ready", error=None, warnings=[],
        artifact_id=_OTHER, created=_TIME,
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
    created: float


class Person(BaseModel):
    """Somebody in a photo; coordinates are px of the photo, x right, y down."""

    model_config = _example(
        index=0, box=[120.0, 80.0, 620.0, 1790.0], score=0.98, pose=[[370.0, 210.0, -40.0]], face=None,
        mask_id=_ID, layer_id=_OTHER, composite_id=None,
    )  # fmt: skip

    index: int = Field(description="0 for the leftmost: what `performer` counts by.")
    box: list[float] = Field(description="x0, y0, x1, y1")
    score: float
    pose: list[list[float | None]] = Field(description="33 joints (MediaPipe): x, y, z.")
    face: dict[str, Any] | None = Field(description="landmarks: 478 points x, y, z; head: yaw, pitch, roll in degrees.")
    mask_id: Id | None = Field(description="Artifact: matte of the person, of the photo's size.")
    layer_id: Id | None = Field(description="Artifact: the person cut out.")
    composite_id: Id | None = Field(description="Artifact: the person alone before the clean background.")


class DancerInfo(BaseModel):
    """Somebody who dances in a reference."""

    index: int
    box: list[float] | None = None
    present: float = Field(description="Share of frames in which they are seen.")
    face: float = Field(0.0, description="Share of frames in which their face is seen.")


class Reference(BaseModel):
    """A clip, BVH file or built-in choreography; the same bytes are one reference."""

    model_config = _example(
        id=_ID, source="upload", url="", title="salsa.mp4", sha256="9f" * 32, width=720, height=1280, fps=30.0,
        frames=450, duration=15.0, tempo=128.0, dancers=[{"index": 0, "box": [10, 20, 300, 700], "present": 1.0,
        "face": 0.8}], has_audio=True, has_vocals=False, has_face_data=True, pose_id=_OTHER, face_id=None,
        preview_id=_OTHER, poster_id=_OTHER, artifact_id=_OTHER, status="ready", error=None, warnings=[],
        created=_TIME, used=_TIME,
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

    model_config = _example(
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


class Preset(BaseModel):
    """A scene that can be chosen by name."""

    model_config = _example(
        name="urban_rooftop", title="Urban rooftop", description="A roof at dusk.", scene_prompt="", style_prompt="",
        thumbnail_id=_ID, poster_id=_OTHER,
    )  # fmt: skip

    name: str
    title: str
    description: str
    scene_prompt: str
    style_prompt: str
    thumbnail_id: Id | None = Field(description="Artifact: a short loop (MP4).")
    poster_id: Id | None


class RunRequest(BaseModel):
    """Which project's video is wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"project_id": _ID}})

    project_id: Id


class StageState(BaseModel):
    """How far one stage of a run is."""

    name: str
    state: str
    share: float = 0.0
    seconds: float | None = None


class Run(BaseModel):
    """One piece of work."""

    model_config = _example(
        id=_ID, kind="dance", project_id=_OTHER, photo_id=None, reference_id=None, batch_id=None, retried_from=None,
        state="running", attempt=1, stage="portray", stages=[{"name": "portray", "state": "running", "share": 0.5,
        "seconds": None}], progress=0.4, seconds_left=12.5, events=17, cancel_requested=False, error=None,
        result=None, preview_id=None, video_id=None, lineage_id=None, created=_TIME, started=_TIME, finished=None,
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

    model_config = _example(
        id=_ID, kind="dance", project_id=_OTHER, batch_id=None, state="running", stage="portray", progress=0.4,
        seconds_left=12.5, events=17, preview_id=None, video_id=None, created=_TIME, finished=None,
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

    kind: Literal["plan", "stage", "progress", "log", "refusal"] = Field(
        description="plan: stages (name and weight each); stage: stage, state (running, done, reused), seconds; "
        "progress: stage, done, total, note; log: message, level, code; refusal: code, message."
    )
    data: dict[str, Any] = {}


class Sequence(BaseModel):
    """The number that an event got."""

    sequence: int


class BatchRequest(ProjectFields):
    """Many photos and one reference, or many references and one photo, and how the videos shall be."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"photo_ids": [_ID, _OTHER], "reference_ids": [_ID], "consent": True}},
    )

    photo_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]
    reference_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


class Batch(BaseModel):
    """Runs that were asked for together."""

    model_config = _example(id=_ID, title="The family", runs={"queued": 2, "succeeded": 1}, created=_TIME)

    id: Id
    title: str
    runs: dict[str, int] = Field(description="How many there are by state; list them with /runs?batch_id=.")
    created: float


class Artifact(BaseModel):
    """A stored file."""

    model_config = _example(
        id=_ID, kind="video", media_type="video/mp4", filename="anna.mp4", bytes=1234567, sha256="9f" * 32,
        project_id=_OTHER, photo_id=None, reference_id=None, run_id=None, created=_TIME,
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

    model_config = _example(
        token="WyIwMW0...", url="http://127.0.0.1:8000/share/WyIwMW0...", video="/api/v1/shares/WyIwMW0.../video",
        expires=_TIME,
    )  # fmt: skip

    token: str
    url: str = Field(description="A page for people.")
    video: str = Field(description="The video itself.")
    expires: float


class SharedVideo(BaseModel):
    """What a link opens."""

    model_config = _example(title="Anna on the roof", media_type="video/mp4", bytes=1234567, expires=_TIME)

    title: str
    media_type: str
    bytes: int
    expires: float


class Account(BaseModel):
    """Who asks, and what they may store."""

    model_config = _example(
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
