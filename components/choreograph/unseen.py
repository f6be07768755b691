"""Arms that the reference does not show hang down: what a network guesses beyond the edge is not danced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

from components.choreograph.smooth import Array, Mask, Track

SEEN = 0.5
"""Visibility below which a joint beyond the edge of the picture is a guess."""
STEADY, EASE = 0.35, 0.12
"""s: an arm that leaves the picture for less goes on as guessed; s over which it eases into hanging and out of it."""
SPILT = 0.1
"""s before and after such a time in which smoothing has drawn the joint towards the guess."""
UPPER, FORE = 0.85, 0.72
"""Lengths of an arm's bones over the shoulders' width, for arms that are never seen."""
_ARMS = (((11, 13, 15), (17, 19, 21)), ((12, 14, 16), (18, 20, 22)))
"""MediaPipe's shoulder, elbow, wrist, and the hand's joints, left and right."""
_HANGS = np.array([[0.16, 1.0, 0.05], [0.06, 1.0, -0.16]])
"""Outwards, down and away from the viewer: upper arm and forearm of somebody who stands at ease."""


def relaxed(track: Track, width: int, height: int) -> Track:
    """The track with arms that are not seen hanging from their shoulders.

    An arm is not seen where its elbow or wrist lies beyond the edge of the picture and is not sure. From an elbow that
    is seen only the forearm hangs.

    Args:
        track: clean, gapless.
        width, height: px of the reference.
    """
    fps = float(track.fps)
    xyz = track.xyz.copy()
    shoulders = np.linalg.norm(xyz[:, 11, :2] - xyz[:, 12, :2], axis=1)
    wide = float(np.percentile(shoulders, 80))
    for (shoulder, elbow, wrist), hand in _ARMS:
        lost = [_lost(track, joint, width, height, fps) for joint in (elbow, wrist)]
        if not (lost[0] | lost[1]).any():
            continue
        outwards = np.sign(np.median(track.xyz[:, shoulder, 0] - track.xyz[:, 11 if shoulder == 12 else 12, 0]))
        shares = [_eased(lost[0], fps), _eased(lost[0] | lost[1], fps)]
        start, along = shoulder, np.zeros_like(xyz[:, 0])
        for k, (end, ratio) in enumerate(((elbow, UPPER), (wrist, FORE))):
            bone = track.xyz[:, end] - track.xyz[:, start]
            known = ~(lost[0] if k == 0 else lost[0] | lost[1])
            length = np.percentile(np.linalg.norm(bone[known], axis=1), 80) if known.sum() > fps / 2 else ratio * wide
            hangs = _HANGS[k] * np.array([outwards, 1.0, 1.0])
            hangs = hangs / np.linalg.norm(hangs) * float(length)
            bone = _bridged(bone, known)
            along = _between(bone, np.broadcast_to(hangs, bone.shape), shares[k])
            xyz[:, end] = xyz[:, start] + along
            start = end
        for joint in hand:
            # The palm goes on as the forearm does.
            bone = track.xyz[:, joint] - track.xyz[:, wrist]
            on = along * (np.linalg.norm(bone, axis=1) / np.maximum(np.linalg.norm(along, axis=1), 1e-6))[:, None]
            xyz[:, joint] = xyz[:, wrist] + _between(bone, on, shares[1])
    return replace(track, xyz=xyz)


def _lost(track: Track, joint: int, width: int, height: int, fps: float) -> Mask:
    """(T,) frames in which a joint is guessed beyond the edge, or near a guess, without short changes."""
    x, y = track.xyz[:, joint, 0], track.xyz[:, joint, 1]
    outside = (x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)
    lost = outside & (track.visibility[:, joint] < SEEN)
    runs = median_filter(lost.astype(np.uint8), size=max(1, round(STEADY * fps)) | 1, mode="nearest")
    return np.asarray(maximum_filter1d(runs, 1 + 2 * round(SPILT * fps)) > 0)


def _eased(lost: Mask, fps: float) -> Array:
    return np.asarray(gaussian_filter1d(lost.astype(np.float64), EASE * fps, mode="nearest"))


def _bridged(bone: Array, known: Mask) -> Array:
    """(T, 3) the bone without what is guessed of it: on the way from where it was last seen to where it is next."""
    at = np.flatnonzero(known)
    if not len(at):
        return bone
    return np.stack([np.interp(np.arange(len(bone)), at, bone[at, k]) for k in range(3)], axis=1)


def _between(a: Array, b: Array, share: Array) -> Array:
    """(T, 3) from one bone to the other, its length between theirs."""
    part = share[:, None]
    mixed = a + part * (b - a)
    lengths = [np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b, mixed)]
    wanted = lengths[0] + part * (lengths[1] - lengths[0])
    return np.asarray(mixed * np.where(lengths[2] > 1e-6, wanted / np.maximum(lengths[2], 1e-6), 1.0))
