"""A built-in choreography or a BVH file becomes a Dance, without any pixels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field, field_validator

from components.core import BeatGrid, Dance, Motion, Notice, Progress, StageContext, TroupeError
from components.repertoire.camera import film
from components.repertoire.choreographies import choreography_motion, score_of


class RepertoireSettings(BaseModel, frozen=True):
    """Which part of the motion is danced, and how it is filmed.

    Attributes:
        start: seconds of the motion that are left out.
        duration: seconds danced (longer than a choreography: it is repeated), None or 0 for all of a BVH file or one
            round of a choreography.
        fps: frames a second.
        width, height: px of the frame in which the poses lie.
        max_seconds: a BVH file is refused when more would be danced.
    """

    start: float = Field(0.0, ge=0)
    duration: float | None = Field(None, ge=0)
    fps: Fraction = Fraction(30)
    width: int = Field(720, ge=16)
    height: int = Field(1280, ge=16)
    max_seconds: float = 600.0

    @field_validator("fps", mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return Fraction(value).limit_denominator(1001) if isinstance(value, float) else value


def is_choreography(source: str) -> bool:
    """Whether a source names neither a file nor an address, so that it can only be a built-in choreography."""
    return not Path(source).suffix and "/" not in source and not Path(source).exists()


def run(source: str, *, settings: RepertoireSettings, context: StageContext) -> Dance:
    """Dance a built-in choreography or a BVH file before a still camera.

    Args:
        source: name of a choreography, or path of a .bvh file.
        settings: RepertoireSettings.
        context: progress is reported in frames.

    Returns:
        A Dance of one dancer with exact poses and no clip. A choreography has its beats; sound is added later.

    Raises:
        TroupeError: unknown_choreography, file_not_found, unreadable_motion, clip_too_short, clip_too_long.
    """
    context.report(Progress("repertoire", 0, 1, "reading the motion"))
    beats: BeatGrid | None = None
    notices: tuple[Notice, ...] = ()
    if is_choreography(source):
        motion, beats = _choreography(source, settings)
    else:
        motion, notices = _file(source, settings)
    if motion.frames < 2:
        raise TroupeError(
            "clip_too_short",
            f"{source} has {motion.frames} frame after second {settings.start:g}: choose an earlier start.",
            frames=motion.frames,
        )
    context.report(Progress("repertoire", motion.frames, motion.frames))
    dancer = film(motion, settings.width, settings.height)
    return Dance(settings.width, settings.height, motion.fps, motion.frames, None, None, (dancer,), beats, notices)


def _choreography(name: str, settings: RepertoireSettings) -> tuple[Motion, BeatGrid]:
    score = score_of(name)
    if settings.start >= score.seconds:
        raise TroupeError(
            "clip_too_short",
            f"{name} is {score.seconds:.0f} s long: choose an earlier start than {settings.start:g} s.",
            start=settings.start,
            seconds=score.seconds,
        )
    length = settings.duration or score.seconds - settings.start
    _limited(name, length, settings)
    motion = _part(choreography_motion(name, settings.fps, settings.start + length), settings.start, length)
    beats = motion.beats
    whole = np.arange(len(beats)) + round(float(settings.start + (beats[0] if len(beats) else 0)) * score.tempo / 60)
    return motion, BeatGrid(beats, beats[whole % 4 == 0], score.tempo, 1.0)


def _file(source: str, settings: RepertoireSettings) -> tuple[Motion, tuple[Notice, ...]]:
    from components.repertoire.mocap import read_motion

    path = Path(source)
    if not path.is_file():
        raise TroupeError("file_not_found", f"There is no file {source}: check its name.", path=source)
    return read_motion(path, settings.fps, settings.start, settings.duration or None, settings.max_seconds)


def _limited(source: str, seconds: float, settings: RepertoireSettings) -> None:
    if seconds > settings.max_seconds:
        raise TroupeError(
            "clip_too_long",
            f"{seconds:.0f} s of {source} are more than the limit of {settings.max_seconds:.0f} s: give --duration.",
            seconds=seconds,
            limit=settings.max_seconds,
        )


def _part(motion: Motion, start: float, duration: float) -> Motion:
    fps = float(motion.fps)
    first = round(start * fps)
    last = min(motion.frames, first + max(1, round(duration * fps)))
    beats = motion.beats - np.float32(first / fps)
    inside = (beats >= -1e-4) & (beats < (last - first) / fps)
    return Motion(motion.joints[first:last], motion.contacts[first:last], np.maximum(beats[inside], 0), motion.fps)
