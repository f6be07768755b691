"""Flesh and clothes of a posed figure, as the primitives of the distance field."""

from __future__ import annotations

import numpy as np

from components.figure.flesh import (
    BOTTOM,
    CUFF,
    LEFT_ARM,
    LEFT_LEG,
    NECK_PART,
    RIGHT_ARM,
    RIGHT_LEG,
    SHOE,
    SKIN,
    SOLE,
    TOP,
    TORSO_PART,
    TRIM,
    Bones,
    Builder,
)
from components.figure.hair import grow
from components.figure.look import Look
from components.figure.skeleton import FINGERS, HEAD_UNIT, Float64, unit


def bend_of(a: Float64, b: Float64, c: Float64) -> float:
    """How far a limb is bent: 0 straight, 1 folded."""
    return float(np.clip((1.0 - unit(b - a) @ unit(c - b)) / 1.6, 0.0, 1.0))


def dress(bones: Bones, look: Look, figure: int = 0) -> tuple[Float64, Float64]:
    """Primitives and chains of one figure.

    Args:
        bones: where its joints are.
        look: what it looks like.
        figure: index of the figure in the picture.

    Returns:
        (P, PRIMITIVE) and (C, CHAIN) float64.
    """
    b = Builder(figure)
    _torso(b, bones, look)
    _bottom(b, bones, look)
    for side in ("left", "right"):
        _arm(b, bones, look, side)
        _shoe(b, bones, side)
    _neck(b, bones, look)
    b.begin_group()
    b.begin_chain()
    b.head(bones.head, bones.head_rows, HEAD_UNIT * bones.scale)
    grow(b, bones, look)
    prims, chains = np.array(b.prims, np.float64), np.array(b.chains, np.float64)
    # A primitive is felt as far as the widest blend that it takes part in.
    of = prims[:, 2].astype(int)
    widest = chains[:, 1].copy()
    np.maximum.at(widest, of, prims[:, 3])
    merged = np.zeros(b.group + 1)
    np.maximum.at(merged, chains[:, 0].astype(int), chains[:, 1])
    reach = np.maximum(widest, merged[chains[:, 0].astype(int)])[of]
    prims[:, 4] += reach - prims[:, 3]
    prims[:, 26] = reach
    return prims, chains


def _side(side: str) -> tuple[int, int, float]:
    return (LEFT_ARM, LEFT_LEG, 1.0) if side == "left" else (RIGHT_ARM, RIGHT_LEG, -1.0)


def _torso(b: Builder, bones: Bones, look: Look) -> None:
    s, g = bones.scale, look.girth
    loose = {"hoodie": 0.014, "tee": 0.004}[look.top] * s
    hem, hem_rows = bones.spine(-0.09 if look.top != "hoodie" else -0.05)
    neck = bones.spine(1.0, -0.01)[0]
    up = bones.chest_rows[1]
    hole = (neck + up * 0.005 * s, bones.head - bones.head_rows[1] * 0.02 * s, 0.059 * s, 0.078 * s, 0.006)
    b.begin_group()
    b.begin_chain(plane=(hem, -hem_rows[1], 0.012), hole=hole)
    levels = [
        (-0.13, 0.0, 0.072 * look.hips, 0.108), (0.03, 0.0, 0.072 * look.hips, 0.106),
        (0.32, 0.004, 0.048 * look.hips, 0.094), (0.60, 0.010, 0.062 * look.shoulders, 0.099),
        (0.82, -0.002, 0.078 * look.shoulders, 0.080),
    ]  # fmt: skip
    for t, forward, half, radius in levels:
        point, rows = bones.spine(t, forward)
        r = radius * s * g + loose
        across = rows[0] * half * s
        b.cone(point - across, point + across, r, r, TOP, TORSO_PART, x=rows[1], blend=0.07 * s)
    for side in ("left", "right"):
        shoulder = bones.at(f"{side}_shoulder")
        root = bones.spine(0.97)[0]
        toward = root + (shoulder - root) * 0.86
        b.cone(
            root + up * 0.002 * s, toward - up * 0.014 * s, 0.052 * s * g + loose, 0.043 * s * g + loose, TOP,
            TORSO_PART, x=bones.chest_rows[2], blend=0.05 * s,
        )  # fmt: skip
    for side in ("left", "right"):
        b.begin_chain(0.035 * s)
        _sleeve(b, bones, look, side)
    if look.top == "hoodie":
        _hood(b, bones)


def _sleeve(b: Builder, bones: Bones, look: Look, side: str) -> None:
    s, g = bones.scale, look.girth
    part = _side(side)[0]
    shoulder, elbow, wrist = (bones.at(f"{side}_{n}") for n in ("shoulder", "elbow", "wrist"))
    length = float(np.linalg.norm(elbow - shoulder))
    hinge, up = bones.chest_rows[0], bones.chest_rows[1]
    bend = bend_of(shoulder, elbow, wrist)
    if look.top == "tee":
        b.cone(
            shoulder - up * 0.010 * s, elbow, 0.053 * s * g, 0.060 * s * g, TOP, part, x=hinge,
            blend=0.03 * s, high=length * 0.62, bend=0.15,
        )  # fmt: skip
    else:
        b.cone(
            shoulder - up * 0.008 * s,
            elbow,
            0.061 * s * g,
            0.054 * s * g,
            TOP,
            part,
            x=hinge,
            blend=0.03 * s,
            bend=bend,
        )


def _hood(b: Builder, bones: Bones) -> None:
    s = bones.scale
    x, up, front = bones.chest_rows
    neck = bones.spine(1.0)[0]
    back = neck - front * 0.085 * s + up * 0.062 * s
    b.begin_group()
    b.begin_chain()
    for sign in (1.0, -1.0):
        side = neck + x * sign * 0.080 * s + up * 0.056 * s - front * 0.004 * s
        low = neck + x * sign * 0.054 * s + up * 0.012 * s + front * 0.066 * s
        tip = neck + x * sign * 0.010 * s - up * 0.046 * s + front * 0.093 * s
        b.cone(back, side, 0.040 * s, 0.030 * s, TOP, TORSO_PART, x=up, blend=0.02 * s)
        b.cone(side, low, 0.030 * s, 0.023 * s, TOP, TORSO_PART, x=up, blend=0.012 * s)
        b.cone(low, tip, 0.023 * s, 0.017 * s, TOP, TORSO_PART, x=up, blend=0.012 * s)
    b.ellipsoid(
        neck - front * 0.118 * s - up * 0.015 * s, bones.chest_rows, (0.10 * s, 0.11 * s, 0.042 * s), TOP, TORSO_PART,
        blend=0.05 * s,
    )  # fmt: skip
    b.begin_group()
    b.begin_chain()
    for sign in (1.0, -1.0):
        top = neck + x * sign * 0.030 * s - up * 0.040 * s + front * 0.108 * s
        end = neck + x * sign * 0.038 * s - up * 0.165 * s + front * 0.126 * s
        b.cone(top, end, 0.0040 * s, 0.0040 * s, SOLE, TORSO_PART, blend=0.002)
        b.cone(end, end - up * 0.014 * s, 0.0058 * s, 0.0058 * s, SOLE, TORSO_PART, blend=0.002)


def _bottom(b: Builder, bones: Bones, look: Look) -> None:
    s, g = bones.scale, look.girth
    thigh_r, knee_r, ankle_r = {
        "slim": (0.082, 0.056, 0.042), "joggers": (0.084, 0.064, 0.046), "wide": (0.084, 0.084, 0.098),
        "shorts": (0.084, 0.088, 0.0),
    }[look.bottom]  # fmt: skip
    b.begin_group()
    b.begin_chain()
    for t, half, r in ((0.10, 0.050, 0.085), (0.0, 0.066, 0.093)):
        point, rows = bones.spine(t)
        across = rows[0] * half * look.hips * s
        b.cone(point - across, point + across, r * s * g, r * s * g, BOTTOM, TORSO_PART, x=rows[1], blend=0.05)
    middle = (bones.at("left_hip") + bones.at("right_hip")) / 2
    for side in ("left", "right"):
        hip, knee = bones.at(f"{side}_hip"), bones.at(f"{side}_knee")
        b.begin_chain(0.05 * s)
        self_part = _side(side)[1]
        high = 10.0 if look.bottom != "shorts" else float(np.linalg.norm(knee - hip)) * 0.78
        b.cone(
            hip + (middle - hip) * 0.10, knee, thigh_r * s * g, knee_r * s * g, BOTTOM, self_part,
            x=bones.pelvis_rows[0], blend=0.04 * s, high=high, bend=bend_of(hip, knee, bones.at(f"{side}_ankle")),
        )  # fmt: skip
    for side in ("left", "right"):
        part = _side(side)[1]
        hip, knee, ankle = (bones.at(f"{side}_{n}") for n in ("hip", "knee", "ankle"))
        forward = unit(bones.at(f"{side}_foot_index") - bones.at(f"{side}_heel"))
        bend = bend_of(hip, knee, ankle)
        x = np.cross(knee - hip, forward) * 0.5 + bones.pelvis_rows[0] * 0.1
        b.begin_group()
        b.begin_chain()
        if look.bottom != "shorts":
            start = hip + (middle - hip) * 0.10
            top_r = thigh_r * s * g + 0.0004
            b.cone(start, knee, top_r, knee_r * s * g + 0.0004, BOTTOM, part, x=x, blend=0.012 * s, bend=bend)
            length = float(np.linalg.norm(ankle - knee))
            end = length - 0.005 * s if look.bottom != "wide" else length + 0.035 * s
            down = unit(ankle - knee)
            b.cone(
                knee, knee + down * max(end, 0.01), knee_r * s * g, ankle_r * s * g, BOTTOM, part, x=x,
                blend=0.012 * s, high=end, bend=bend,
            )  # fmt: skip
            if look.bottom == "slim":
                calf = knee + (ankle - knee) * 0.20 - np.cross(unit(x), down) * 0.014 * s
                b.cone(calf, calf + down * 0.11 * s, 0.050 * s * g, 0.043 * s * g, BOTTOM, part, x=x, blend=0.03 * s)
            if look.bottom == "joggers":
                at = knee + down * (length - 0.045 * s)
                b.begin_group()
                b.begin_chain()
                b.cone(at, at + down * 0.05 * s, 0.045 * s, 0.044 * s, CUFF, part, x=x, high=0.05 * s, low=-0.02 * s)
        else:
            b.cone(hip, knee, 0.075 * s * g, 0.055 * s * g, SKIN, part, x=x, blend=0.03 * s)
            b.cone(knee, ankle, 0.052 * s * g, 0.037 * s, SKIN, part, x=x, blend=0.04 * s)
            back = np.cross(unit(x), unit(ankle - knee))
            calf = knee + (ankle - knee) * 0.25 - back * 0.018 * s
            b.cone(calf, calf + (ankle - knee) * 0.25, 0.046 * s * g, 0.040 * s * g, SKIN, part, x=x, blend=0.05 * s)
        b.begin_group()
        b.begin_chain()
        b.cone(knee + (ankle - knee) * 0.7, ankle, 0.034 * s, 0.032 * s, SOLE, part, blend=0.02)


def _arm(b: Builder, bones: Bones, look: Look, side: str) -> None:
    s, g = bones.scale, look.girth
    part = _side(side)[0]
    shoulder, elbow, wrist = (bones.at(f"{side}_{n}") for n in ("shoulder", "elbow", "wrist"))
    hand = bones.hands[0 if side == "left" else 1]
    hinge = np.cross(elbow - shoulder, wrist - elbow)
    if np.linalg.norm(hinge) < 1e-4:
        hinge = bones.chest_rows[0]
    across = hand[5] - hand[17]
    bend = bend_of(shoulder, elbow, wrist)
    b.begin_group()
    b.begin_chain()
    if look.top == "hoodie":
        near = shoulder - bones.chest_rows[1] * 0.010 * s
        b.cone(
            near, elbow, 0.058 * s * g + 0.0004, 0.051 * s * g + 0.0004, TOP, part, x=hinge, blend=0.01 * s, bend=bend
        )
        length = float(np.linalg.norm(wrist - elbow))
        along = unit(wrist - elbow)
        b.cone(
            elbow, elbow + along * (length - 0.03 * s), 0.051 * s * g, 0.047 * s * g, TOP, part, x=hinge,
            blend=0.012 * s, high=length - 0.022 * s, bend=bend,
        )  # fmt: skip
        b.begin_group()
        b.begin_chain()
        at = elbow + along * (length - 0.05 * s)
        b.cone(at, at + along * 0.05 * s, 0.037 * s, 0.034 * s, TRIM, part, x=hinge, high=0.05 * s, low=-0.02)
        b.begin_group()
        b.begin_chain()
        b.cone(elbow + along * (length - 0.06 * s), wrist, 0.028 * s, 0.026 * s, SKIN, part, x=across, blend=0.02 * s)
    else:
        b.cone(
            shoulder + (elbow - shoulder) * 0.30,
            elbow,
            0.045 * s * g,
            0.037 * s * g,
            SKIN,
            part,
            x=hinge,
            blend=0.012 * s,
        )
        middle = elbow + (wrist - elbow) * 0.28
        b.cone(elbow, middle, 0.036 * s * g, 0.0385 * s * g, SKIN, part, x=hinge, blend=0.014 * s)
        b.cone(middle, wrist, 0.0385 * s * g, 0.0265 * s, SKIN, part, x=across, blend=0.014 * s, flat=0.86)
    _hand(b, hand, s, part)


def _hand(b: Builder, hand: Float64, s: float, part: int) -> None:
    wrist = hand[0]
    across = hand[5] - hand[17]
    b.begin_chain(0.02 * s)
    heel = wrist + (hand[9] - wrist) * 0.12
    for knuckle, radius in ((5, 0.0145), (9, 0.0145), (13, 0.014), (17, 0.0125)):
        start = heel + (hand[knuckle] - hand[9]) * 0.45
        b.cone(start, hand[knuckle], 0.017 * s, radius * s, SKIN, part, x=across, blend=0.012 * s, flat=0.85)
    b.cone(hand[1], hand[2], 0.017 * s, 0.0125 * s, SKIN, part, x=across, blend=0.016 * s)
    b.cone(hand[2], hand[3], 0.0122 * s, 0.0102 * s, SKIN, part, blend=0.006 * s)
    b.cone(hand[3], hand[4], 0.0102 * s, 0.0080 * s, SKIN, part, blend=0.004 * s)
    for f, (_, _, _, radius) in enumerate(FINGERS):
        b.begin_chain(0.008 * s)
        r = radius * s
        for k in range(3):
            start, end = hand[5 + 4 * f + k], hand[6 + 4 * f + k]
            b.cone(start, end, r * (1.08 - 0.1 * k), r * (0.98 - 0.1 * k), SKIN, part, x=across, blend=0.004 * s)


def _shoe(b: Builder, bones: Bones, side: str) -> None:
    s = bones.scale
    part = _side(side)[1]
    ankle, heel, toe = (bones.at(f"{side}_{n}") for n in ("ankle", "heel", "foot_index"))
    along = unit(toe - heel)
    up = ankle - heel
    up = unit(up - along * (up @ along))
    x = np.cross(along, up)
    ground = heel - up * 0.020 * s
    b.begin_group()
    b.begin_chain(plane=(ground, -up, 0.006))
    back = heel + along * 0.024 * s - up * 0.004 * s
    ball = toe - along * 0.045 * s - up * 0.002 * s
    b.cone(back, ball, 0.041 * s, 0.050 * s, SOLE, part, x=x, blend=0.01, flat=0.42)
    low = heel + along * 0.024 * s + up * 0.024 * s
    floor = (ground + up * 0.010 * s, -up, 0.004)
    b.begin_group()
    b.begin_chain(plane=floor)
    b.cone(low, ankle + up * 0.012 * s + along * 0.004 * s, 0.037 * s, 0.043 * s, SHOE, part, x=x, blend=0.03 * s)
    b.cone(
        ankle - up * 0.022 * s + along * 0.030 * s, toe - along * 0.050 * s + up * 0.012 * s, 0.042 * s, 0.037 * s,
        SHOE, part, x=x, blend=0.03 * s, flat=0.95, bend=1.0,
    )  # fmt: skip
    b.cone(low, toe - along * 0.045 * s + up * 0.004 * s, 0.037 * s, 0.045 * s, SHOE, part, x=x, blend=0.025, flat=0.7)
    b.begin_group()
    b.begin_chain(plane=(toe - along * 0.062 * s, -along, 0.004))
    b.cone(
        toe - along * 0.075 * s + up * 0.004 * s, toe - along * 0.043 * s + up * 0.003 * s, 0.0465 * s, 0.0465 * s,
        SOLE, part, x=x, blend=0.01, flat=0.62,
    )  # fmt: skip
    b.begin_group()
    b.begin_chain()
    tongue = ankle + along * 0.034 * s + up * 0.020 * s
    b.cone(
        tongue,
        tongue + up * 0.034 * s - along * 0.004 * s,
        0.024 * s,
        0.021 * s,
        SHOE,
        part,
        x=x,
        blend=0.015 * s,
        flat=0.5,
    )


def _neck(b: Builder, bones: Bones, look: Look) -> None:
    s, g = bones.scale, look.girth
    up = bones.chest_rows[1]
    root = bones.spine(1.0, -0.012)[0]
    skull = bones.head - bones.head_rows[1] * 0.050 * s - bones.head_rows[2] * 0.012 * s
    thick = 0.92 + 0.08 * look.jaw
    b.begin_group()
    b.begin_chain()
    b.cone(root - up * 0.01 * s, skull, 0.056 * s * thick, 0.053 * s * thick, SKIN, NECK_PART, x=bones.chest_rows[0])
    for side in ("left", "right"):
        shoulder = bones.at(f"{side}_shoulder")
        b.cone(
            root + up * 0.0 * s, root + (shoulder - root) * 0.55 - up * 0.006 * s, 0.044 * s * g, 0.034 * s * g, SKIN,
            TORSO_PART, blend=0.08 * s,
        )  # fmt: skip
    chest = bones.spine(0.80, 0.004)[0]
    across = bones.chest_rows[0] * 0.07 * s
    b.cone(chest - across, chest + across, 0.078 * s * g, 0.078 * s * g, SKIN, TORSO_PART, x=up, blend=0.06 * s)
