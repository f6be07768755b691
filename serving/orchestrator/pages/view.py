"""What the pages show, made from rows: steps, the summary beside them, people, moves, stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.orchestrator.database import Artifact, Photo, Preset, Project, Reference, Run
from serving.orchestrator.pages.rendering import ago, clock

_STEPS = (
    ("photo", "Photo", "Who dances?"),
    ("reference", "Moves", "Which moves?"),
    ("scene", "Scene", "Where?"),
    ("expression", "Face", "What face?"),
    ("generate", "Video", "Make the video"),
)
STEPS = tuple(slug for slug, _, _ in _STEPS)
STATES = {
    "draft": "Draft",
    "queued": "Waiting",
    "running": "At work",
    "succeeded": "Ready",
    "failed": "Failed",
    "cancelled": "Stopped",
}
STAGES = {
    "photo": "Reading the photo",
    "clip": "Reading the clip",
    "fetch": "Fetching the clip",
    "perceive": "Watching the dance",
    "repertoire": "Learning the steps",
    "soundtrack": "Making the music",
    "portray": "Cutting out who dances",
    "choreograph": "Fitting the steps to them",
    "express": "Following the face",
    "scenery": "Building the scene",
    "animate": "Bringing them to life",
    "compose": "Drawing the video",
    "judge": "Measuring the video",
    "finish": "Signing it as AI-made",
}
"""Step of a wiring -> what people read."""
_SPOKEN = {"waiting": "to come", "running": "under way", "done": "done", "reused": "was done before"}


@dataclass(frozen=True)
class Step:
    """A step of the wizard: done, current or open."""

    slug: str
    number: int
    name: str
    title: str
    href: str
    state: str


@dataclass(frozen=True)
class Choice:
    """One of several things to choose from."""

    value: str
    title: str
    detail: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Loop:
    """Something with a moving picture: a preset, a choreography, a clip."""

    id: str
    title: str
    detail: str = ""
    video: str = ""
    poster: str = ""
    icon: str = "film"
    name: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Background:
    """A background to choose; `glyph` is drawn where there is no loop."""

    value: str
    title: str
    detail: str
    chosen: bool
    video: str = ""
    poster: str = ""
    picture: str = ""
    glyph: str = ""
    icon: str = "scene"


@dataclass(frozen=True)
class Beside:
    """A line of the summary beside the wizard."""

    name: str
    value: str
    href: str
    icon: str
    picture: str = ""


@dataclass(frozen=True)
class Work:
    """A project in the gallery."""

    id: str
    title: str
    detail: str
    href: str
    state: str
    label: str
    poster: str = ""
    video: str = ""


def media(artifact: str | None, *, download: bool = False) -> str:
    """Address of a stored file; empty for none."""
    if not artifact:
        return ""
    return f"/api/v1/artifacts/{artifact}" + ("?download=true" if download else "")


def base(project: Project) -> str:
    """Address below which a project's pages lie."""
    return f"/projects/{project.id}"


def furthest(project: Project) -> str:
    """The step at which a project is gone on with."""
    if project.status != "draft":
        return "generate"
    if project.photo_id is None:
        return "photo"
    return "reference" if project.reference_id is None else "scene"


def steps(project: Project, current: str) -> list[Step]:
    """The wizard's steps as seen from one of them."""
    at = STEPS.index(current)

    def state(i: int, slug: str) -> str:
        if i == at:
            return "current"
        lacking = (slug == "photo" and project.photo_id is None) or (slug == "reference" and not project.reference_id)
        return "done" if (i < at or project.status != "draft") and not lacking else "open"

    return [
        Step(slug, i + 1, name, title, f"{base(project)}/{slug}", state(i, slug))
        for i, (slug, name, title) in enumerate(_STEPS)
    ]


def pictures(session: Session, photos: Sequence[Photo]) -> dict[str, str]:
    """Photo -> address of a picture of it that a browser shows: a smaller copy where there is one."""
    found: dict[str, dict[str, str]] = {}
    query = select(Artifact.photo_id, Artifact.kind, Artifact.id).where(
        Artifact.photo_id.in_([p.id for p in photos]), Artifact.kind.in_(("photo", "preview"))
    )
    for photo, kind, name in session.execute(query.order_by(Artifact.id)):
        found.setdefault(str(photo), {})[kind] = name
    return {photo: media(kinds.get("preview") or kinds.get("photo")) for photo, kinds in found.items()}


def beside(session: Session, project: Project) -> list[Beside]:
    """The summary beside the wizard."""
    at = base(project)
    photo = session.get(Photo, project.photo_id) if project.photo_id else None
    reference = session.get(Reference, project.reference_id) if project.reference_id else None
    picture = pictures(session, [photo]).get(photo.id, "") if photo else ""
    poster = ""
    if project.background_mode == "preset":
        preset = session.get(Preset, project.background)
        poster = media(preset.poster_id) if preset else ""
    elif project.background_mode == "picture":
        poster = media(project.background_id)
    elif project.background_mode == "original":
        poster = picture
    return [
        Beside("Photo", _photo_words(project, photo), f"{at}/photo", "photo", picture),
        Beside(
            "Moves",
            (reference.title or "A clip") if reference else "Not chosen yet",
            f"{at}/reference",
            "film",
            media(reference.poster_id) if reference else "",
        ),
        Beside("Scene", scene_words(session, project), f"{at}/scene", "scene", poster),
        Beside("Face", face_words(project), f"{at}/expression", "smile"),
    ]


def _photo_words(project: Project, photo: Photo | None) -> str:
    if photo is None:
        return "Not chosen yet"
    if photo.status != "ready" or len(photo.persons) < 2:
        return photo.name or "Your photo"
    if project.performer == "all":
        return f"All {len(photo.persons)} dance"
    if project.performer == "auto":
        return "The whole group"
    chosen = project.performer.split(",")
    return f"{len(chosen)} of {len(photo.persons)} dance"


def scene_words(session: Session, project: Project) -> str:
    """The background in words."""
    if project.background_mode == "preset":
        preset = session.get(Preset, project.background)
        return preset.title if preset else project.background
    if project.background_mode == "colour":
        return f"Colour {project.background}"
    names = {"original": "The photo's own place", "picture": "Your picture", "green": "Green screen"}
    return names.get(project.background_mode, project.background_mode.capitalize())


def face_words(project: Project) -> str:
    """The expression in words."""
    mouth = {"face": "lips move", "voice": "sings along"}[project.lip_sync] if project.lip_sync_enabled else ""
    if not project.expression_enabled:
        return f"Still, {mouth}" if mouth else "Still"
    strength = "Calm" if project.expression < 0.75 else "As danced" if project.expression <= 1.25 else "Exaggerated"
    return f"{strength}, {mouth}" if mouth == "sings along" else strength


def moves(reference: Reference) -> Loop:
    """A reference as a tile."""
    if reference.status == "ready":
        parts = [clock(reference.duration)]
        if len(reference.dancers) > 1:
            parts.append(f"{len(reference.dancers)} dancers")
        detail = ", ".join(parts)
    else:
        detail = {"failed": "could not be used"}.get(reference.status, "being watched")
    return Loop(reference.id, reference.title or "A clip", detail, "", media(reference.poster_id))


def titled(project: Project, photo: Photo | None) -> str:
    """What a project is called: its title, or else its photo's name without the ending."""
    return project.title or (photo.name.rsplit(".", 1)[0] if photo is not None else "") or "Untitled dance"


def works(session: Session, projects: Sequence[Project]) -> list[Work]:
    """Projects as cards, each with the poster of its newest video."""
    results = [p.result_id for p in projects if p.result_id]
    posters: dict[str, str] = {}
    if results:
        query = select(Run.video_id, Run.preview_id).where(Run.video_id.in_(results), Run.preview_id.is_not(None))
        posters = {str(video): str(poster) for video, poster in session.execute(query)}
    wanted = {p.photo_id for p in projects if p.photo_id}
    photos = {p.id: p for p in session.scalars(select(Photo).where(Photo.id.in_(wanted)))}
    shown = pictures(session, list(photos.values()))
    return [
        Work(
            p.id,
            titled(p, photos.get(p.photo_id or "")),
            ago(p.updated),
            f"{base(p)}/{furthest(p)}",
            p.status,
            STATES.get(p.status, p.status),
            media(posters.get(p.result_id or "")) or shown.get(p.photo_id or "", ""),
            media(p.result_id),
        )
        for p in projects
    ]


def stages(run: Run) -> list[dict[str, Any]]:
    """A run's stages as people read them."""
    rows = []
    for stage in run.stages:
        seconds = stage.get("seconds") or 0.0
        state = stage.get("state", "waiting")
        took = "kept" if state == "reused" else f"{seconds:.1f} s" if state == "done" else ""
        rows.append(
            {
                "title": STAGES.get(stage["name"], stage["name"].capitalize()),
                "state": state,
                "spoken": _SPOKEN.get(state, state),
                "share": stage.get("share") or 0.0,
                "took": took,
            }
        )
    return rows


def stage_now(run: Run) -> str:
    """What a run does at the moment, in words."""
    if run.state == "queued":
        return "Waiting for its turn"
    return STAGES.get(run.stage, run.stage.capitalize() or "Beginning")


def log_lines(events: Sequence[Any]) -> list[str]:
    """What a run said, newest first: a line an event, progress left out."""
    lines = []
    for event in events:
        data: Mapping[str, Any] = event.data
        if event.kind == "log":
            lines.append(str(data.get("message", "")))
        elif event.kind == "stage":
            name = STAGES.get(str(data.get("stage")), str(data.get("stage")))
            took = f", {data['seconds']:.1f} s" if data.get("state") == "done" and data.get("seconds") else ""
            lines.append(f"{name}: {_SPOKEN.get(str(data.get('state')), data.get('state'))}{took}")
        elif event.kind == "state":
            lines.append(f"The run is {STATES.get(str(data.get('state')), '').lower() or data.get('state')}")
    return list(reversed(lines))
