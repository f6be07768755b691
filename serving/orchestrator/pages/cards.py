"""Projects as the gallery shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.orchestrator.database import Photo, Project, Run
from serving.orchestrator.pages.rendering import ago, named
from serving.orchestrator.pages.run_words import STATES
from serving.orchestrator.pages.steps import base, furthest
from serving.orchestrator.pages.tiles import media, pictures


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


def titled(project: Project, photo: Photo | None) -> str:
    """What a project is called: its title, or else its photo's name."""
    return project.title or (named(photo.name) if photo is not None else "") or "Untitled dance"


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
