"""What was perceived, drawn over the picture: boxes, skeletons, hands, faces, and who is who."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from components.core import MEDIAPIPE_33, Dancer, Float32, UInt8
from components.models.face_mesh import FACE_OVAL, LEFT_BROW, LEFT_EYE, LIPS_INNER, LIPS_OUTER, RIGHT_BROW, RIGHT_EYE
from components.models.people import PersonLandmarks

COLOURS: tuple[tuple[int, int, int], ...] = (
    (255, 92, 76), (64, 200, 120), (80, 150, 255), (250, 200, 50), (220, 90, 230), (60, 220, 220), (255, 140, 40),
    (150, 120, 255),
)  # fmt: skip
_RINGS = (FACE_OVAL, LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE, LIPS_OUTER, LIPS_INNER)
_FINGERS = (
    (0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (5, 6), (6, 7), (7, 8), (5, 9), (9, 10), (10, 11), (11, 12), (9, 13),
    (13, 14), (14, 15), (15, 16), (13, 17), (17, 18), (18, 19), (19, 20), (0, 17),
)  # fmt: skip
_SHIFT = 4


def draw_people(rgb: UInt8, people: Sequence[PersonLandmarks]) -> UInt8:
    """A copy of an (H, W, 3) uint8 picture with everybody drawn on it, numbered as given."""
    out = np.ascontiguousarray(rgb[..., :3]).copy()
    for i, person in enumerate(people):
        _person(out, str(i), i, person.box, person.xyz, person.visibility, person.hands, person.face, person.mask)
    return out


def draw_dancers(rgb: UInt8, dancers: Iterable[Dancer], frame: int, *, first: int = 0) -> UInt8:
    """A copy of an (H, W, 3) uint8 frame with the dancers who are present in it, numbered by identity from `first`."""
    out = np.ascontiguousarray(rgb).copy()
    for dancer in dancers:
        if not dancer.pose.present[frame]:
            continue
        hands = dancer.pose.hands[frame] if dancer.pose.hands is not None else np.full((2, 21, 3), np.nan, np.float32)
        face = dancer.face.landmarks[frame] if dancer.face is not None and dancer.face.present[frame] else None
        pose = dancer.pose
        k = dancer.identity
        _person(out, str(first + k), k, dancer.box[frame], pose.xyz[frame], pose.visibility[frame], hands, face, None)
    return out


def _person(
    out: UInt8,
    label: str,
    number: int,
    box: Float32,
    xyz: Float32,
    visibility: Float32,
    hands: Float32,
    face: Float32 | None,
    mask: UInt8 | None,
) -> None:
    colour = COLOURS[number % len(COLOURS)]
    thick = max(1, round(max(out.shape[:2]) / 480))
    if mask is not None:
        edges, _ = cv2.findContours((mask > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(out, edges, -1, colour, max(1, thick // 2), cv2.LINE_AA)
    if np.isfinite(box).all():
        x0, y0, x1, y1 = (round(float(v)) for v in box)
        cv2.rectangle(out, (x0, y0), (x1, y1), colour, max(1, thick // 2), cv2.LINE_AA)
        _label(out, label, (x0, y0), colour, thick)
    for a, b in MEDIAPIPE_33.bones:
        seen = float(min(visibility[a], visibility[b]))
        _line(out, xyz[a], xyz[b], _dimmed(colour, seen), thick)
    for joint in range(11, 33):
        if visibility[joint] > 0.5:
            cv2.circle(
                out, _fixed(xyz[joint]), round(0.9 * thick * 2**_SHIFT), (255, 255, 255), -1, cv2.LINE_AA, _SHIFT
            )
    for hand in hands:
        if np.isfinite(hand[0, 0]):
            for a, b in _FINGERS:
                _line(out, hand[a], hand[b], (255, 255, 255), max(1, thick // 2))
    if face is not None:
        for ring in _RINGS:
            points = np.array([_fixed(face[i]) for i in ring], np.int32)
            cv2.polylines(out, [points], True, (255, 255, 255), 1, cv2.LINE_AA, _SHIFT)
        for iris in ((468, 469), (473, 474)):
            if np.isfinite(face[iris[0], 0]):
                radius = float(np.hypot(*(face[iris[0], :2] - face[iris[1], :2])))
                cv2.circle(out, _fixed(face[iris[0]]), round(radius * 2**_SHIFT), colour, 1, cv2.LINE_AA, _SHIFT)


def _label(out: UInt8, text: str, corner: tuple[int, int], colour: tuple[int, int, int], thick: int) -> None:
    scale = 0.35 + 0.2 * thick
    (w, h), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    x, y = max(0, corner[0]), max(h + base, corner[1])
    cv2.rectangle(out, (x, y - h - base), (x + w + 4, y), colour, -1)
    cv2.putText(out, text, (x + 2, y - base // 2), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), thick, cv2.LINE_AA)


def _dimmed(colour: tuple[int, int, int], seen: float) -> tuple[int, int, int]:
    share = 0.35 + 0.65 * min(1.0, max(0.0, seen))
    r, g, b = colour
    return round(r * share), round(g * share), round(b * share)


def _fixed(point: Float32) -> tuple[int, int]:
    """Fixed-point px for OpenCV's anti-aliased drawing."""
    x, y = np.clip(np.nan_to_num(point[:2]), -16000.0, 16000.0)
    return round(float(x) * 2**_SHIFT), round(float(y) * 2**_SHIFT)


def _line(out: UInt8, a: Float32, b: Float32, colour: tuple[int, int, int], thick: int) -> None:
    cv2.line(out, _fixed(a), _fixed(b), colour, thick, cv2.LINE_AA, _SHIFT)
