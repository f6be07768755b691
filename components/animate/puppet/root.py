"""Shoulders and hips: where a limb grows out of the trunk its skin fans round the joint instead of turning as a lid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.animate.puppet.bones import CHEST
from components.core import RIG, RIG_BONES, Float32, Int32
from components.core.kernel import kernel

_REACH = {"arm": 0.17, "leg": 0.22}
"""Torso lengths on either side of the joint over which skin passes from the trunk to the limb."""


@dataclass(frozen=True)
class Root:
    """The vertices of a limb near its root joint.

    Attributes:
        trunk, limb: indices of the two maps in `bone_matrices`.
        vertices: (N,) int32 of the part.
        share: (N,) float32 of the limb: 0 stays with the trunk.
        amount: (N,) float32 of the bone in the vertex: what follows the next bone is not fanned.
        joint: (2,) float32 photo px.
        rest: radians, where the limb points in the photo.
        spine: radians, where the spine points in the photo: about it a limb is mirrored while the body is turned away.
        cut: radians, the direction in the trunk's own frame that a limb does not pass: towards the head for an arm,
            towards the navel for a leg. Angles are counted from there, so that a raised arm has gone round the outside.
    """

    trunk: int
    limb: int
    vertices: Int32
    share: Float32
    amount: Float32
    joint: Float32
    rest: float
    spine: float
    cut: float


def root_of(part: str, vertices: Float32, weights: Float32, rest: Float32) -> Root | None:
    """The root of an arm or a leg; None for other parts.

    Args:
        part: name of the part.
        vertices: (V, 2) photo px.
        weights: (V, 15) or (V, 14).
        rest: (22, 2) photo px of RIG's joints.
    """
    side, _, limb = part.partition("_")
    if limb not in _REACH:
        return None
    is_arm = limb == "arm"
    bone = RIG_BONES.index(f"{side}_{'upper_arm' if is_arm else 'thigh'}")
    joint, after = (np.asarray(rest[i], np.float64) for i in RIG.bones[bone])
    pelvis, chest = (np.asarray(rest[RIG.index(name)], np.float64) for name in ("pelvis", "chest"))
    length = max(float(np.hypot(*(chest - pelvis))), 1.0)
    up = (chest - pelvis) / length
    outward = joint - (chest if is_arm else pelvis)
    # Seen from the side the joint lies on the spine: outward is then where the limb itself points.
    outward = outward + 0.05 * (after - joint)
    outward -= (outward @ up) * up
    outward /= max(float(np.hypot(*outward)), 1e-6)
    along = (after - joint) / max(float(np.hypot(*(after - joint))), 1e-6)
    before = outward if is_arm else -up
    # A limb that lies back over the trunk has no bisector: there only its own direction counts.
    direction = along + float(np.clip(1 + 1.4 * along @ before, 0, 1)) * before
    direction /= float(np.hypot(*direction))
    half = _REACH[limb] * length
    t = np.clip(((vertices - joint) @ direction / half + 1) / 2, 0, 1)
    share = t * t * (3 - 2 * t)
    near = np.flatnonzero((share < 1) & (weights[:, bone] > 0)).astype(np.int32)
    inward = up - outward if is_arm else up - 0.7 * outward
    return Root(
        CHEST if is_arm else 0,
        bone,
        near,
        share[near].astype(np.float32),
        weights[near, bone].astype(np.float32),
        joint.astype(np.float32),
        float(np.arctan2(along[1], along[0])),
        float(np.arctan2(up[1], up[0])),
        float(np.arctan2(inward[1], inward[0])),
    )


def fan(root: Root, vertices: Float32, matrices: Float32, out: Float32) -> None:
    """Place the vertices around a root joint by turning each by its share of the angle between trunk and limb.

    Args:
        root: of `root_of`.
        vertices: (V, 2) photo px at rest.
        matrices: (T, 15, 2, 3) of `bone_matrices`.
        out: (T, V, 2) the part's skinned vertices, changed in place.
    """
    _fan(
        np.ascontiguousarray(vertices[root.vertices] - root.joint),
        root.vertices,
        root.share,
        root.amount,
        root.joint,
        np.ascontiguousarray(matrices[:, root.trunk]),
        np.ascontiguousarray(matrices[:, root.limb]),
        root.rest,
        root.spine,
        root.cut,
        out,
    )


@kernel()
def _fan(
    offsets: Float32,
    vertices: Int32,
    share: Float32,
    amount: Float32,
    joint: Float32,
    trunk: Float32,
    limb: Float32,
    rest: float,
    spine: float,
    cut: float,
    out: Float32,
) -> None:
    turn = 2 * np.pi
    ca, sa = np.cos(2 * spine), np.sin(2 * spine)
    for t in range(out.shape[0]):
        a, b = trunk[t], limb[t]
        mirrored = b[0, 0] * b[1, 1] - b[0, 1] * b[1, 0] < 0
        b00, b01, b10, b11 = b[0, 0], b[0, 1], b[1, 0], b[1, 1]
        points, barred = rest, cut
        if mirrored:
            # The same, for a limb that grows out of the other side of the trunk.
            b00, b01 = b00 * ca + b01 * sa, b00 * sa - b01 * ca
            b10, b11 = b10 * ca + b11 * sa, b10 * sa - b11 * ca
            points, barred = 2 * spine - rest, 2 * spine - cut
        # Each map is a rotation after what it does to the shape; the rotation is the nearest one.
        start = np.arctan2(a[1, 0] - a[0, 1], a[0, 0] + a[1, 1])
        end = np.arctan2(b10 - b01, b00 + b11)
        bend = (points + end - start - barred) % turn - (points - barred) % turn
        # All of it hangs on the limb's joint: a trunk that is drawn wider than it is has its shoulder elsewhere.
        bx = b[0, 0] * joint[0] + b[0, 1] * joint[1] + b[0, 2]
        by = b[1, 0] * joint[0] + b[1, 1] * joint[1] + b[1, 2]
        for i in range(len(vertices)):
            w = share[i]
            x, y = offsets[i, 0], offsets[i, 1]
            if mirrored:
                x, y = ca * x + sa * y, sa * x - ca * y
            x1, y1 = _turned(a[0, 0] * x + a[0, 1] * y, a[1, 0] * x + a[1, 1] * y, -start)
            x2, y2 = _turned(b00 * x + b01 * y, b10 * x + b11 * y, -end)
            x, y = _turned(x1 + w * (x2 - x1), y1 + w * (y2 - y1), start + w * bend)
            v, k = vertices[i], amount[i]
            out[t, v, 0] += k * (bx + x - out[t, v, 0])
            out[t, v, 1] += k * (by + y - out[t, v, 1])


@kernel()
def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    c, s = np.cos(angle), np.sin(angle)
    return c * x - s * y, s * x + c * y
