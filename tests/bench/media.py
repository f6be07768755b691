"""Media that the benches draw."""

from __future__ import annotations

from pathlib import Path

from components.figure.look import LOOKS
from tests.figure_samples import dancing_clip, small_photo


def drawn_group(folder: Path, people: int, seconds: float = 10.0) -> tuple[Path, Path]:
    """A photo of one or several drawn people and a 720p clip of as many dancers."""
    looks = (list(LOOKS) * people)[:people]
    own = folder / f"group-of-{people}"
    own.mkdir(exist_ok=True)
    photo = small_photo(own, looks, (960, 1280))
    return photo, dancing_clip(own, seconds, looks=looks, size=(1280, 720), fps=25)
