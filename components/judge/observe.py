"""Looks at a video and its reference side by side, at the same moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from components.core import Clip, Progress, Report, UInt8
from components.judge.picture import flicker, psnr, sharpness, ssim
from components.judge.pose_error import Poses, stack
from components.judge.watch import Seen, Watcher
from components.media import decode
from components.models.people import PeopleFinder

Float = npt.NDArray[np.float64]

STEP = 5
"""Frames of the reference from one moment to the next, 1 where it has fewer than 15 a second."""
MOMENTS = 400
"""Moments that are looked at, at most: spread over a long video."""
_JPEG = 85


@dataclass(frozen=True)
class Sight:
    """One video at N moments.

    Attributes:
        poses: of its main person, px of its own frame.
        mouth, eyes: (N,) openings, NaN without a face.
        flicker: (N, 2) levels beside and on the person.
        sharpness: (N,).
    """

    poses: Poses
    mouth: Float
    eyes: Float
    flicker: Float
    sharpness: Float


@dataclass(frozen=True)
class Observation:
    """A video and its reference.

    Attributes:
        video, reference: what was seen.
        again: the reference's poses found anew after scaling it to the video's size and compressing it: the difference
            to `reference` is the noise of the measurement.
        again_mouth, again_eyes: (N,) openings found there.
        likeness: (N, 2) SSIM and PSNR of the frames, NaN where the shapes differ.
        same_shape: the frames have one aspect, so that a px of one is a px of the other.
        scale: (2,) reference px to video px.
    """

    video: Sight
    reference: Sight
    again: Poses
    again_mouth: Float
    again_eyes: Float
    likeness: Float
    same_shape: bool
    scale: Float


def moments(video: Clip, reference: Clip) -> list[tuple[int, int]]:
    """(video frame, reference frame) of the same moments."""
    step = STEP if reference.fps >= 15 else 1
    shared = min(video.duration, reference.duration)
    pairs = [
        (min(round(i / float(reference.fps) * float(video.fps)), video.frames - 1), i)
        for i in range(0, reference.frames, step)
        if i / float(reference.fps) <= shared
    ]
    keep = np.unique(np.linspace(0, len(pairs) - 1, min(MOMENTS, len(pairs))).round().astype(int))
    return [pairs[k] for k in keep]


def observe(video: Clip, reference: Clip, *, report: Report, finder: PeopleFinder | None = None) -> Observation:
    """Watch both.

    Args:
        video: the finished video.
        reference: what it was made from, beginning at the same moment.
        report: receives progress, and may cancel.
        finder: models to use, loaded if None.

    Raises:
        TroupeError: unreadable_media, model_missing, cancelled.
    """
    finder = finder or PeopleFinder()
    pairs = moments(video, reference)
    same = abs(video.width / video.height / (reference.width / reference.height) - 1) < 0.02
    scale = np.array([video.width / reference.width, video.height / reference.height])
    watchers = Watcher(finder), Watcher(finder), Watcher(finder)
    seen: list[list[Seen | None]] = [[], [], []]
    shaking: list[list[tuple[float, float]]] = [[], []]
    sharp: list[list[float]] = [[], []]
    likeness: list[tuple[float, float]] = []
    frames = zip(frames_at(video, [j for j, _ in pairs]), frames_at(reference, [i for _, i in pairs]), strict=True)
    for number, (own, asked) in enumerate(frames):
        report(Progress("judge", number, len(pairs), "looking"))
        near: Float | None = None
        for side, (frame, following) in ((1, asked), (0, own)):
            person = watchers[side](frame, near)
            if side == 1 and same and person is not None:
                near = person.xy * scale
            seen[side].append(person)
            matte = None if person is None else person.matte
            nothing = float("nan"), float("nan")
            shaking[side].append(nothing if following is None else flicker(frame, following, matte))
            sharp[side].append(sharpness(frame, matte))
        goal: UInt8 = cv2.resize(asked[0], (video.width, video.height), interpolation=cv2.INTER_AREA)
        seen[2].append(watchers[2](_compressed(goal), near))
        likeness.append((ssim(own[0], goal), psnr(own[0], goal)) if same else (float("nan"), float("nan")))
    report(Progress("judge", len(pairs), len(pairs)))
    return Observation(
        video=_sight(seen[0], shaking[0], sharp[0]),
        reference=_sight(seen[1], shaking[1], sharp[1]),
        again=_poses(seen[2]),
        again_mouth=_mouth(seen[2]),
        again_eyes=_eyes(seen[2]),
        likeness=np.array(likeness),
        same_shape=same,
        scale=scale,
    )


def poses_at(
    clip: Clip, indices: list[int], finder: PeopleFinder, *, compressed: tuple[int, int] | None = None
) -> Poses:
    """The main person at rising frames of a clip.

    Args:
        clip: to look at.
        indices: frames.
        finder: models to use.
        compressed: (width, height) px to scale to before a lossy compression: tells the noise of the measurement.
    """
    watcher = Watcher(finder, faces=False)
    seen = []
    for frame, _ in frames_at(clip, indices):
        if compressed is not None:
            frame = _compressed(np.asarray(cv2.resize(frame, compressed, interpolation=cv2.INTER_AREA), np.uint8))
        seen.append(watcher(frame))
    return _poses(seen)


def frames_at(clip: Clip, indices: list[int]) -> Iterator[tuple[UInt8, UInt8 | None]]:
    """The frames of rising indices, each with the one after it (None for the last of the clip)."""
    wanted = iter(indices)
    due = next(wanted, None)
    held: UInt8 | None = None
    for index, frame in enumerate(decode(clip)):
        if due is None:
            return
        if held is not None:
            repeats = due
            while due is not None and due == repeats:
                yield held, frame
                due = next(wanted, None)
            held = None
        if index == due:
            held = frame
    while held is not None and due is not None:
        yield held, None
        due = next(wanted, None)


def _compressed(rgb: UInt8) -> UInt8:
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])


def _poses(seen: list[Seen | None]) -> Poses:
    return stack([None if s is None else s.xy for s in seen], [None if s is None else s.visibility for s in seen])


def _mouth(seen: list[Seen | None]) -> Float:
    return np.array([float("nan") if s is None else s.mouth for s in seen])


def _eyes(seen: list[Seen | None]) -> Float:
    return np.array([float("nan") if s is None else s.eyes for s in seen])


def _sight(seen: list[Seen | None], shaking: list[tuple[float, float]], sharp: list[float]) -> Sight:
    return Sight(
        poses=_poses(seen),
        mouth=_mouth(seen),
        eyes=_eyes(seen),
        flicker=np.array(shaking).reshape(-1, 2),
        sharpness=np.array(sharp),
    )
