"""The built-in choreographies, written in the language of `score`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from components.core import Motion, TroupeError
from components.repertoire.perform import perform
from components.repertoire.score import Score
from components.repertoire.scores import SCORES


@dataclass(frozen=True)
class Listing:
    """What a user is told about a built-in choreography; tempo in counts a minute."""

    name: str
    title: str
    style: str
    tempo: float
    counts: int
    seconds: float


def catalogue() -> tuple[Listing, ...]:
    """All built-in choreographies."""
    return tuple(Listing(s.name, s.title, s.style, s.tempo, round(s.counts), round(s.seconds, 2)) for s in SCORES)


def score_of(name: str) -> Score:
    """A built-in choreography by name.

    Raises:
        TroupeError: unknown_choreography.
    """
    for score in SCORES:
        if score.name == name:
            return score
    names = [s.name for s in SCORES]
    raise TroupeError(
        "unknown_choreography",
        f"There is no built-in choreography called {name!r}: choose one of {', '.join(names)}, or give a video or BVH "
        "file that exists.",
        name=name,
        choreographies=names,
    )


def choreography_motion(name: str, fps: Fraction = Fraction(30), seconds: float | None = None) -> Motion:
    """A built-in choreography as a body in motion.

    Args:
        name: of the catalogue.
        fps: frames a second.
        seconds: length; it is repeated where longer than one round, None for one round.

    Returns:
        Joints in m, exact contacts, and the beats of its music.

    Raises:
        TroupeError: unknown_choreography.
    """
    return perform(score_of(name), fps, seconds)
