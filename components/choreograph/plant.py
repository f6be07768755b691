"""Feet that are planted stay where they are: the leg gives way instead, and eases in and out of it."""

from __future__ import annotations

import numpy as np

from components.choreograph.contacts import Contacts
from components.choreograph.smooth import Array, runs_of
from components.core import RIG

RELEASE = 0.28
"""s in which a foot's correction fades once it has left the floor."""

_LEGS = tuple(
    tuple(RIG.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle", "heel", "toe"))
    for side in ("left", "right")
)


def plant(joints: Array, contacts: Contacts, fps: float) -> Array:
    """Hold planted soles still.

    Args:
        joints: (T, 22, 3) px with root motion.
        contacts: of the same frames.
        fps: frames a second.

    Returns:
        (T, 22, 3) px: feet moved, knees moved half as far.
    """
    out = joints.copy()
    for foot, (_, knee, ankle, heel, toe) in enumerate(_LEGS):
        share = contacts.toe[:, foot, None]
        sole = share * joints[:, toe, :2] + (1 - share) * joints[:, heel, :2]
        shift = _shift(sole, runs_of(contacts.planted[:, foot]), fps)
        for joint, part in ((knee, 0.5), (ankle, 1.0), (heel, 1.0), (toe, 1.0)):
            out[:, joint, :2] += part * shift
    return out


def _shift(sole: Array, runs: np.ndarray, fps: float) -> Array:
    """(T, 2) px that hold the sole in its runs, easing from one to the next or to nothing."""
    shift = np.zeros_like(sole)
    t = len(sole)
    fade = max(1, round(RELEASE * fps))
    for i, (a, b) in enumerate(runs):
        shift[a:b] = np.median(sole[a:b], axis=0) - sole[a:b]
        room = (runs[i + 1][0] if i + 1 < len(runs) else t) - b
        steps = min(fade, room)
        if steps:
            out = _ease(np.arange(1, steps + 1) / (steps + 1))[:, None]
            shift[b : b + steps] += (1 - out) * shift[b - 1]
        room = a - (runs[i - 1][1] if i else 0)
        steps = min(fade, room)
        if steps:
            come = _ease(np.arange(1, steps + 1) / (steps + 1))[:, None]
            shift[a - steps : a] += come * shift[a]
    return shift


def _ease(x: Array) -> Array:
    return np.asarray(x * x * (3 - 2 * x))
