"""What is chosen from: pictures, loops and words as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.repertoire.choreographies import catalogue
from serving.orchestrator.database import Artifact, Photo, Reference
from serving.orchestrator.pages.rendering import clock, named
from serving.orchestrator.services import presets


@dataclass(frozen=True)
class Choice:
    """One of several things to choose from.

    Attributes:
        value, title, detail, chosen: as a form sends it, as people read it, what it means, whether it is ticked.
        frame: width and height of a rectangle within 24 x 24 that shows the shape of a picture.
    """

    value: str
    title: str
    detail: str = ""
    chosen: bool = False
    frame: tuple[float, float] | None = None


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


def media(artifact: str | None, *, download: bool = False) -> str:
    """Address of a stored file; empty for none."""
    if not artifact:
        return ""
    return f"/api/v1/artifacts/{artifact}" + ("?download=true" if download else "")


def pictures(session: Session, photos: Sequence[Photo]) -> dict[str, str]:
    """Photo -> address of a picture of it that a browser shows: a smaller copy where there is one."""
    found: dict[str, dict[str, str]] = {}
    query = select(Artifact.photo_id, Artifact.kind, Artifact.id).where(
        Artifact.photo_id.in_([p.id for p in photos]), Artifact.kind.in_(("photo", "preview"))
    )
    for photo, kind, name in session.execute(query.order_by(Artifact.id)):
        found.setdefault(str(photo), {})[kind] = name
    return {photo: media(kinds.get("preview") or kinds.get("photo")) for photo, kinds in found.items()}


def reference_name(reference: Reference) -> str:
    """What moves are called: the file or the choreography, or where an address leads."""
    if reference.source == "url" and "." not in reference.title:
        host = urlsplit(reference.url or "").hostname or ""
        return f"From {host.removeprefix('www.')}" if host else "A clip"
    return named(reference.title.split("?")[0], "A clip")


def moves(reference: Reference) -> Loop:
    """A reference as a tile."""
    if reference.status == "ready":
        parts = [clock(reference.duration)]
        if len(reference.dancers) > 1:
            parts.append(f"{len(reference.dancers)} dancers")
        detail = ", ".join(parts)
    else:
        detail = {"failed": "could not be used"}.get(reference.status, "being watched")
    return Loop(reference.id, reference_name(reference), detail, "", media(reference.poster_id))


def choreographies(session: Session, chosen: Reference | None = None) -> list[Loop]:
    """The built-in choreographies as tiles."""
    drawn: dict[str, dict[str, str]] = {}
    query = select(Artifact.filename, Artifact.media_type, Artifact.id).where(
        Artifact.kind == "choreography", Artifact.owner.is_(None)
    )
    for filename, media_type, name in session.execute(query):
        drawn.setdefault(filename.rsplit(".", 1)[0], {})[media_type] = name
    at = chosen.url if chosen is not None and chosen.source == "built-in" else None
    return [
        Loop(
            c.name,
            c.title,
            f"{clock(round(c.seconds))} · {c.tempo:.0f}\u00a0bpm",
            media(drawn.get(c.name, {}).get("video/mp4")),
            media(drawn.get(c.name, {}).get("image/jpeg")),
            name=c.name,
            chosen=c.name == at,
        )
        for c in catalogue()
    ]


def preset_loops(session: Session) -> list[Loop]:
    """The presets as moving tiles."""
    return [
        Loop(p.name, p.title, p.description, media(p.thumbnail_id), media(p.poster_id), "scene")
        for p in presets.listing(session)
    ]
