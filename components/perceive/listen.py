"""The beat of a clip's sound, as a worker is asked for it.

A module of its own, because a worker imports what its tasks are defined in: the stage's would bring pydantic along.
"""

from __future__ import annotations

from components.core import BeatGrid, Sound, TroupeError


def listen(sound: Sound) -> BeatGrid | None:
    """The beat of a sound; None where it cannot be read or has none."""
    from components.media import read_sound
    from components.perceive.beats import RATE, beat_grid

    try:
        return beat_grid(read_sound(sound, rate=RATE, mono=True))
    except TroupeError:
        return None
