"""The built-in choreographies: which steps, in which order, at which tempo."""

from __future__ import annotations

from components.repertoire import steps as s
from components.repertoire.score import Score, mirrored

SCORES: tuple[Score, ...] = (
    Score(
        "groove", "Hip-hop groove", "hiphop", 96,
        (s.GROOVE, s.SIDE_TOUCH, s.HOME, s.STEP_TURN, s.HOME, mirrored(s.STEP_TURN), s.HOME, s.GROOVE, s.SIDE_TOUCH, s.HOME),
    ),
)  # fmt: skip
