"""Reenactment: a frame of a clip is the photo, the clip is the reference, so the truth is known: it is the clip."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from components.core import Clip, Sound
from components.judge.baselines import frozen_poses, pelvis_poses
from components.judge.observe import moments, poses_at
from components.judge.pose_error import PoseError, Poses, pose_error
from components.judge.watch import Watcher
from components.media import clip_of, decode, write_picture
from components.models.people import PeopleFinder

SHARES = (0.1, 0.5, 0.9)
"""Where in the clip the photo is taken."""

Job = Callable[[Path, Path, Path, tuple[int, int], float], None]
"""Makes a video: photo, reference, output, (width, height) px, seconds of the reference from its beginning."""


@dataclass(frozen=True)
class Reenactment:
    """One photo of one clip.

    Attributes:
        clip: file name.
        share: where the photo was taken.
        width, height: px of the video.
        ours, frozen, pelvis: errors of the video, of the photo held still, and of the photo shifted with the pelvis.
        floor: the clip itself, scaled and compressed: what is found when nothing is wrong.
        seconds: the whole job took.
    """

    clip: str
    share: float
    width: int
    height: int
    ours: PoseError
    frozen: PoseError
    pelvis: PoseError
    floor: PoseError
    seconds: float


def cut(clip: Clip, seconds: float) -> Clip:
    """The beginning of a clip."""
    frames = max(1, min(clip.frames, int(Fraction(seconds).limit_denominator(1000) * clip.fps)))
    sound: Sound | None = clip.sound
    if sound is not None:
        sound = dataclasses.replace(sound, duration=min(sound.duration, float(frames / clip.fps)))
    return dataclasses.replace(clip, frames=frames, sound=sound)


def reenact(
    path: Path, job: Job, folder: Path, *, shares: Sequence[float] = SHARES, seconds: float = 10.0
) -> Iterator[Reenactment]:
    """Reenact one clip from a few of its frames.

    Args:
        path: a clip with one dancer.
        job: the whole path from photo to video.
        folder: where photos and videos are left to be looked at.
        shares: where in the clip the photos are taken, 0..1.
        seconds: of the clip that are danced.

    Raises:
        TroupeError: what the job or the models refuse.
        ValueError: nobody is found in the clip or in a photo of it.
    """
    whole = clip_of(path)
    reference = cut(whole, seconds)
    size = _even(whole.width), _even(whole.height)
    scale = size[0] / whole.width, size[1] / whole.height
    finder = PeopleFinder()
    asked: Poses | None = None
    for share in shares:
        name = f"{path.stem}_{round(100 * share):02d}"
        photo = folder / f"{name}.png"
        rgb = next(decode(whole, first=min(round(share * whole.frames), whole.frames - 1), count=1))
        write_picture(photo, rgb)
        started = time.perf_counter()
        video_path = folder / f"{name}.mp4"
        job(photo, path, video_path, size, seconds)
        took = time.perf_counter() - started
        video = clip_of(video_path)
        pairs = moments(video, reference)
        if asked is None:
            indices = [i for _, i in pairs]
            asked = poses_at(reference, indices, finder).scaled(*scale)
            again = poses_at(reference, indices, finder, compressed=size)
        seen = Watcher(finder, faces=False)(rgb)
        if seen is None:
            raise ValueError(f"{path.name}: nobody at {share:.0%}")
        pose, visibility = seen.xy * scale, seen.visibility
        errors = [
            pose_error(poses, asked)
            for poses in (
                poses_at(video, [j for j, _ in pairs], finder),
                frozen_poses(pose, visibility, asked),
                pelvis_poses(pose, visibility, asked),
                again,
            )
        ]
        ours, frozen, pelvis, floor = (_sure(e, path) for e in errors)
        yield Reenactment(path.name, share, size[0], size[1], ours, frozen, pelvis, floor, took)


def _sure(error: PoseError | None, path: Path) -> PoseError:
    if error is None:
        raise ValueError(f"{path.name}: nobody in the reference")
    return error


def _even(pixels: int) -> int:
    return max(64, pixels - pixels % 2)
