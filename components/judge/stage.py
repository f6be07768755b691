"""The stage that measures a finished video against the reference it was made from."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from components.core import Clip, Figure, Figures, StageContext
from components.judge.baselines import frozen_poses, pelvis_poses
from components.judge.observe import Observation, observe
from components.judge.pose_error import PoseError, Poses, aligned, pose_error
from components.judge.sound import SURE, sound_offset

Float = npt.NDArray[np.float64]

FACES = 12
"""Moments with a face in both videos below which faces are not compared."""
REPEATED = 0.75
"""Correlation of a face's motion with itself, looked at twice, below which it is noise for the larger part."""


class JudgeSettings(BaseModel, frozen=True):
    """What is measured.

    Attributes:
        sound: compare the sounds too.
    """

    sound: bool = True


def run(video: Clip, reference: Clip, *, settings: JudgeSettings, context: StageContext) -> Figures:
    """Measure a video.

    Args:
        video: the finished video.
        reference: the clip it was made from, cut to the part that was danced.
        settings: what is measured.
        context: progress; nothing is written.

    Raises:
        TroupeError: unreadable_media, model_missing, cancelled.
    """
    seen = observe(video, reference, report=context.report)
    figures = [*_pose_figures(seen), *_face_figures(seen), *_picture_figures(seen)]
    if settings.sound:
        figures.append(_sound_figure(video, reference))
    return Figures(frames=len(seen.likeness), figures=tuple(figures))


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 4)


def _pose_figures(seen: Observation) -> list[Figure]:
    reference = seen.reference.poses.scaled(*seen.scale)
    out = [_presence(seen)]
    own = pose_error(seen.video.poses, reference) if seen.same_shape else None
    floor = pose_error(seen.again, reference)
    baselines = _baselines(reference)
    note = "" if seen.same_shape else "the frames have different shapes"
    out += _errors("pose_error", own, floor, baselines, note or "px of the reference as they are, no alignment")
    own = pose_error(aligned(seen.video.poses, reference), reference)
    floor = pose_error(aligned(seen.again, reference), reference)
    return out + _errors("pose_error_aligned", own, floor, baselines, "one scale and one shift for the whole video")


def _baselines(reference: Poses) -> dict[str, PoseError | None]:
    """The reference's own most typical pose, held, and moved with the pelvis: the best that no motion could do."""
    known = np.flatnonzero(reference.present)
    if not len(known):
        return {}
    xy = reference.xy[known]
    middle = known[int(np.argmin(np.linalg.norm(xy - np.median(xy, axis=0), axis=2).mean(axis=1)))]
    pose, visibility = reference.xy[middle], reference.visibility[middle]
    return {
        "frozen": pose_error(frozen_poses(pose, visibility, reference), reference),
        "pelvis": pose_error(pelvis_poses(pose, visibility, reference), reference),
    }


def _errors(
    name: str, own: PoseError | None, floor: PoseError | None, baselines: dict[str, PoseError | None], note: str
) -> list[Figure]:
    def figure(field: str, unit: str, aim: str) -> Figure:
        return Figure(
            f"{name}_{field}",
            _number(getattr(own, field, None)),
            unit,
            aim,
            floor=_number(getattr(floor, field, None)),
            baselines={
                k: round(getattr(v, field), 4)
                for k, v in baselines.items()
                if v is not None and np.isfinite(getattr(v, field))
            },
            note=note,
        )

    return [
        figure("median", "torso", "low"),
        figure("p90", "torso", "low"),
        figure("ends", "torso", "low"),
        figure("path", "ratio", "one"),
    ]


def _presence(seen: Observation) -> Figure:
    at = seen.reference.poses.present
    share = float((seen.video.poses.present & at).sum() / at.sum()) if at.any() else None
    again = float((seen.again.present & at).sum() / at.sum()) if at.any() else None
    return Figure(
        "presence", _number(share), "share", "one", floor=_number(again), note="a person where one is asked for"
    )


def _face_figures(seen: Observation) -> list[Figure]:
    return [
        _correlation("mouth_correlation", seen.video.mouth, seen.reference.mouth, seen.again_mouth),
        _correlation("blink_correlation", seen.video.eyes, seen.reference.eyes, seen.again_eyes),
    ]


def _correlation(name: str, own: Float, asked: Float, again: Float) -> Figure:
    """How alike two openings move; none where the reference's is so still that it does not even agree with itself.

    Args:
        name: of the figure.
        own, asked: (N,) of the video and the reference, NaN without a face.
        again: (N,) of the reference, scaled and compressed: its agreement with `asked` is the floor.
    """
    both = np.isfinite(own) & np.isfinite(asked)
    twice = np.isfinite(again) & np.isfinite(asked)
    if both.sum() < FACES or twice.sum() < FACES or min(own[both].std(), asked[both].std(), again[twice].std()) < 1e-6:
        return Figure(name, None, "correlation", "one", note="too few faces were found, or they do not move")
    floor = float(np.corrcoef(again[twice], asked[twice])[0, 1])
    if floor < REPEATED:
        note = "the reference's face hardly moves there: looked at twice it does not agree with itself"
        return Figure(name, None, "correlation", "one", floor=_number(floor), note=note)
    value = float(np.corrcoef(own[both], asked[both])[0, 1])
    return Figure(name, _number(value), "correlation", "one", floor=_number(floor), note=f"{int(both.sum())} moments")


def _picture_figures(seen: Observation) -> list[Figure]:
    beside, on = _median(seen.video.flicker[:, 0]), _median(seen.video.flicker[:, 1])
    floor = seen.reference.flicker
    note = "change between neighbouring frames that no motion explains; floor: the reference's own"
    sharp = _median(seen.video.sharpness), _median(seen.reference.sharpness)
    ratio = sharp[0] / sharp[1] if sharp[0] is not None and sharp[1] else None
    likeness = seen.likeness if seen.same_shape else np.full((1, 2), np.nan)
    true = "means something where the photo is a frame of the reference"
    return [
        Figure("flicker_background", _number(beside), "levels", "low", floor=_number(_median(floor[:, 0])), note=note),
        Figure("flicker_person", _number(on), "levels", "low", floor=_number(_median(floor[:, 1])), note=note),
        Figure("sharpness", _number(ratio), "ratio", "one", note="fine over coarse detail, to the reference's"),
        Figure("ssim", _number(_median(likeness[:, 0])), "ratio", "one", note=true),
        Figure("psnr", _number(_median(likeness[:, 1])), "dB", "high", note=true),
    ]


def _median(values: Float) -> float | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        value = float(np.nanmedian(values)) if values.size else float("nan")
    return value if np.isfinite(value) else None


def _sound_figure(video: Clip, reference: Clip) -> Figure:
    if video.sound is None or reference.sound is None:
        return Figure("sound_offset", None, "ms", "zero", note="one of them has no sound")
    found = sound_offset(video.sound, reference.sound)
    if found is None or found[1] < SURE:
        return Figure("sound_offset", None, "ms", "zero", note="silent, or another sound")
    return Figure("sound_offset", _number(1000 * found[0]), "ms", "zero", note=f"correlation {found[1]:.2f}")
