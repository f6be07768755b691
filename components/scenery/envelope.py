"""The room that the performers' motion takes up, in px of their photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import RIG, Cast, Choreography, Ensemble, Float32, Performer


@dataclass(frozen=True)
class Envelope:
    """A box around all motion, px of the photo.

    Attributes:
        left, right: sides. Short reaches of a hand may lie outside.
        top: above the highest head and, but for short reaches, the highest hand.
        bottom: below the lowest sole.
        floor: height at which the foremost performer stands.
        stature: px from sole to crown of the tallest performer as photographed.
        cut_below: the photo's lower edge cuts a performer off, so nothing may be shown below it.
    """

    left: float
    right: float
    top: float
    bottom: float
    floor: float
    stature: float
    cut_below: bool

    @property
    def width(self) -> float:
        """Px."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Px."""
        return self.bottom - self.top


_LIMBS = tuple(RIG.index(f"{side}_{j}") for side in ("left", "right") for j in ("elbow", "wrist", "hand", "knee"))
_BODY = tuple(i for i in range(len(RIG.joints)) if i not in _LIMBS)
_HEAD = (RIG.index("head"), RIG.index("nose"))
_FEET = tuple(RIG.index(f"{side}_{j}") for side in ("left", "right") for j in ("ankle", "heel", "toe"))
_SHORT = 3.0
"""Percentile of the frames in which a limb may leave the envelope."""


def envelope_of(cast: Cast, ensemble: Ensemble) -> Envelope:
    """The envelope of all choreographies together.

    Args:
        cast: the photo's people: their boxes say how far hair, shoes and fingers reach beyond the joints.
        ensemble: their motion.
    """
    performers = {p.index: p for p in cast.performers}
    boxes = [_envelope_of_one(performers[c.performer], c, cast.photo.height) for c in ensemble.choreographies]
    return Envelope(
        left=min(b.left for b in boxes),
        right=max(b.right for b in boxes),
        top=min(b.top for b in boxes),
        bottom=max(b.bottom for b in boxes),
        floor=max(b.floor for b in boxes),
        stature=max(b.stature for b in boxes),
        cut_below=any(b.cut_below for b in boxes),
    )


def _envelope_of_one(performer: Performer, choreography: Choreography, photo_height: int) -> Envelope:
    rest = performer.joints[:, :2]
    box = performer.box
    stature = float(box[3] - box[1])
    crown = float(np.clip(rest[list(_HEAD), 1].min() - box[1], 0.04 * stature, 0.2 * stature))
    sole = float(np.clip(box[3] - rest[list(_FEET), 1].max(), 0.005 * stature, 0.06 * stature))
    flesh = 0.09 * stature
    xy = np.asarray(choreography.joints[:, :, :2], dtype=np.float32)
    if choreography.present.any():
        xy = xy[choreography.present]
    body, limbs = xy[:, list(_BODY)], xy[:, list(_LIMBS)]
    bottom = float(np.percentile(xy[:, list(_FEET), 1].max(axis=1), 99.5)) + sole
    return Envelope(
        left=min(_low(body[..., 0], 0.5) - flesh, _low(limbs[..., 0], _SHORT) - 0.5 * flesh),
        right=max(_high(body[..., 0], 0.5) + flesh, _high(limbs[..., 0], _SHORT) + 0.5 * flesh),
        top=min(_low(xy[:, list(_HEAD), 1], 0.5) - crown, _low(limbs[..., 1], _SHORT) - 0.5 * flesh),
        bottom=bottom,
        floor=float(np.median(xy[:, list(_FEET), 1].max(axis=1))) + sole,
        stature=stature,
        cut_below=bool(box[3] >= photo_height - max(2.0, 0.004 * photo_height)),
    )


def _low(values: Float32, percentile: float) -> float:
    return float(np.percentile(values.min(axis=1), percentile))


def _high(values: Float32, percentile: float) -> float:
    return float(np.percentile(values.max(axis=1), 100 - percentile))
