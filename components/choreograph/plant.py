"""Feet that are planted stay where they are: the leg gives way instead, and eases in and out of it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from components.choreograph.contacts import Contacts
from components.choreograph.smooth import Array, Mask, runs_of
from components.core import RIG

RELEASE = 0.28
"""s in which a foot's correction fades once it has left the floor."""
STRETCH = 1.06
"""A leg that is held by its foot may get this much longer than it is; beyond that the body follows."""

_LEGS = tuple(
    tuple(RIG.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle", "heel", "toe"))
    for side in ("left", "right")
)


def plant(joints: Array, contacts: Contacts, drift: Array, leg: Array, fps: float) -> Array:
    """Hold planted soles still.

    Args:
        joints: (T, 22, 3) px with root motion.
        contacts: of the same frames.
        drift: (T, 2) px: the way of the floor itself.
        leg: (T,) px: length of a straight leg.
        fps: frames a second.

    Returns:
        (T, 22, 3) px: feet moved, knees moved half as far, and the body where a leg could not reach.
    """
    shifts = [_shift(joints, foot, contacts, drift, fps) for foot in (0, 1)]
    body = _follow(joints, shifts, contacts, leg, fps)
    out = joints.copy()
    out[..., :2] += body[:, None]
    for (_, knee, ankle, heel, toe), shift in zip(_LEGS, shifts, strict=True):
        for joint, part in ((knee, 0.5), (ankle, 1.0), (heel, 1.0), (toe, 1.0)):
            out[:, joint, :2] += part * (shift - body)
    return out


def _shift(joints: Array, foot: int, contacts: Contacts, drift: Array, fps: float) -> Array:
    """(T, 2) px that hold a sole still on the floor in its runs, easing from one to the next or to nothing."""
    _, _, _, heel, toe = _LEGS[foot]
    share = contacts.toe[:, foot, None]
    sole = share * joints[:, toe, :2] + (1 - share) * joints[:, heel, :2] - drift
    runs = runs_of(contacts.planted[:, foot])
    shift = np.zeros_like(sole)
    t = len(sole)
    fade = max(1, round(RELEASE * fps))
    for i, (a, b) in enumerate(runs):
        shift[a:b] = _held(sole[a:b], contacts.creeping[a:b, foot], fps) - sole[a:b]
        steps = min(fade, (runs[i + 1][0] if i + 1 < len(runs) else t) - b)
        if steps:
            shift[b : b + steps] += _eased(steps)[::-1, None] * shift[b - 1]
        steps = min(fade, a - (runs[i - 1][1] if i else 0))
        if steps:
            shift[a - steps : a] += _eased(steps)[:, None] * shift[a]
    return shift


def _held(sole: Array, creeping: Mask, fps: float) -> Array:
    """(N, 2) px where a sole is held through a run: still, and along its own slow way where it creeps."""
    if not creeping.any():
        return np.repeat(np.median(sole, axis=0)[None], len(sole), 0)
    way = gaussian_filter1d(sole, 0.1 * fps, axis=0, mode="nearest")
    for a, b in runs_of(~creeping):
        way[a:b] = np.median(sole[a:b], axis=0)
    return np.asarray(gaussian_filter1d(way, 0.05 * fps, axis=0, mode="nearest"))


def _eased(steps: int) -> Array:
    x = np.arange(1, steps + 1) / (steps + 1)
    return np.asarray(x * x * (3 - 2 * x))


def _follow(joints: Array, shifts: list[Array], contacts: Contacts, leg: Array, fps: float) -> Array:
    """(T, 2) px by which the body comes after a foot that its leg cannot reach."""
    wanted = np.zeros((len(joints), 2))
    for foot, ((hip, _, ankle, _, _), shift) in enumerate(zip(_LEGS, shifts, strict=True)):
        reach = joints[:, ankle, :2] + shift - joints[:, hip, :2]
        length = np.linalg.norm(reach, axis=1)
        before = np.linalg.norm(joints[:, ankle, :2] - joints[:, hip, :2], axis=1)
        over = np.maximum(length - np.maximum(STRETCH * leg, before), 0) * contacts.planted[:, foot]
        wanted += (over / np.maximum(length, 1e-6))[:, None] * reach
    if not wanted.any():
        return wanted
    width = max(1, round(0.2 * fps) | 1)
    far = np.linalg.norm(wanted, axis=1)
    smooth = gaussian_filter1d(maximum_filter1d(far, width), 0.08 * fps, mode="nearest")
    towards = gaussian_filter1d(wanted, 0.08 * fps, axis=0, mode="nearest")
    return np.asarray(towards / np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-6) * smooth[:, None])
