"""Dance -> Dance: music for a dance that has a beat but no sound."""

from __future__ import annotations

import dataclasses

from pydantic import BaseModel, Field

from components.core import Dance, Notice, Progress, StageContext, TroupeError
from components.soundtrack.styles import STYLES, style_for


class SoundtrackSettings(BaseModel, frozen=True):
    """What is played.

    Attributes:
        style: one of STYLES, or "auto": what suits the tempo.
        rate: samples a second.
        seed: of what is random in the music.
    """

    style: str = "auto"
    rate: int = Field(default=44100, ge=8000, le=96000)
    seed: int = Field(default=0, ge=0)


def run(dance: Dance, *, settings: SoundtrackSettings, context: StageContext) -> Dance:
    """Give a dance its sound; one that has sound already is returned as it is.

    Args:
        dance: with beats, as a built-in choreography has.
        settings: see SoundtrackSettings.
        context: sound.wav is written to its workdir.

    Returns:
        The dance with sound, or with the notice no_sound where it has no beats to play to.

    Raises:
        TroupeError: invalid_setting: an unknown style.
    """
    if settings.style != "auto" and settings.style not in STYLES:
        known = ", ".join(("auto", *STYLES))
        raise TroupeError(
            "invalid_setting",
            f"There is no music in the style {settings.style!r}; choose {known}.",
            style=settings.style,
        )
    if dance.sound is not None:
        return dance
    if dance.beats is None or len(dance.beats.beats) == 0:
        notice = Notice("no_sound", "The reference has neither sound nor a beat to play to; the video is silent.")
        return dataclasses.replace(dance, notices=(*dance.notices, notice))
    from components.media import write_sound
    from components.soundtrack.beat import render

    context.report(Progress("soundtrack", 0, 1, "playing"))
    style = style_for(dance.beats.tempo) if settings.style == "auto" else settings.style
    seconds = float(dance.frames / dance.fps)
    samples = render(
        style, dance.beats.tempo, dance.beats.beats, dance.beats.downbeats, seconds, settings.rate, settings.seed
    )
    sound = write_sound(context.workdir / "sound.wav", samples, settings.rate)
    context.report(Progress("soundtrack", 1, 1, style))
    return dataclasses.replace(dance, sound=sound)
