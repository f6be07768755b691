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

FLAT = 0.7
"""A foot whose toe rests this share of the time more than its heel, or less, is not flat."""

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
    shifts = [_shifts(joints, foot, contacts, drift, fps) for foot in (0, 1)]
    body = _follow(joints, [s.mean(0) for s in shifts], contacts, leg, fps)
    out = joints.copy()
    out[..., :2] += body[:, None]
    for (_, knee, ankle, heel, toe), (back, front) in zip(_LEGS, shifts, strict=True):
        middle = (back + front) / 2
        for joint, shift in ((knee, middle / 2), (ankle, middle), (heel, back), (toe, front)):
            out[:, joint, :2] += shift - body * (0.5 if joint == knee else 1.0)
    return out


def _shifts(joints: Array, foot: int, contacts: Contacts, drift: Array, fps: float) -> Array:
    """(2, T, 2) px that hold heel and toe still on the floor in their runs, easing from one to the next or to nothing.

    A flat foot is held at both; a foot on its toe or heel is held there and free to turn about it.
    """
    soles = joints[:, [_LEGS[foot][3], _LEGS[foot][4]], :2].transpose(1, 0, 2) - drift
    runs = runs_of(contacts.planted[:, foot])
    shifts = np.zeros_like(soles)
    t = len(joints)
    fade = max(1, round(RELEASE * fps))
    for i, (a, b) in enumerate(runs):
        held = np.stack([_held(s[a:b], contacts.creeping[a:b, foot], fps) - s[a:b] for s in soles])
        toe = contacts.toe[a, foot]
        if toe > FLAT:
            held[0] = held[1]
        elif toe < 1 - FLAT:
            held[1] = held[0]
        shifts[:, a:b] = held
        steps = min(fade, (runs[i + 1][0] if i + 1 < len(runs) else t) - b)
        if steps:
            shifts[:, b : b + steps] += _eased(steps)[::-1, None] * shifts[:, b - 1 : b]
        steps = min(fade, a - (runs[i - 1][1] if i else 0))
        if steps:
            shifts[:, a - steps : a] += _eased(steps)[:, None] * shifts[:, a : a + 1]
    return shifts


def _held(sole: Array, creeping: Mask, fps: float) -> Array:
    """(N, 2) px where a sole is held through a run: still, and along its own slow way where it creeps."""
    if not creeping.any():
        return np.repeat(np.median(sole, axis=0)[None], len(sole), 0)
    way = gaussian_filter1d(sole, 0.1 * fps, axis=0, mode="nearest")
    for a, b in runs_of(~creeping):
        way[a:b] = np.median(sole[a:b], axis=0)
    return np.asarray(gaussian_filter1d(way, 0.08 * fps, axis=0, mode="nearest"))


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
