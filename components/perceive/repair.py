"""Mends what no body does: limbs that swap sides for a moment, and joints that jump away for a frame or two.

Nothing is smoothed here: a joint that is not mended keeps the value that was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import Float32

_LEGS = [23, 25, 27, 29, 31]
_ARMS = [11, 13, 15, 17, 19, 21]
_HELD = 0.12
"""Torso lengths a frame that a swap costs while it lasts: a swap that stays is a turn of the body."""
_JUMP = 0.4
"""Torso lengths that a joint may not leave its neighbourhood by and be back."""


@dataclass
class Body:
    """One person's body over a stretch of consecutive frames; arrays are changed in place.

    Attributes:
        xyz: (T, 33, 3) float32 px.
        world: (T, 33, 3) float32 m.
        visibility: (T, 33) float32.
        hands: (T, 2, 21, 3) float32 px.
    """

    xyz: Float32
    world: Float32
    visibility: Float32
    hands: Float32


def torso_length(xyz: Float32) -> float:
    """Median distance of the shoulders' middle to the hips' middle. xyz: (T, 33, 2+) px, NaN allowed."""
    up = (xyz[:, 11] + xyz[:, 12] - xyz[:, 23] - xyz[:, 24])[:, :2] / 2.0
    length = np.hypot(up[:, 0], up[:, 1])
    length = length[np.isfinite(length)]
    return max(4.0, float(np.percentile(length, 75))) if len(length) else 4.0


def mend(body: Body, torso: float, fps: float = 25.0) -> int:
    """Undo short swaps of left and right and single jumps, per run of present frames.

    Args:
        body: changed in place; frames that are NaN split it into runs.
        torso: px.
        fps: frames a second; the fewer, the farther a joint may really go in one.

    Returns:
        number of frames in which something was mended.
    """
    present = np.isfinite(body.xyz[:, 0, 0])
    edges = np.flatnonzero(np.diff(np.concatenate([[0], present.astype(np.int8), [0]])))
    mended = np.zeros(len(present), bool)
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        run = Body(body.xyz[a:b], body.world[a:b], body.visibility[a:b], body.hands[a:b])
        mended[a:b] |= _unswap(run, _LEGS, torso, hands=False)
        mended[a:b] |= _unswap(run, _ARMS, torso, hands=True)
        mended[a:b] |= _still_jumps(run, torso * max(1.0, 25.0 / fps))
    return int(mended.sum())


def _unswap(body: Body, left: list[int], torso: float, *, hands: bool) -> np.ndarray:  # type: ignore[type-arg]
    """The cheapest of all ways to swap or not to swap (Viterbi over two states)."""
    right = [i + 1 for i in left]
    plain = body.xyz[:, left + right, :2] / torso
    other = body.xyz[:, right + left, :2] / torso
    t = len(plain)
    out = np.zeros(t, bool)
    if t < 3:
        return out

    def moved(a: Float32, b: Float32) -> Float32:
        length: Float32 = np.minimum(np.linalg.norm(a[:-1] - b[1:], axis=2), 1.0).mean(axis=1)
        return length

    step = np.stack([[moved(plain, plain), moved(plain, other)], [moved(other, plain), moved(other, other)]])
    cost = np.array([0.0, _HELD])
    back = np.zeros((t, 2), np.int8)
    for i in range(1, t):
        total = cost[:, None] + step[:, :, i - 1]
        back[i] = total.argmin(axis=0)
        cost = total.min(axis=0) + np.array([0.0, _HELD])
    state = int(cost.argmin())
    for i in range(t - 1, -1, -1):
        out[i] = bool(state)
        state = int(back[i, state])
    rows = np.flatnonzero(out)
    if len(rows):
        for values in (body.xyz, body.world, body.visibility):
            values[rows[:, None], left + right] = values[rows[:, None], right + left]
        if hands:
            body.hands[rows] = body.hands[rows][:, ::-1]
    return out


def _still_jumps(body: Body, reach: float) -> np.ndarray:  # type: ignore[type-arg]
    """A joint that leaves for one or two frames and is back is put between its neighbours, and marked as not seen."""
    xyz = body.xyz
    t = len(xyz)
    jumped = np.zeros(xyz.shape[:2], bool)
    for width in (1, 2):
        if t < width + 2:
            continue
        before, after = xyz[: t - width - 1, :, :2], xyz[width + 1 :, :, :2]
        gap = np.linalg.norm(after - before, axis=2)
        for k in range(1, width + 1):
            share = k / (width + 1.0)
            here = xyz[k : t - width - 1 + k, :, :2]
            off = np.linalg.norm(here - (before * (1.0 - share) + after * share), axis=2)
            rows = (off > _JUMP * reach) & (off > 2.0 * gap)
            jumped[k : t - width - 1 + k] |= rows
    frames = np.arange(t)
    for joint in np.flatnonzero(jumped.any(axis=0)):
        bad = jumped[:, joint]
        if bad.mean() > 0.3:
            continue
        for values in (body.xyz, body.world):
            for axis in range(3):
                values[bad, joint, axis] = np.interp(frames[bad], frames[~bad], values[~bad, joint, axis])
        body.visibility[bad, joint] *= 0.5
    return np.asarray(jumped.any(axis=1))
