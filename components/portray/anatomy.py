"""How thick a body is around its joints: lengths, radii and the distance of every pixel to every part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import MEDIAPIPE_33, PARTS, Bool, Float32, UInt8
from components.core.kernel import kernel

J = {name: i for i, name in enumerate(MEDIAPIPE_33.joints)}
"""Index of a MediaPipe joint by name."""

SIDES = ("left", "right")
FAR = 9.0
"""Relative distances are cut off here: beyond it a pixel is simply elsewhere."""


@dataclass(frozen=True)
class Anatomy:
    """A person's proportions in photo px.

    Attributes:
        xy: (33, 2) float32 MediaPipe joints.
        visibility: (33,) float32.
        scale: px a metre, from the world landmarks.
        torso: px from chest to pelvis if the body stood upright and parallel to the picture.
        arm, leg, head: radii in px.
        waist: half the width of the torso across the spine, px.
    """

    xy: Float32
    visibility: Float32
    scale: float
    torso: float
    arm: float
    leg: float
    head: float
    waist: float

    def at(self, *names: str) -> Float32:
        """Mean position (2,) of the named joints."""
        mean: Float32 = self.xy[[J[n] for n in names]].mean(axis=0)
        return mean

    @property
    def chest(self) -> Float32:
        """Middle of the shoulders."""
        return self.at("left_shoulder", "right_shoulder")

    @property
    def pelvis(self) -> Float32:
        """Middle of the hips."""
        return self.at("left_hip", "right_hip")

    @property
    def skull(self) -> Float32:
        """Middle of the ears."""
        return self.at("left_ear", "right_ear")

    def arm_chain(self, side: str) -> Float32:
        """(4, 2) shoulder, elbow, wrist, hand."""
        hand = self.at(f"{side}_pinky", f"{side}_index")
        return np.stack([self.at(f"{side}_shoulder"), self.at(f"{side}_elbow"), self.at(f"{side}_wrist"), hand])

    def leg_chain(self, side: str) -> Float32:
        """(4, 2) hip, knee, ankle, toe."""
        return np.stack([self.at(f"{side}_{j}") for j in ("hip", "knee", "ankle", "foot_index")])

    def chain(self, part: str) -> Float32:
        """The chain of a limb by part name."""
        side, limb = part.split("_")
        return self.arm_chain(side) if limb == "arm" else self.leg_chain(side)

    def torso_polygon(self) -> Float32:
        """(6, 2) outline of the torso: shoulders, hips and the crotch, as wide as the body."""
        spine = self.pelvis - self.chest
        length = max(float(np.hypot(*spine)), 1e-3)
        down = spine / length
        across = np.array([-down[1], down[0]], np.float32)
        corners = []
        for joints, margin, least in (("shoulder", 0.02, 0.7), ("hip", 0.11, 0.8)):
            middle = self.at(f"left_{joints}", f"right_{joints}")
            reach = [float((self.at(f"{s}_{joints}") - middle) @ across) for s in SIDES]
            low, high = min(reach) - margin * self.torso, max(reach) + margin * self.torso
            low, high = min(low, -least * self.waist), max(high, least * self.waist)
            corners.append((middle + across * low, middle + across * high))
        (a, b), (c, d) = corners
        drop = down * 0.16 * self.torso
        return np.stack([a, b, d, d * 0.6 + c * 0.4 + drop, c * 0.6 + d * 0.4 + drop, c]).astype(np.float32)


def measure(xyz: Float32, world: Float32 | None, visibility: Float32) -> Anatomy:
    """Read a person's proportions off the landmarks.

    Args:
        xyz: (33, 3) photo px.
        world: (33, 3) m, or None.
        visibility: (33,) 0..1.
    """
    xy = np.ascontiguousarray(xyz[:, :2], np.float32)
    torso3 = float(np.linalg.norm(_mean(xyz, "shoulder") - _mean(xyz, "hip")))
    scale = torso3 / 0.5
    if world is not None:
        seen = np.arange(33) >= 11
        a = world[seen, :2] - world[seen, :2].mean(axis=0)
        b = xy[seen] - xy[seen].mean(axis=0)
        scale = float(np.clip((a * b).sum() / max((a * a).sum(), 1e-9), 0.5 * scale, 3.0 * scale))
        torso3 = float(np.linalg.norm(_mean(world, "shoulder") - _mean(world, "hip"))) * scale
    torso = max(torso3, 8.0)
    shoulders = float(np.hypot(*(xy[J["left_shoulder"]] - xy[J["right_shoulder"]])))
    return Anatomy(
        xy=xy,
        visibility=visibility.astype(np.float32),
        scale=scale,
        torso=torso,
        arm=0.13 * torso,
        leg=0.19 * torso,
        head=0.27 * torso,
        waist=max(0.24 * torso, 0.42 * shoulders),
    )


def _mean(points: Float32, joint: str) -> Float32:
    out: Float32 = (points[J[f"left_{joint}"]] + points[J[f"right_{joint}"]]) / 2
    return out


def segments(body: Anatomy) -> tuple[Float32, Float32]:
    """Bones as capsules.

    Returns:
        (S, 4) float32 x0, y0, x1, y1 and (S, 3) float32: index of the part in PARTS, radius in px,
        and which stretch of the part it is, 0 at its root.
    """
    rows: list[tuple[Float32, Float32, str, float, int]] = []
    for side in SIDES:
        arm, leg = body.arm_chain(side), body.leg_chain(side)
        tip = arm[2] + (arm[3] - arm[2]) * 1.9
        for k, (a, b, width) in enumerate(((arm[0], arm[1], 1.1), (arm[1], arm[2], 0.9), (arm[2], tip, 0.9))):
            rows.append((a, b, f"{side}_arm", width * body.arm, k))
        heel = body.at(f"{side}_heel")
        toe = leg[3] + (leg[3] - heel) * 0.15
        for a, b, width, k in (
            (leg[0], leg[1], 1.0, 0), (leg[1], leg[2], 0.8, 1), (leg[2], heel, 0.6, 2), (heel, toe, 0.6, 2),
            (leg[2], toe, 0.6, 2),
        ):  # fmt: skip
            rows.append((a, b, f"{side}_leg", width * body.leg, k))
    neck = body.chest + (body.skull - body.chest) * 0.72
    crown = body.skull + (body.skull - body.chest) * 0.35
    rows.append((neck, crown, "head", body.head, 0))
    throat = body.chest + (body.skull - body.chest) * 0.4
    rows.append((body.chest, throat, "torso", 0.14 * body.torso, 0))
    lines = np.array([[*a, *b] for a, b, _, _, _ in rows], np.float32)
    kinds = np.array([[PARTS.index(p), r, k] for _, _, p, r, k in rows], np.float32)
    return lines, kinds


@kernel()
def _capsule_distances(
    lines: Float32, kinds: Float32, x0: float, y0: float, step: float, out: Float32, stretch: UInt8
) -> None:
    """out[p, i, j] = least distance to a bone of part p over its radius, and whose it is. Cost: pixels x bones."""
    height, width = out.shape[1], out.shape[2]
    for i in range(height):
        y = y0 + i * step
        for s in range(len(lines)):
            ax, ay = lines[s, 0], lines[s, 1]
            dx, dy = lines[s, 2] - ax, lines[s, 3] - ay
            length = dx * dx + dy * dy + 1e-9
            p = int(kinds[s, 0])
            inverse = 1.0 / kinds[s, 1]
            for j in range(width):
                x = x0 + j * step
                t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / length))
                ex, ey = x - ax - t * dx, y - ay - t * dy
                d = np.sqrt(ex * ex + ey * ey) * inverse
                if d < out[p, i, j]:
                    out[p, i, j] = d
                    stretch[p, i, j] = np.uint8(kinds[s, 2])


def part_distances(
    body: Anatomy, origin: tuple[float, float], shape: tuple[int, int], step: float = 1.0
) -> tuple[Float32, UInt8]:
    """Distance of every pixel to every part, relative to the part's radius.

    Args:
        body: proportions.
        origin: photo px (x, y) of the grid's first pixel.
        shape: rows, columns of the grid.
        step: photo px between grid pixels.

    Returns:
        (len(PARTS), rows, columns) float32: 0 on the bone, 1 at the part's radius. The torso's is that to its
        outline over 0.14 torso lengths, negative inside. And (len(PARTS), rows, columns) uint8: the nearest stretch
        of the part (upper arm, forearm, hand; thigh, shin, foot; upper and lower half of the torso).
    """
    import cv2

    lines, kinds = segments(body)
    out = np.full((len(PARTS), *shape), FAR, np.float32)
    stretch = np.zeros(out.shape, np.uint8)
    _capsule_distances(lines, kinds, origin[0], origin[1], step, out, stretch)
    polygon = (body.torso_polygon() - np.asarray(origin, np.float32)) / step
    inside = np.zeros(shape, np.uint8)
    cv2.fillPoly(inside, [np.round(polygon * 16).astype(np.int32)], 1, shift=4)
    signed = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) - cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    torso = signed * step / (0.14 * body.torso) if inside.any() else np.full(shape, FAR, np.float32)
    k = PARTS.index("torso")
    out[k] = np.minimum(np.clip(torso, -FAR, FAR), out[k] - 0.8)
    spine = body.pelvis - body.chest
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) * np.float32(step)
    along = (x + origin[0] - body.chest[0]) * spine[0] + (y + origin[1] - body.chest[1]) * spine[1]
    stretch[k] = along > 0.55 * float(spine @ spine)
    return out, stretch


def capsule(points: Float32, radii: Float32, shape: tuple[int, int], origin: Float32) -> Bool:
    """A mask of a chain of bones with a radius at each joint.

    Args:
        points: (N, 2) photo px.
        radii: (N,) px.
        shape: rows, columns of the mask.
        origin: (2,) photo px of the mask's first pixel.
    """
    import cv2

    mask = np.zeros(shape, np.uint8)
    p = points - origin
    for k in range(len(p)):
        cv2.circle(mask, _fixed(p[k]), int(max(radii[k], 0.5) * 16), 1, -1, cv2.LINE_8, 4)
        if k + 1 < len(p):
            along = p[k + 1] - p[k]
            length = float(np.hypot(*along))
            if length > 1e-3:
                normal = np.array([-along[1], along[0]]) / length
                quad = [p[k] + normal * radii[k], p[k + 1] + normal * radii[k + 1],
                        p[k + 1] - normal * radii[k + 1], p[k] - normal * radii[k]]  # fmt: skip
                cv2.fillConvexPoly(mask, np.array([_fixed(q) for q in quad], np.int32), 1, cv2.LINE_8, 4)
    return mask.astype(bool)


def _fixed(point: Float32) -> tuple[int, int]:
    return round(float(point[0]) * 16), round(float(point[1]) * 16)
