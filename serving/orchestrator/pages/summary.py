"""What stands beside the wizard: everything chosen so far, a line each."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from serving.orchestrator.database import Photo, Preset, Project, Reference
from serving.orchestrator.pages.rendering import named
from serving.orchestrator.pages.steps import base
from serving.orchestrator.pages.tiles import choreographies, media, pictures, reference_name

GREEN = "#00b140"
"""How the green screen looks."""


@dataclass(frozen=True)
class Beside:
    """A line of the summary beside the wizard."""

    name: str
    value: str
    href: str
    icon: str
    picture: str = ""
    colour: str = ""


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
            reference_name(reference) if reference else "Not chosen yet",
            f"{at}/reference",
            "film",
            _moves_picture(session, reference) if reference else "",
        ),
        Beside("Scene", scene_words(session, project), f"{at}/scene", "scene", poster, _plain(project)),
        Beside("Face", face_words(project), f"{at}/expression", "smile"),
    ]


def _moves_picture(session: Session, reference: Reference) -> str:
    built_in = [c for c in choreographies(session, reference) if c.chosen]
    return built_in[0].poster if built_in and built_in[0].poster else media(reference.poster_id)


def _plain(project: Project) -> str:
    """The colour of a background that is nothing else; empty for any other."""
    return {"colour": project.background, "green": GREEN}.get(project.background_mode, "")


def _photo_words(project: Project, photo: Photo | None) -> str:
    if photo is None:
        return "Not chosen yet"
    if photo.status != "ready" or len(photo.persons) < 2:
        return named(photo.name, "Your photo")
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
        return "One colour"
    names = {"original": "As in the photo", "picture": "Your picture", "green": "Green screen"}
    return names.get(project.background_mode, project.background_mode.capitalize())


def face_words(project: Project) -> str:
    """The expression in words."""
    mouth = {"face": "lips move", "voice": "sings along"}[project.lip_sync] if project.lip_sync_enabled else ""
    if not project.expression_enabled:
        return f"Still, {mouth}" if mouth else "Still"
    strength = "Calm" if project.expression < 0.75 else "As danced" if project.expression <= 1.25 else "Exaggerated"
    return f"{strength}, {mouth}" if mouth == "sings along" else strength
