"""A performer photographed from behind dances as seen from behind."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from components.core import RIG, Choreography, Performer

_PROFILE = 0.45
"""Torso lengths that shoulders and hips together lie apart in a photo from the side; from the front it is about one."""
_CHEST, _PELVIS = RIG.index("chest"), RIG.index("pelvis")
_ACROSS = tuple((RIG.index(f"left_{joint}"), RIG.index(f"right_{joint}")) for joint in ("shoulder", "hip"))


def from_the_side(rest: npt.NDArray[np.float64]) -> bool:
    """Whether a photo shows a person from the side, so that which shoulder lies farther left is noise.

    Args:
        rest: (22, 2+) px of RIG's joints in the photo.
    """
    wide = sum(abs(float(rest[left, 0] - rest[right, 0])) for left, right in _ACROSS)
    return wide < _PROFILE * float(np.hypot(*(rest[_CHEST, :2] - rest[_PELVIS, :2])))


def as_seen(performer: Performer, choreography: Choreography) -> Choreography:
    """The choreography with its sides exchanged, if for most of the dance left and right would be the wrong way round.

    A cut-out shows one side of a person only. If the photo shows the back and the dancer faces the viewer (or the
    other way round), the arms would have to grow out of the opposite shoulders. Turned by half a circle and then
    mirrored, the dance has the same outline: left and right change places, and what was near is far. A photo from the
    side shows neither: there its few px of width say nothing about the sides.

    Args:
        performer: as the photo shows it.
        choreography: as asked for.
    """
    rest = np.asarray(performer.joints, np.float64)
    joints = np.asarray(choreography.joints, np.float64)
    across = np.zeros(len(joints))
    least = 0.0
    for left, right in _ACROSS:
        across += (joints[:, left, 0] - joints[:, right, 0]) * np.sign(rest[left, 0] - rest[right, 0])
        least += abs(rest[left, 0] - rest[right, 0])
    if from_the_side(rest) or np.median(across) > -0.2 * least:
        return choreography
    swapped = np.array(choreography.joints)
    for left, right in RIG.pairs:
        swapped[:, [left, right]] = swapped[:, [right, left]]
    pelvis = swapped[:, RIG.index("pelvis"), 2][:, None].copy()
    swapped[..., 2] = 2 * pelvis - swapped[..., 2]
    return dataclasses.replace(
        choreography,
        joints=swapped,
        contacts=np.array(choreography.contacts[:, ::-1]),
        hands=np.array(choreography.hands[:, ::-1]),
        facing=np.asarray(choreography.facing + 180.0, np.float32),
    )
