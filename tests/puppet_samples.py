"""A person drawn from capsules with parts, meshes and weights, and simple dances for it: known without any model."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from components.core import (
    RIG,
    RIG_BONES,
    Cast,
    Choreography,
    Ensemble,
    Float32,
    Part,
    Performer,
    Scene,
    Still,
    StillLayer,
    Uri,
)

WIDTH, HEIGHT = 360, 640
JOINTS: dict[str, tuple[float, float]] = {
    "pelvis": (180, 330), "chest": (180, 200), "head": (180, 130), "nose": (180, 135),
    "left_shoulder": (225, 200), "left_elbow": (255, 265), "left_wrist": (275, 330), "left_hand": (280, 350),
    "left_hip": (203, 330), "left_knee": (208, 440), "left_ankle": (210, 550), "left_heel": (208, 566),
    "left_toe": (222, 572), "right_shoulder": (135, 200), "right_elbow": (105, 265), "right_wrist": (85, 330),
    "right_hand": (80, 350), "right_hip": (157, 330), "right_knee": (152, 440), "right_ankle": (150, 550),
    "right_heel": (152, 566), "right_toe": (138, 572),
}  # fmt: skip
FLOOR = 575.0


def rest_joints() -> Float32:
    """(22, 3) float32 photo px of the drawn person, z 0."""
    return np.array([(*JOINTS[name], 0.0) for name in RIG.joints], np.float32)


def _distance(points: Float32, a: Float32, b: Float32) -> Float32:
    t = np.clip(((points - a) @ (b - a)) / max(float((b - a) @ (b - a)), 1e-6), 0, 1)
    return np.asarray(np.hypot(*np.moveaxis(points - a - t[..., None] * (b - a), -1, 0)), np.float32)


def _chain(side: str, limb: str) -> list[Float32]:
    names = ("shoulder", "elbow", "wrist", "hand") if limb == "arm" else ("hip", "knee", "ankle", "toe")
    return [np.array(JOINTS[f"{side}_{n}"], np.float32) for n in names]


def _limb(side: str, limb: str, colour: tuple[int, int, int]) -> Part:
    chain = _chain(side, limb)
    radii = (17, 15, 12) if limb == "arm" else (26, 21, 13)
    bones = ("upper_arm", "forearm", "hand") if limb == "arm" else ("thigh", "shin", "foot")

    def inside(points: Float32) -> Float32:
        return np.max(
            [r - _distance(points, a, b) for r, a, b in zip(radii, chain[:-1], chain[1:], strict=True)], axis=0
        )

    def weigh(points: Float32) -> Float32:
        out = np.zeros((len(points), len(RIG_BONES)), np.float32)
        steps = []
        for j, share in ((1, 0.35), (2, 0.5)):
            a, b = chain[j] - chain[j - 1], chain[j + 1] - chain[j]
            direction = a / np.hypot(*a) + b / np.hypot(*b)
            half = share * min(np.hypot(*a), np.hypot(*b))
            t = np.clip(((points - chain[j]) @ direction / np.hypot(*direction) / half + 1) / 2, 0, 1)
            steps.append(t * t * (3 - 2 * t))
        second, third = steps[0], steps[1] * steps[0]
        for name, w in zip(bones, (1 - second, second - third, third), strict=True):
            out[:, RIG_BONES.index(f"{side}_{name}")] = w
        return out

    stripes = [
        np.array(JOINTS[f"{side}_{n}"], np.float32)
        for n in (("elbow", "wrist") if limb == "arm" else ("knee", "ankle"))
    ]
    return _part(f"{side}_{limb}", inside, weigh, colour, 4.0 if limb == "arm" else 1.0, stripes)


def _part(
    name: str,
    inside: Callable[[Float32], Float32],
    weigh: Callable[[Float32], Float32],
    colour: tuple[int, int, int],
    depth: float,
    marks: list[Float32],
) -> Part:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    points = np.stack([x, y], axis=-1)
    alpha = np.clip(inside(points) + 0.5, 0, 1)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    y0, y1, x0, x1 = rows[0] - 2, rows[-1] + 3, columns[0] - 2, columns[-1] + 3
    alpha, points = alpha[y0:y1, x0:x1], points[y0:y1, x0:x1]
    check = ((points[..., 0] // 8 + points[..., 1] // 8) % 2)[..., None]
    rgb = np.array(colour) * (0.8 + 0.2 * check)
    for mark in marks:
        rgb = np.where((np.hypot(*np.moveaxis(points - mark, -1, 0)) < 5)[..., None], 30, rgb)
    texture = np.dstack([rgb * alpha[..., None], alpha * 255]).round().astype(np.uint8)
    xs = np.arange(x0 - 1, x1 + 9, 9, dtype=np.float32)
    ys = np.arange(y0 - 1, y1 + 9, 9, dtype=np.float32)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    i, j = (a.ravel() for a in np.mgrid[0 : len(ys) - 1, 0 : len(xs) - 1])
    a = i * len(xs) + j
    quads = np.stack([a, a + 1, a + len(xs) + 1, a + len(xs)], axis=1)
    touched = inside(grid[quads].mean(axis=1)) > -9
    triangles = np.concatenate([quads[touched][:, [0, 1, 2]], quads[touched][:, [0, 2, 3]]])
    used, compact = np.unique(triangles, return_inverse=True)
    vertices = grid[used].astype(np.float32)
    return Part(
        name,
        texture,
        np.array([x0, y0], np.float32),
        vertices,
        compact.reshape(-1, 3).astype(np.int32),
        weigh(vertices),
        depth,
    )


def _trunk(points: Float32) -> Float32:
    out = np.zeros((len(points), len(RIG_BONES)), np.float32)
    t = np.clip((190 - points[:, 1]) / 30, 0, 1)
    out[:, RIG_BONES.index("head")] = t
    out[:, RIG_BONES.index("spine")] = 1 - t
    return out


def _torso(points: Float32) -> Float32:
    half = 52 - 14 * np.sin(np.clip((points[..., 1] - 190) / 160, 0, 1) * np.pi)
    body = np.minimum(half - np.abs(points[..., 0] - 180), np.minimum(points[..., 1] - 186, 365 - points[..., 1]))
    neck = 14 - _distance(points, np.array([180, 150], np.float32), np.array([180, 200], np.float32))
    return np.maximum(body, neck)


def _head(points: Float32) -> Float32:
    return np.asarray(34 - np.hypot(points[..., 0] - 180, (points[..., 1] - 130) * 0.8), np.float32)


def performer(index: int = 0, shift: float = 0.0) -> Performer:
    """The drawn person; `shift` px to the right of the middle."""
    parts = [
        _part("torso", _torso, _trunk, (60, 90, 190), 2.0, []),
        _part("head", _head, _trunk, (225, 180, 150), 3.0, [np.array([168, 125]), np.array([192, 125])]),
        _limb("left", "arm", (200, 60, 60)),
        _limb("right", "arm", (60, 170, 80)),
        _limb("left", "leg", (190, 120, 40)),
        _limb("right", "leg", (120, 70, 160)),
    ]
    move = np.array([shift, 0], np.float32)
    parts = [
        Part(p.name, p.texture, p.origin + move, p.vertices + move, p.triangles, p.weights, p.depth) for p in parts
    ]
    joints = rest_joints() + np.array([shift, 0, 0], np.float32)
    return Performer(
        index,
        np.array([60 + shift, 80, 300 + shift, 580], np.float32),
        joints,
        np.ones(22, np.float32),
        np.zeros((33, 3), np.float32),
        np.full((2, 21, 3), np.nan, np.float32),
        None,
        0.0,
        tuple(parts),
        np.array([225, 180, 150], np.uint8),
        np.zeros((HEIGHT, WIDTH), np.uint8),
    )


def turn_bone(joints: Float32, bone: str, degrees: float) -> Float32:
    """Joints (22, 3) with a bone, and all that hangs on it, turned about its root in the picture."""
    side, _, name = bone.partition("_")
    chain = {
        "upper_arm": ("elbow", "wrist", "hand"),
        "forearm": ("wrist", "hand"),
        "thigh": ("knee", "ankle", "heel", "toe"),
        "shin": ("ankle", "heel", "toe"),
    }[name]
    root = {"upper_arm": "shoulder", "forearm": "elbow", "thigh": "hip", "shin": "knee"}[name]
    at = RIG.index(f"{side}_{root}")
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    out = joints.copy()
    for joint in chain:
        i = RIG.index(f"{side}_{joint}")
        out[i, :2] = joints[at, :2] + (joints[i, :2] - joints[at, :2]) @ np.array([[c, s], [-s, c]], np.float32)
    return out


def dance(joints: Float32, index: int = 0, depth: float = 0.0) -> Choreography:
    """A choreography of given joints (T, 22, 3)."""
    frames = len(joints)
    root = np.zeros((frames, 3), np.float32)
    root[:, 0], root[:, 1], root[:, 2] = joints[:, 0, 0], FLOOR, depth
    return Choreography(
        index,
        index,
        joints.astype(np.float32),
        root,
        np.zeros(frames, np.float32),
        np.ones((frames, 2), bool),
        np.ones(frames, np.float32),
        np.ones(frames, bool),
        np.full((frames, 2, 21, 2), np.nan, np.float32),
        Fraction(30),
    )


def waving(frames: int) -> Float32:
    """(T, 22, 3): arms turn all the way round, elbows and knees bend, the body leans."""
    out = []
    for t in range(frames):
        p = 2 * np.pi * t / 60
        j = rest_joints()
        j = turn_bone(j, "left_upper_arm", -6 * t)
        j = turn_bone(j, "left_forearm", -70 + 70 * np.cos(2 * p))
        j = turn_bone(j, "right_upper_arm", 60 + 60 * np.sin(p))
        j = turn_bone(j, "right_forearm", 75 * (1 - np.cos(p)))
        j = turn_bone(j, "left_thigh", -20 - 20 * np.sin(p))
        j = turn_bone(j, "left_shin", 45 + 45 * np.sin(p))
        j[:, 0] += 15 * np.sin(p)
        out.append(j)
    return np.stack(out)


def ensemble(*choreographies: Choreography) -> Ensemble:
    """All of them together."""
    return Ensemble(choreographies[0].fps, len(choreographies[0].joints), choreographies)


def cast(folder: Path, *performers: Performer) -> Cast:
    """A cast on a plate with a gradient, written to the folder."""
    from components.media import write_picture

    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    plate = np.stack([120 + 60 * y / HEIGHT, 130 + 40 * x / WIDTH, np.full(y.shape, 150.0)], axis=-1).astype(np.uint8)
    path = folder / "plate.png"
    write_picture(path, plate)
    still = Still(Uri(str(path.absolute())), WIDTH, HEIGHT, "0" * 64)
    return Cast(still, still, performers)


def scene(cast_: Cast, scale: float = 1.0) -> Scene:
    """The plate as background, scaled with the performers."""
    offset = 0.5 * scale - 0.5
    placement = ((scale, 0.0, offset), (0.0, scale, offset))
    layer = StillLayer(cast_.plate.uri, (0, 0, 0), -100.0, placement)
    return Scene(round(WIDTH * scale), round(HEIGHT * scale), (layer,), placement, FLOOR * scale)
