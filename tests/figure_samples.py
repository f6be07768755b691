"""Drawn people for tests: pictures and clips whose truth is known, each drawn once a session."""

from __future__ import annotations

from pathlib import Path

from components.figure.demo import draw_photo_file


def standing_photo(folder: Path) -> Path:
    """A picture of one drawn person who stands relaxed before the viewer."""
    return draw_photo_file(folder / "standing.png")
