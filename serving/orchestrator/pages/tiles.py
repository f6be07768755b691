"""What is chosen from: pictures, loops and words as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.orchestrator.database import Artifact, Photo, Reference
from serving.orchestrator.pages.rendering import clock


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
