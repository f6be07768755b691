"""Where the bones of the rig go in each frame: an affine map for every bone, from the photo to the dance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from components.animate.puppet.feet import standing
from components.animate.puppet.order import steady
from components.animate.puppet.sides import from_the_side
from components.core import RIG, RIG_BONES, Bool, Float32

Float64 = npt.NDArray[np.float64]

CHEST = len(RIG_BONES)
"""Index of the chest's frame; index 0, the spine, stands for the pelvis's frame."""
SHORTEST = 0.12
"""A bone that points at the viewer keeps this share of its length."""
LONGEST = 5.0
"""A bone that was foreshortened in the photo is stretched at most so much."""
NARROWEST = {"shoulder": 0.52, "hip": 0.62}
"""Seen from the side a body is this much as deep as it is wide from the front, without its arms."""
WIDEST = 1.4
_SEAT, _SLIMMEST = 0.3, 0.8
_TORSO = (0.5, 1.15)
_TILT = 0.45
_NECK = (0.55, 1.12)
"""A neck is short, and what the photo hides of it behind the chin is not there to be shown."""
_HAND, _FOOT = (0.55, 1.25, 75.0), (0.6, 1.35, 65.0)
_SHOULDERS, _HIPS = 0.40, 0.20
_CALM = 1.5
"""Frames over which hands and feet turn against forearm and shin."""


def bone_matrices(rest: Float32, joints: Float32, pitch: Float64 | None = None) -> Float32:
    """Affine maps of all bones, photo px to photo px.

    Limbs turn and stretch along, never across; while the body is turned away they are mirrored about their bones, so
    that the outside of an arm stays outside. The pelvis and the chest are frames of their own, spanned by the spine
    and by the width of hips and shoulders, so that leaning, tilting and turning all show. The head is rigid.

    Args:
        rest: (22, 2) photo px of RIG's joints in the photo.
        joints: (T, 22, 2) photo px where they are to be.
        pitch: (T, 2) radians by which the toes of left and right foot point down, of `foot_pitch`; None: none do.

    Returns:
        (T, 15, 2, 3) float32: as RIG_BONES, with the pelvis's frame for the spine, and last the chest's frame.
    """
    r, p = rest.astype(np.float64), joints.astype(np.float64)
    out = np.zeros((len(p), CHEST + 1, 2, 3))
    pelvis, chest = _torso(r, p, "hip"), _torso(r, p, "shoulder")
    out[:, 0] = _anchored(pelvis, r[_P], p[:, _P])
    out[:, CHEST] = _anchored(chest, r[_C], p[:, _C])
    away = turned_away(r, p)
    head = RIG_BONES.index("head")
    out[:, head] = _anchored(_head(r, p, chest), r[_H], _held(r, p))
    for i, side in enumerate(("left", "right")):
        for names in (("upper_arm", "forearm", "hand"), ("thigh", "shin", "foot")):
            before: Float64 | None = None
            pointed = 0.0
            for name in names:
                bone = RIG_BONES.index(f"{side}_{name}")
                a, b = RIG.bones[bone]
                limits = {"hand": _HAND, "foot": _FOOT}.get(name)
                points = float(np.arctan2(*(r[b] - r[a])[::-1]))
                # Mirrored, a foot that points outwards from its shin still does.
                straight = None if before is None else before - 2 * away * (points - pointed)
                turn, stretch = _limb(r[b] - r[a], p[:, b] - p[:, a], straight, limits)
                if name == "foot" and before is not None:
                    down = np.zeros(len(p)) if pitch is None else pitch[:, i]
                    flat, share = standing(r, p, side, down, away, before)
                    turn, stretch = turn + share * (flat - turn), stretch + share * (1 - stretch)
                linear = _along(r[b] - r[a], turn, stretch, _slimmer(stretch) if name == "thigh" else None)
                linear[away] = linear[away] @ _reflection(points)
                out[:, bone] = _anchored(linear, r[a], p[:, a])
                before, pointed = turn, points
    return out.astype(np.float32)


_P, _C, _H = RIG.index("pelvis"), RIG.index("chest"), RIG.index("head")


def turned_away(rest: Float64, joints: Float64) -> Bool:
    """(T,) whether shoulders and hips have changed sides against the photo, steady in time.

    Args:
        rest: (22, 2) px.
        joints: (T, 22, 2) px.
    """
    signed = sum(_widths(rest, joints, joint)[0] for joint in ("shoulder", "hip"))
    return steady(-0.5 * np.asarray(signed), 0.12)


def _reflection(angle: float) -> Float64:
    """(2, 2): about an axis of this direction."""
    c, s = np.cos(2 * angle), np.sin(2 * angle)
    return np.array([[c, s], [s, -c]])


def turns(rest: Float32, joints: Float32, bone: int) -> Float64:
    """(T,) radians, unwrapped: how far a bone has turned from where it points in the photo."""
    a, b = RIG.bones[bone]
    r = (rest[b] - rest[a]).astype(np.float64)
    p = (joints[:, b] - joints[:, a]).astype(np.float64)
    return np.asarray(np.unwrap(_angle(_steady(p, float(np.hypot(*r)))) - np.arctan2(r[1], r[0])))


def _limb(
    r: Float64, p: Float64, before: Float64 | None, limits: tuple[float, float, float] | None
) -> tuple[Float64, Float64]:
    """(T,) turn in radians and (T,) stretch of one bone.

    Args:
        r: (2,) rest vector.
        p: (T, 2) wanted vectors.
        before: (T,) turn that would leave it as it is against the bone before it in its chain.
        limits: shortest and longest stretch, and the degrees it may turn against the bone before it: hands and feet
            are short, so their direction is noisy, and seen from elsewhere than in the photo it says little.
    """
    length = max(float(np.hypot(*r)), 1.0)
    turn = np.unwrap(_angle(_steady(p, length)) - np.arctan2(r[1], r[0]))
    stretch = np.hypot(p[:, 0], p[:, 1]) / length
    if limits is None or before is None:
        return turn, np.clip(stretch, SHORTEST, LONGEST)
    shortest, longest, most = limits
    relative = np.angle(np.exp(1j * (turn - before)))
    # A turn of nearly half a circle could go either way: it fades instead of jumping from one limit to the other.
    fade = np.clip((np.pi - np.abs(relative)) / np.radians(50), 0, 1)
    bent = np.radians(most) * np.tanh(relative / np.radians(most)) * fade
    bent = gaussian_filter1d(bent, _CALM, mode="nearest") if len(bent) > 2 else bent
    return before + bent, np.clip(stretch, shortest, longest)


def _steady(p: Float64, length: float) -> Float64:
    """The vectors, averaged over neighbouring frames where they are too short for their direction to mean much."""
    if len(p) < 3:
        return p
    share = np.clip(np.hypot(p[:, 0], p[:, 1]) / (0.3 * length), 0, 1)[:, None]
    return np.asarray(share * p + (1 - share) * gaussian_filter1d(p, 2.0, axis=0, mode="nearest"))


def _angle(v: Float64) -> Float64:
    return np.asarray(np.arctan2(v[:, 1], v[:, 0]))


def _along(r: Float64, turn: Float64, stretch: Float64, across: Float64 | None = None) -> Float64:
    """(T, 2, 2): stretch along the rest vector, and by `across` at right angles to it, then turn."""
    d = r / max(float(np.hypot(*r)), 1e-6)
    scaling = np.eye(2) + (stretch - 1)[:, None, None] * np.outer(d, d)
    if across is not None:
        n = _perpendicular(d)
        scaling = scaling + (across - 1)[:, None, None] * np.outer(n, n)
    return _rotation(turn) @ scaling


def _slimmer(stretch: Float64) -> Float64:
    """(T,) width of a thigh that is drawn longer than the photo shows it: there the seat was beneath it."""
    return np.asarray(np.clip(np.maximum(stretch, 1.0) ** -_SEAT, _SLIMMEST, 1.0))


def _rotation(angle: Float64) -> Float64:
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)


def _anchored(matrix: Float64, rest: Float64, target: Float64) -> Float64:
    """(T, 2, 3): the linear map about a joint that goes from `rest` to `target`."""
    return np.concatenate([matrix, (target - matrix @ rest)[..., None]], axis=-1)


def _widths(r: Float64, p: Float64, joint: str) -> tuple[Float64, float, Float64, Float64, Float64]:
    """(T,) width of shoulders or hips against the photo, negative where they have changed sides; the photo's own px of
    it; and the (2,), (T, 2) units along the spine, and (T, 2) px from right to left."""
    left, right = RIG.index(f"left_{joint}"), RIG.index(f"right_{joint}")
    spine = r[_C] - r[_P]
    length = max(float(np.hypot(*spine)), 1.0)
    up_r = spine / length
    up_p = _steady(p[:, _C] - p[:, _P], length)
    up_p = up_p / np.maximum(np.hypot(up_p[:, 0], up_p[:, 1]), 1e-6)[:, None]
    across = float((r[left] - r[right]) @ _perpendicular(up_r))
    width_p = p[:, left] - p[:, right]
    signed = (width_p * _perpendicular(up_p)).sum(axis=1)
    least = (_SHOULDERS if joint == "shoulder" else _HIPS) * length
    # From the side the photo does not tell the sides: limbs are as it shows them for most of the dance.
    way = float(np.median(signed)) if from_the_side(r) else across
    across = float(np.copysign(max(abs(across), least), way))
    return signed / across, across, up_r, up_p, width_p


def _torso(r: Float64, p: Float64, joint: str) -> Float64:
    """(T, 2, 2) map of the frame of pelvis or chest: spine onto spine, width onto width."""
    signed, across, up_r, up_p, width_p = _widths(r, p, joint)
    length = max(float(np.hypot(*(r[_C] - r[_P]))), 1.0)
    side_r, side_p = _perpendicular(up_r), _perpendicular(up_p)
    lean = float((r[RIG.index(f"left_{joint}")] - r[RIG.index(f"right_{joint}")]) @ up_r)
    # Turned away the cut-out keeps its face to the viewer: width counts, not its sign.
    width = np.minimum((signed**16 + NARROWEST[joint] ** 16) ** 0.0625, WIDEST)
    tilt = ((width_p * up_p).sum(axis=1) / across) * np.clip(signed / 0.3, -1, 1) - lean / across * width
    tilt = _TILT * np.tanh(tilt / _TILT)
    stretch = np.clip(np.hypot(*(p[:, _C] - p[:, _P]).T) / length, *_TORSO)
    column_side = width[:, None] * side_p + tilt[:, None] * up_p
    column_up = stretch[:, None] * up_p
    target = np.stack([column_side, column_up], axis=-1)
    return np.asarray(target @ np.stack([side_r, up_r], axis=-1).T)


def _perpendicular(v: Float64) -> Float64:
    return np.stack([-v[..., 1], v[..., 0]], axis=-1)


def _head(r: Float64, p: Float64, chest: Float64) -> Float64:
    """(T, 2, 2) rotation of the head; where the neck points at the viewer it follows the chest."""
    neck_r, neck_p = r[_H] - r[_C], p[:, _H] - p[:, _C]
    length = max(float(np.hypot(*neck_r)), 1.0)
    follow = chest @ (neck_r / length)
    follow /= np.maximum(np.hypot(follow[:, 0], follow[:, 1]), 1e-6)[:, None]
    short = np.clip(1.25 - np.hypot(neck_p[:, 0], neck_p[:, 1]) / length / 0.6, 0, 1)[:, None]
    direction = neck_p / length + short * follow
    return _rotation(_angle(direction) - np.arctan2(neck_r[1], neck_r[0]))


def _held(r: Float64, p: Float64) -> Float64:
    """(T, 2) where the head is: as asked for, but not so far from the chest that it would come off."""
    neck = p[:, _H] - p[:, _C]
    length = np.maximum(np.hypot(neck[:, 0], neck[:, 1]), 1e-6)
    rest = max(float(np.hypot(*(r[_H] - r[_C]))), 1.0)
    allowed = np.clip(length, _NECK[0] * rest, _NECK[1] * rest)
    return np.asarray(p[:, _C] + neck * (allowed / length)[:, None])
