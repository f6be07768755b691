"""A reference that shows only head and shoulders drives the face alone: the body stays as the photo shows it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from components.core import RIG, Choreography, Notice, Performer, PoseTrack

_HIPS, _BELOW, _WRISTS = [23, 24], [25, 26, 27, 28], [15, 16]
"""MediaPipe's hips, knees and ankles, wrists."""
_SHOWN = [RIG.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("hip", "knee")]
SEEN = 0.5
"""Visibility from which a joint counts as seen."""
SELDOM = 0.2
"""A part that is seen in a smaller share of the frames does not dance."""


def head_and_shoulders(pose: PoseTrack, width: int, height: int) -> bool:
    """Whether a dancer shows no more of themselves than head, shoulders and perhaps arms that hang out of the picture.

    Such a body is guessed below the edge of the picture, and nobody wants that danced.

    Args:
        pose: T frames.
        width, height: px of the reference.
    """
    xy, visibility = pose.xyz[pose.present][..., :2], pose.visibility[pose.present]
    if not len(xy):
        return False
    inside = np.asarray(((xy >= 0) & (xy <= np.array([width - 1, height - 1]))).all(axis=2))
    hips = inside[:, _HIPS].any(axis=1)
    limbs = np.asarray(inside & (visibility >= SEEN))[:, [*_BELOW, *_WRISTS]].any(axis=1)
    return bool(hips.mean() < SELDOM and limbs.mean() < SELDOM)


def shows_a_body(performer: Performer, width: int, height: int) -> bool:
    """Whether a photo shows a performer's hips or knees: then there is a body that can rest.

    Args:
        performer: of the photo.
        width, height: px of the photo.
    """
    xy = performer.joints[_SHOWN, :2]
    inside = ((xy >= 0) & (xy <= np.array([width - 1, height - 1]))).all(axis=1)
    return bool((inside & (performer.visibility[_SHOWN] >= SEEN)).any())


def at_rest(performer: Performer, dancer: int, fps: Fraction, frames: int) -> Choreography:
    """A performer who stays in the photo's own pose, standing.

    Args:
        performer: who rests.
        dancer: identity of who drives the face.
        fps, frames: of the video.
    """
    joints = np.repeat(performer.joints[None].astype(np.float32), frames, 0)
    root = np.array([performer.joints[0, 0], performer.joints[:, 1].max(), 0.0], np.float32)
    return Choreography(
        performer=performer.index,
        dancer=dancer,
        joints=joints,
        root=np.repeat(root[None], frames, 0),
        facing=np.full(frames, performer.facing, np.float32),
        contacts=np.ones((frames, 2), np.bool_),
        confidence=np.ones(frames, np.float32),
        present=np.ones(frames, np.bool_),
        hands=np.full((frames, 2, 21, 2), np.nan, np.float32),
        fps=fps,
        notices=(
            Notice(
                "body_rests",
                f"Dancer {dancer} shows only head and shoulders: performer {performer.index} keeps the photo's pose "
                "and the face alone is driven. For a dance use a clip that shows the whole body.",
                {"dancer": dancer, "performer": performer.index},
            ),
        ),
    )
