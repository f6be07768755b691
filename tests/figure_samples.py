"""Drawn people for tests: pictures and clips whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from components.core import Sound
from components.figure.scene import draw_clip, draw_photo, place
from components.media import join, write_picture, write_sound
from components.repertoire.choreographies import catalogue, choreography_motion
from components.soundtrack.beat import render

LOOKS = ("ada", "kofi")


def small_photo(folder: Path, looks: Sequence[str] = LOOKS[:1], size: tuple[int, int] = (480, 640)) -> Path:
    """A small picture of one or several drawn people, from left to right."""
    rgb, _ = draw_photo(list(looks), "standing", size)
    write_picture(folder / "photo.png", rgb)
    return folder / "photo.png"


def dancing_clip(
    folder: Path,
    seconds: float,
    *,
    looks: Sequence[str] = LOOKS[1:],
    size: tuple[int, int] = (288, 512),
    fps: int = 25,
    dance: str = "groove",
    apart: float = 1.3,
) -> Path:
    """A small clip of drawn dancers with music."""
    score = next(c for c in catalogue() if c.name == dance)
    motion = choreography_motion(dance, seconds=seconds)
    sound = render(score.style, score.tempo, motion.beats, (), seconds)
    middle = (len(looks) - 1) / 2
    motions = [place(motion, x=(i - middle) * apart) for i in range(len(looks))]
    path = folder / f"dance-{len(looks)}.mp4"
    draw_clip(path, list(looks), motions, size=size, fps=Fraction(fps), seconds=seconds, sound=(sound, 44100))
    return path


def repeated(clip: Path, times: int, seconds: float, folder: Path) -> Path:
    """The pictures of a clip again and again, under a sound of one click each second: length without drawing."""
    rate = 48_000
    samples = np.zeros(round(times * seconds * rate), np.float32)
    click = np.hanning(480).astype(np.float32) * np.sin(np.arange(480, dtype=np.float32) * 0.8)
    for second in range(int(times * seconds)):
        samples[second * rate : second * rate + 480] = click
    sound = write_sound(folder / f"clicks-{times}.wav", samples, rate)
    assert isinstance(sound, Sound)
    out = folder / f"{clip.stem}-x{times}.mp4"
    join([clip] * times, sound, out)
    return out
