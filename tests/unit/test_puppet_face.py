"""The face of a puppet on a head whose landmarks lie on a known dome."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from components.animate.puppet.face import TURN, FaceBinding, bind_face, face_vertices
from components.animate.puppet.lip_line import LIP_LINE, lip_line_of, lip_line_vertices
from components.animate.puppet.mouth import between_lips, lips_opacity, mouth_of, mouth_vertices
from components.animate.puppet.puppet import LIPS, make_puppet, part_opacity
from components.core import RIG_BONES, FaceMotion, Float32, Part, Performer
from components.models.face_mesh import LIPS_INNER
from tests import puppet_samples as samples

CENTRE, RADIUS = np.array([180.0, 130.0]), 30.0
MOUTH = CENTRE + np.array([0, 14])


def landmarks(gap: float = 0.6) -> Float32:
    """(478, 3): points of a sunflower on a dome, the inner lips as a flat ellipse."""
    k = np.arange(478)
    r, a = RADIUS * np.sqrt((k + 0.5) / 478), k * 2.39996
    xy = CENTRE + np.stack([r * np.cos(a), r * np.sin(a)], axis=1)
    turn = np.linspace(np.pi, -np.pi, 20, endpoint=False)
    xy[list(LIPS_INNER)] = MOUTH + np.stack([8 * np.cos(turn), gap / 2 * np.sin(turn)], axis=1)
    xy[[234, 454]] = CENTRE + np.array([[-29, 0], [29, 0]])
    z = -np.sqrt(np.maximum(0, 1.05 * RADIUS**2 - ((xy - CENTRE) ** 2).sum(axis=1)))
    return np.concatenate([xy, z[:, None]], axis=1).astype(np.float32)


def person(gap: float = 0.6) -> Performer:
    base = samples.performer()
    head = next(p for p in base.parts if p.name == "head")
    face = landmarks(gap)
    count = len(head.vertices)
    vertex = np.full(478, -1, np.int32)
    chosen = np.array([*LIPS_INNER, *range(0, 468, 5)])
    chosen = chosen[np.sort(np.unique(chosen, return_index=True)[1])]
    vertex[chosen] = count + np.arange(len(chosen))
    weights = np.zeros((len(chosen), len(RIG_BONES)), np.float32)
    weights[:, RIG_BONES.index("head")] = 1
    head = Part(
        "head",
        head.texture,
        head.origin,
        np.concatenate([head.vertices, face[chosen, :2]]),
        head.triangles,
        np.concatenate([head.weights, weights]),
        head.depth,
        vertex,
    )
    return dataclasses.replace(base, face=face, parts=tuple(head if p.name == "head" else p for p in base.parts))


def motion(frames: int = 3, head: tuple[float, float] = (0, 0), opening: float = 0.0) -> FaceMotion:
    displacement = np.zeros((frames, 478, 2), np.float32)
    rise = np.linspace(0, 1, frames, dtype=np.float32)[:, None]
    displacement[:, list(LIPS_INNER[1:10]), 1] = opening * rise
    angles = np.zeros((frames, 3), np.float32)
    angles[:, :2] = head
    return FaceMotion(0, displacement, angles, opening * rise[:, 0] + 0.6, np.zeros((frames, 10), np.float32))


def bound(performer: Performer) -> tuple[Part, FaceBinding]:
    head = next(p for p in performer.parts if p.name == "head")
    binding = bind_face(head, performer, head.weights[:, RIG_BONES.index("head")])
    assert binding is not None
    return head, binding


def test_a_still_face_is_rigid() -> None:
    head, binding = bound(person())
    assert np.array_equal(face_vertices(head.vertices, binding, motion(), 0, 3), np.repeat(head.vertices[None], 3, 0))


def test_landmarks_move_exactly_and_the_rim_of_the_hair_not_at_all() -> None:
    performer = person()
    head, binding = bound(performer)
    moves = motion(2, opening=6)
    placed = face_vertices(head.vertices, binding, moves, 0, 2)
    assert head.face is not None
    known = np.flatnonzero(head.face >= 0)
    assert (
        np.abs(placed[1, head.face[known]] - head.vertices[head.face[known]] - moves.displacement[1, known]).max()
        < 1e-4
    )
    far = np.hypot(*(head.vertices - CENTRE).T) > 1.4 * RADIUS
    assert far.any() and np.array_equal(placed[1, far], head.vertices[far])


@pytest.mark.parametrize("yaw", [15.0, -15.0])
def test_a_turning_head_takes_the_nose_furthest(yaw: float) -> None:
    head, binding = bound(person())
    binding = dataclasses.replace(binding, freedom=np.array([TURN, 18], np.float32))
    shift = (face_vertices(head.vertices, binding, motion(1, (yaw, 0)), 0, 1)[0] - head.vertices)[:, 0] * np.sign(yaw)
    r = np.hypot(*(head.vertices - CENTRE).T)
    assert shift[r < 6].min() > 0.12 * RADIUS
    assert shift[r < 6].mean() > 1.3 * shift[(r > 20) & (r < 28)].mean()
    most = face_vertices(head.vertices, binding, motion(1, (80 * np.sign(yaw), 0)), 0, 1)[0] - head.vertices
    assert np.abs(most[:, 0]).max() < (RADIUS * 1.6) * np.sin(np.radians(TURN)), "it never turns further than it can"


def test_the_mouth_stays_within_the_lips_and_opens_with_them() -> None:
    performer = person()
    head, binding = bound(performer)
    moves = motion(5, opening=8)
    mouth = mouth_of(performer, head, binding, moves)
    assert mouth is not None
    placed = mouth_vertices(mouth, moves, 0, 5)
    lips = performer.face[list(LIPS_INNER), :2] + moves.displacement[:, list(LIPS_INNER)]  # type: ignore[index]
    for t in range(5):
        assert (placed[t].min(axis=0) >= lips[t].min(axis=0) - 0.01).all()
        assert (placed[t].max(axis=0) <= lips[t].max(axis=0) + 0.01).all()
    height = np.ptp(placed[:, :4, 1], axis=1)
    assert height[-1] == pytest.approx(8 + 0.6, abs=0.1) and height[0] < 0.7
    shown = lips_opacity(performer, moves, mouth, 5)
    assert shown[0] == 1 and shown[-1] == 0


def test_no_mouth_is_drawn_for_lips_that_stay_shut_or_show_teeth_already() -> None:
    head, binding = bound(person())
    assert mouth_of(person(), head, binding, motion()) is None
    smiling = person(gap=4.0)
    head, binding = bound(smiling)
    assert mouth_of(smiling, head, binding, motion(opening=8)) is None


def test_the_photo_fills_the_hole_between_the_lips() -> None:
    performer = person(gap=5.0)
    puppet = make_puppet(performer, None)
    names = [p.name for p in puppet.parts]
    assert names.index(LIPS) + 1 == names.index("head") and "mouth" not in names
    part = puppet.parts[names.index(LIPS)]
    head = next(p for p in performer.parts if p.name == "head")
    edge, triangles = between_lips(head)
    a, b, c = (part.uv[triangles[:, k]] for k in range(3))
    area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum() / 2
    ring = head.vertices[edge]
    x, y = ring.T
    assert area == pytest.approx(abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2, rel=1e-3)
    assert part_opacity(puppet, performer, None, np.ones(4, np.float32)).min() == 1


def test_a_line_covers_the_edge_of_the_lips_and_is_rounder_than_it() -> None:
    performer = person()
    head, binding = bound(performer)
    moves = motion(2, opening=14)
    displacement = np.zeros((2, 478, 2), np.float32)
    displacement[1, list(LIPS_INNER[:11]), 1] = 14 * np.sin(np.linspace(0, np.pi, 11))
    moves = dataclasses.replace(moves, displacement=displacement)
    mouth = mouth_of(performer, head, binding, moves)
    assert mouth is not None
    line = lip_line_of(performer, head, mouth)
    placed = lip_line_vertices(line, moves, 0, 2)[-1].reshape(-1, 2, 2)
    assert len(placed) * 2 == len(line.part.uv) == len(line.weights) and np.array_equal(placed[0], placed[-1])
    lips = performer.face[list(LIPS_INNER), :2] + moves.displacement[-1, list(LIPS_INNER)]  # type: ignore[index]
    hole = lips.astype(np.float32)[:, None]

    def inside(points: Float32) -> Float32:
        return np.array([cv2.pointPolygonTest(hole, (float(x), float(y)), True) for x, y in points], np.float32)

    across = np.stack([inside(placed[:, 0]), inside(placed[:, 1])])
    straight = np.arange(across.shape[1]) % 40 % 37 > 3
    assert across[0, straight].max() < 0 < across[1, straight].min(), "one side on the lip, the other in the mouth"
    corner = np.abs(np.diff(np.unwrap(np.arctan2(*np.diff(placed.mean(axis=1), axis=0).T[::-1]))))
    edges = np.diff(np.concatenate([lips, lips[:1]]), axis=0)
    sharp = np.abs(np.diff(np.unwrap(np.arctan2(edges[:, 1], edges[:, 0]))))
    assert np.median(corner) < 0.5 * np.median(sharp)


def test_the_line_shows_only_while_the_mouth_is_open() -> None:
    performer = person()
    moves = motion(5, opening=8)
    puppet = make_puppet(performer, moves)
    names = [p.name for p in puppet.parts]
    opacity = part_opacity(puppet, performer, moves, np.ones(5, np.float32))
    assert opacity[0, names.index(LIP_LINE)] == 0 and opacity[-1, names.index(LIP_LINE)] == 1
    assert LIP_LINE not in [p.name for p in make_puppet(performer, motion()).parts]
