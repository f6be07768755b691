"""The five steps of the wizard, and where a project stands among them."""

from __future__ import annotations

from dataclasses import dataclass

from serving.orchestrator.database import Project

_STEPS = (
    ("photo", "Photo", "Who dances?"),
    ("reference", "Moves", "Which moves?"),
    ("scene", "Scene", "Where do they dance?"),
    ("expression", "Face", "Which expression?"),
    ("generate", "Video", "Make the video"),
)
STEPS = tuple(slug for slug, _, _ in _STEPS)


@dataclass(frozen=True)
class Step:
    """A step of the wizard: done, current or open."""

    slug: str
    number: int
    name: str
    title: str
    href: str
    state: str


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
