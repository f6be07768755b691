"""Scenes that can be chosen by name."""

from __future__ import annotations

from pydantic import BaseModel, Field

from serving.orchestrator.api.schemas.wire import ID, OTHER, Id, example


class Preset(BaseModel):
    """A scene that can be chosen by name."""

    model_config = example(
        name="urban_rooftop", title="Urban rooftop", description="A roof at dusk.", scene_prompt="", style_prompt="",
        thumbnail_id=ID, poster_id=OTHER,
    )  # fmt: skip

    name: str
    title: str
    description: str
    scene_prompt: str
    style_prompt: str
    thumbnail_id: Id | None = Field(description="Artifact: a short loop (MP4).")
    poster_id: Id | None
