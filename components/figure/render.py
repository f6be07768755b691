"""Pose a figure from its joints, and draw figures in a room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from components.core import EXPRESSIONS
from components.figure.body import dress
from components.figure.camera import Camera, Float64
from components.figure.cloth import BOTTOMS, PATTERNS, TOPS
from components.figure.flesh import (
    HEAD_PART,
    LEFT_ARM,
    LEFT_LEG,
    NECK_PART,
    RIGHT_ARM,
    RIGHT_LEG,
    TORSO_PART,
    Bones,
)
from components.figure.head import FACE
from components.figure.look import LOOKS, Look, palette
from components.figure.room import Room, paint_room
from components.figure.skeleton import (
    HEAD_POINTS,
    HEAD_UNIT,
    JOINT,
    TORSO,
    basis,
    hand_frame,
    hand_points,
    head_frame,
    torso_length,
    turn,
    unit,
)

UInt8 = npt.NDArray[np.uint8]
RELAXED = (0.15, 0.16, 0.20, 0.24, 0.30)


@dataclass(frozen=True)
class PosedFigure:
    """A figure in one pose.

    Attributes:
        look: what it looks like.
        bones: its joints (33 of MediaPipe, hands) and frames, metres.
        face: (FACE,) shape and expression.
    """

    look: Look
    bones: Bones
    face: Float64

    @property
    def joints(self) -> Float64:
        """(33, 3) metres: where the figure's own joints are, MediaPipe's order."""
        return self.bones.joints


@dataclass(frozen=True)
class Figure:
    """Somebody who can be posed.

    Attributes:
        look: a Look, or a name of LOOKS.
    """

    look: Look | str

    def pose(
        self,
        joints: npt.NDArray[np.floating],
        *,
        face: Mapping[str, float] | Sequence[float] | None = None,
        head: tuple[float, float, float] = (0.0, 0.0, 0.0),
        gaze: tuple[float, float] = (0.0, 0.0),
        curl: Sequence[Sequence[float]] | Sequence[float] = RELAXED,
        spread: float = 5.0,
    ) -> PosedFigure:
        """Put flesh on joints.

        Args:
            joints: (33, 3) metres, x right, y up, z to the viewer. Limbs are taken as they are; the head and the hands
                keep their own size and only take place and direction.
            face: expression coefficients by name, or in the order of EXPRESSIONS.
            head: further degrees of yaw, pitch, roll of the head, in picture terms.
            gaze: -1..1 to the right of the picture, upward.
            curl: (5,) for both hands or (2, 5): 0 straight to 1 fist, thumb first.
            spread: degrees between fingers.

        Raises:
            ValueError: a joint is not finite.
        """
        look = LOOKS[self.look] if isinstance(self.look, str) else self.look
        own = np.array(joints, np.float64)
        if own.shape != (33, 3) or not np.isfinite(own).all():
            raise ValueError("a figure is posed by (33, 3) finite joints")
        scale = torso_length(own) / TORSO
        size = HEAD_UNIT * scale
        origin, rows = head_frame(own, size)
        if any(head):
            # The head turns about the top of the neck.
            pivot = origin + np.array([0.0, -4.5, -1.0]) @ rows * size
            m = turn(head[0], 1) @ turn(head[1], 0) @ turn(-head[2], 2)
            origin = pivot + m @ (origin - pivot)
            rows = rows @ m.T
        own[:11] = origin + HEAD_POINTS @ rows * size
        curls = np.broadcast_to(np.asarray(curl, np.float64), (2, 5))
        hands = np.zeros((2, 21, 3))
        for k, side in enumerate(("left", "right")):
            frame, palm = hand_frame(own, side)
            hands[k] = hand_points(own[JOINT[f"{side}_wrist"]], frame, palm, scale, curls[k], spread)
            own[JOINT[f"{side}_index"]] = hands[k, 5]
            own[JOINT[f"{side}_pinky"]] = hands[k, 17]
            own[JOINT[f"{side}_thumb"]] = hands[k, 3]
        low = (own[JOINT["left_hip"]] + own[JOINT["right_hip"]]) / 2
        high = (own[JOINT["left_shoulder"]] + own[JOINT["right_shoulder"]]) / 2
        pelvis = basis(high - low, own[JOINT["left_hip"]] - own[JOINT["right_hip"]])
        chest = basis(high - low, own[JOINT["left_shoulder"]] - own[JOINT["right_shoulder"]])
        bones = Bones(own, hands, origin, rows, pelvis, chest, scale)
        return PosedFigure(look, bones, _face_numbers(look, face, gaze))


def _face_numbers(look: Look, face: Mapping[str, float] | Sequence[float] | None, gaze: tuple[float, float]) -> Float64:
    out = np.zeros(FACE)
    if isinstance(face, Mapping):
        unknown = set(face) - set(EXPRESSIONS)
        if unknown:
            raise ValueError(f"no expressions {sorted(unknown)}; there are {EXPRESSIONS}")
        out[:10] = [float(face.get(name, 0.0)) for name in EXPRESSIONS]
    elif face is not None:
        out[:10] = np.asarray(face, np.float64)
    out[10:12] = gaze
    out[12:21] = (look.jaw, look.nose, look.cheeks, look.lip, look.eye, look.chin, look.brow, 0.0, look.seed)
    return out


@dataclass(frozen=True)
class Rendered:
    """A drawn frame.

    Attributes:
        rgb: (H, W, 3) uint8 sRGB.
        matte: (N, H, W) uint8: how much of each pixel is seen of each figure.
        depth: (H, W) float32 metres along the ray, -1 where only the room is.
        figure: (H, W) int32 the figure in front, -1 where only the room is.
    """

    rgb: UInt8
    matte: UInt8
    depth: npt.NDArray[np.float32]
    figure: npt.NDArray[np.int32]


def _occluders(bones: Bones, figure: int) -> list[list[float]]:
    s = bones.scale
    rows: list[list[float]] = []

    def add(a: Float64, b: Float64, r: float, part: int) -> None:
        rows.append([*a, *b, r * s, float(figure), float(part), *((a + b) / 2), float(np.linalg.norm(b - a)) / 2])

    x = bones.chest_rows[0]
    for t, half, r in ((0.82, 0.09, 0.075), (0.42, 0.05, 0.095), (0.05, 0.06, 0.10)):
        point, _ = bones.spine(t)
        add(point - x * half * s, point + x * half * s, r, TORSO_PART)
    up = bones.head_rows[1] * s
    add(bones.head - up * 0.045, bones.head + up * 0.05, 0.078, HEAD_PART)
    add(bones.spine(1.0)[0], bones.head - up * 0.05, 0.048, NECK_PART)
    for side, arm, leg in (("left", LEFT_ARM, LEFT_LEG), ("right", RIGHT_ARM, RIGHT_LEG)):
        p = {n: bones.at(f"{side}_{n}") for n in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot_index")}
        hand = bones.hands[0 if side == "left" else 1]
        add(p["shoulder"], p["elbow"], 0.046, arm)
        add(p["elbow"], p["wrist"], 0.036, arm)
        add(p["wrist"], (hand[9] + hand[12]) / 2, 0.030, arm)
        add(p["hip"], p["knee"], 0.072, leg)
        add(p["knee"], p["ankle"], 0.050, leg)
        add(bones.at(f"{side}_heel"), p["foot_index"], 0.036, leg)
    return rows


def _body_row(posed: PosedFigure) -> list[float]:
    bones = posed.bones
    low = (bones.at("left_hip") + bones.at("right_hip")) / 2
    high = (bones.at("left_shoulder") + bones.at("right_shoulder")) / 2
    middle = basis(high - low, unit(bones.pelvis_rows[0] + bones.chest_rows[0]))
    frizz = {"afro": 1.0, "short": 2.0}.get(posed.look.style, 0.0)
    return [
        *low, *(high - low), *middle[0], *middle[2], *bones.head, *bones.head_rows.ravel(), HEAD_UNIT * bones.scale,
        frizz, bones.scale, 0.0,
    ]  # fmt: skip


def _look_rows(look: Look) -> list[tuple[float, float, float]]:
    kinds = (float(PATTERNS.index(look.pattern)), float(TOPS.index(look.top)), float(BOTTOMS.index(look.bottom)))
    return [*palette(look), kinds, (look.blush, 0.0, 0.0)]


@lru_cache(maxsize=1)
def _film() -> UInt8:
    """8-bit sRGB of linear light k / _STEPS through a filmic curve (Narkowicz 2016, "ACES filmic tone mapping")."""
    x = np.arange(4 * _STEPS, dtype=np.float64) / _STEPS * 0.86
    y = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    # Half way between the film and the plain light keeps skin from turning to clay.
    y = np.minimum(0.55 * y + 0.45 * (1.0 - np.exp(-1.5 * x)), 1.0)
    srgb = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)


_STEPS = 16384


def develop(linear: npt.NDArray[np.float32]) -> UInt8:
    """Linear light (any shape, float32, 0 or more) to 8-bit sRGB."""
    film = _film()
    return film[np.minimum(linear * np.float32(_STEPS), np.float32(len(film) - 1)).astype(np.int32)]


def render_frame(
    figures: Sequence[PosedFigure], room: Room, camera: Camera, size: tuple[int, int], *, threads: int = 1
) -> Rendered:
    """Draw figures in a room.

    Args:
        figures: who is in it; may be none.
        room: where.
        camera: from where it is seen.
        size: px width, height.
        threads: how many threads may work; the picture does not depend on it.
    """
    from components.figure import shade_room, trace

    w, h = size
    empty = paint_room(room, camera, size)
    n = len(figures)
    if n == 0:
        return Rendered(
            develop(empty),
            np.zeros((0, h, w), np.uint8),
            np.full((h, w), -1, np.float32),
            np.full((h, w), -1, np.int32),
        )
    prims, chains = [], []
    group = chain = 0
    for k, figure in enumerate(figures):
        p, c = dress(figure.bones, figure.look, k)
        p[:, 2] += chain
        c[:, 0] += group
        chain += len(c)
        group += int(c[:, 0].max()) + 1 - group
        prims.append(p)
        chains.append(c)
    prim = np.ascontiguousarray(np.concatenate(prims))
    chain_rows = np.ascontiguousarray(np.concatenate(chains))
    faces = np.stack([f.face for f in figures])
    looks = np.array([_look_rows(f.look) for f in figures], np.float64)
    bodies = np.array([_body_row(f) for f in figures], np.float64)
    occluders = np.array([r for k, f in enumerate(figures) for r in _occluders(f.bones, k)], np.float64)
    view = np.array([*camera.position, camera.focal, *camera.centre, camera.position[2] + room.wall], np.float64)

    tiles_down, tiles_across = -(-h // trace.TILE), -(-w // trace.TILE)
    depth = np.full((h, w), -1, np.float32)
    ids = np.full((h, w), -1, np.int32)
    colour = np.zeros((h, w, 3), np.float32)
    tiles = np.zeros((tiles_down, tiles_across, len(prim)), np.int32)
    counts = np.zeros((tiles_down, tiles_across), np.int64)
    spans = np.zeros((tiles_down, tiles_across, 2))
    shared = (view, prim, chain_rows, faces, looks, bodies, occluders, depth, ids, colour, tiles, counts, spans)
    out = np.zeros((h, w, 3), np.float32)
    matte = np.zeros((n, h, w), np.float32)
    bands = [(r, min(r + trace.BLOCK, tiles_down)) for r in range(0, tiles_down, trace.BLOCK)]
    shaded = np.empty((h, w, 3), np.float32)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda band: trace.trace_rows(*(*band, *shared)), bands))
        shade_room.shade_rows(empty, view, room.wall, occluders, shaded)
        list(pool.map(lambda band: trace.smooth_rows(*(*band, *shared, shaded, out, matte)), bands))
    owner = np.where(ids >= 0, prim[np.maximum(ids, 0), 23].astype(np.int32), -1).astype(np.int32)
    return Rendered(develop(out), np.round(matte * 255).astype(np.uint8), depth, owner)
