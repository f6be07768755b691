"""A part of a Dance: the same tracks from one second to another, as if only that part had been looked at.

So a reference is looked at once, whichever parts of it are danced. What needs more than the part itself, as the beat,
the neutral face and who is who, comes from the whole.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field

from components.core import (
    BeatGrid,
    Clip,
    Dance,
    Dancer,
    FaceTrack,
    PoseTrack,
    Progress,
    Sound,
    StageContext,
    TroupeError,
    Uri,
)
from components.perceive.presence import least_frames, nobody, presence_notices

STAGE = "cut"
_FEWEST = 2
"""Frames that make a dance."""
_ABOUT_DANCERS = ("dancer_absent", "dancer_cropped")


class CutSettings(BaseModel, frozen=True):
    """Which part.

    Attributes:
        start: second of the dance at which it begins; taken to the nearest frame.
        duration: seconds from there; None or 0: to the end.
    """

    start: float = Field(default=0.0, ge=0)
    duration: float | None = Field(default=None, ge=0)


def run(dance: Dance, *, settings: CutSettings, context: StageContext) -> Dance:
    """Cut a dance.

    Args:
        dance: of a clip.
        settings: which part of it.
        context: workdir receives the masks of the part.

    Returns:
        The part, on the grid of the whole. Every dancer keeps their number; who is hardly seen in the part is absent.

    Raises:
        TroupeError: invalid_setting (begins behind the end), clip_too_short, no_dancer_found, unreadable_media,
            disk_full, cancelled.
    """
    context.workdir.mkdir(parents=True, exist_ok=True)
    first, frames = _span(dance, settings)
    clip = None if dance.clip is None else _clip(dance.clip, first, frames)
    dancers = []
    for done, dancer in enumerate(dance.dancers):
        context.report(Progress(STAGE, done, len(dance.dancers), "cutting out the part"))
        dancers.append(_dancer(dancer, first, frames, dance, context.workdir))
    seen = [d for d in dancers if d.pose.present.any()]
    if not seen:
        raise nobody("" if clip is None else str(clip.uri), "this part of the reference")
    kept = [n for n in dance.notices if n.code not in _ABOUT_DANCERS]
    return replace(
        dance,
        frames=frames,
        clip=clip,
        sound=None if dance.sound is None else _sound(dance.sound, first, frames, dance.fps),
        dancers=tuple(dancers),
        beats=None if dance.beats is None else _beats(dance.beats, first, frames, float(dance.fps)),
        notices=(*(n for d in seen for n in presence_notices(d, dance.width, dance.height)), *kept),
    )


def _span(dance: Dance, settings: CutSettings) -> tuple[int, int]:
    """First frame and number of frames."""
    fps, length = float(dance.fps), dance.frames / float(dance.fps)
    if settings.start >= length:
        raise TroupeError(
            "invalid_setting",
            f"The start, second {settings.start:g}, lies behind the end of the reference, which lasts {length:.1f} "
            "seconds; give an earlier second.",
            start=settings.start, seconds=round(length, 3),
        )  # fmt: skip
    first = min(dance.frames - 1, round(settings.start * fps))
    wanted = int(np.floor(settings.duration * fps + 0.5)) if settings.duration else dance.frames
    frames = min(dance.frames - first, max(1, wanted))
    if frames < min(_FEWEST, dance.frames):
        raise TroupeError(
            "clip_too_short",
            f"The wanted part has {frames} frame; a dance needs at least {_FEWEST}. Give a longer part.",
            frames=frames, needed=_FEWEST,
        )  # fmt: skip
    return first, frames


def _clip(clip: Clip, first: int, frames: int) -> Clip:
    return replace(
        clip,
        start=clip.start + float(first / clip.fps),
        frames=frames,
        sound=None if clip.sound is None else _sound(clip.sound, first, frames, clip.fps),
    )


def _sound(sound: Sound, first: int, frames: int, fps: Fraction) -> Sound:
    return replace(sound, start=sound.start + float(first / fps), duration=float(frames / fps))


def _beats(beats: BeatGrid, first: int, frames: int, fps: float) -> BeatGrid:
    def part(seconds: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        moved = np.asarray(seconds) - np.float32(first / fps)
        return moved[(moved >= 0) & (moved < frames / fps)]

    return replace(beats, beats=part(beats.beats), downbeats=part(beats.downbeats))


def _dancer(dancer: Dancer, first: int, frames: int, dance: Dance, workdir: Path) -> Dancer:
    part = slice(first, first + frames)
    pose, face = dancer.pose, dancer.face
    if int(pose.present[part].sum()) < least_frames(frames, dance.fps):
        return _absent(dancer.identity, frames, dance.fps)
    track = PoseTrack(
        xyz=pose.xyz[part],
        world=None if pose.world is None else pose.world[part],
        visibility=pose.visibility[part],
        present=pose.present[part],
        hands=None if pose.hands is None else pose.hands[part],
        fps=pose.fps,
    )
    if face is not None:
        face = FaceTrack(face.landmarks[part], face.present[part], face.head[part], face.coefficients[part])
        face = face if face.present.any() else None
    mask = None
    if dancer.mask is not None and dance.clip is not None:
        mask = _mask(dancer.mask, first, frames, workdir / f"dancers.{dancer.identity}.mask.mkv")
    return Dancer(dancer.identity, dancer.box[part], mask, track, face)


def _absent(identity: int, frames: int, fps: Fraction) -> Dancer:
    pose = PoseTrack(
        xyz=np.full((frames, 33, 3), np.nan, np.float32),
        world=None,
        visibility=np.zeros((frames, 33), np.float32),
        present=np.zeros(frames, np.bool_),
        hands=None,
        fps=fps,
    )
    return Dancer(identity, np.full((frames, 4), np.nan, np.float32), None, pose, None)


def _mask(mask: Uri, first: int, frames: int, target: Path) -> Uri:
    # Imported here: it draws in the encoder.
    from components.media import copy_frames

    copy_frames(mask, target, first=first, count=frames)
    return Uri(str(target))
