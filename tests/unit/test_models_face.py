"""What a face does is measured in the head's own frame."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from components.core import EXPRESSIONS, Float32
from components.models import face_mesh
from components.models.face import (
    _INDEX,
    _SHAPE,
    MEASURES,
    POPULATION,
    expression_coefficients,
    expression_measures,
    head_angles,
    neutral_of_track,
    rotation_of,
)


def _face(**moved: float) -> Float32:
    """A face made of the rigid landmarks and, where expression is measured, of a mean face at rest. Unit: 100 px."""
    face = np.zeros((478, 3))
    face[_INDEX] = _SHAPE
    rest = dict(zip(MEASURES, POPULATION.values.astype(float), strict=True)) | moved
    nose = face[2]
    half = rest["mouth_width"] / 2
    face[61] = [-half, nose[1] + rest["corner_right"], 0.0]
    face[291] = [half, nose[1] + rest["corner_left"], 0.0]
    for upper, lower in ((82, 87), (13, 14), (312, 317)):
        face[upper] = [0.0, nose[1] + 0.25, -0.1]
        face[lower] = [0.0, nose[1] + 0.25 + rest["mouth_gap"], -0.1]
    face[152] = [0.0, nose[1] + rest["chin"], 0.0]
    eyes = {"right": ((160, 159, 158), (144, 145, 153), 33, 133), "left": ((387, 386, 385), (373, 374, 380), 263, 362)}
    for side, (uppers, lowers, outer, inner) in eyes.items():
        middle, width = (face[outer] + face[inner]) / 2, np.linalg.norm((face[outer] - face[inner])[:2])
        for a, b in zip(uppers, lowers, strict=True):
            face[a] = middle - np.array([0.0, rest[f"eye_{side}"] * width / 2, 0.0])
            face[b] = middle + np.array([0.0, rest[f"eye_{side}"] * width / 2, 0.0])
    for side, brow, inside in (("right", (105, 66, 63), (55, 107)), ("left", (334, 296, 293), (285, 336))):
        level = face[[33, 133] if side == "right" else [263, 362], 1].mean()
        face[list(brow), 1] = level - rest[f"brow_{side}"]
        face[list(inside), 1] = level - rest[f"brow_inner_{side}"]
    return (face * 100.0).astype(np.float32)


def _turned(face: Float32, yaw: float, pitch: float, roll: float) -> Float32:
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    about_nose = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    rotation = rotation_of(np.radians(yaw), np.radians(pitch)) @ about_nose
    return (face @ rotation.T + np.array([300.0, 200.0, 0.0])).astype(np.float32)


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (40, 0, 0), (0, 25, 0), (0, 0, -30), (-35, 15, 20)])
def test_angles_are_those_the_head_was_turned_by(yaw: float, pitch: float, roll: float) -> None:
    assert np.allclose(head_angles(_turned(_face(), yaw, pitch, roll)), [yaw, pitch, roll], atol=0.5)


def test_signs_of_the_angles() -> None:
    def nose_against_ears(turned: Float32) -> Float32:
        return turned[1] - (turned[234] + turned[454]) / 2

    assert nose_against_ears(_turned(_face(), 30, 0, 0))[0] > 10, "positive yaw: the nose points to the right"
    assert nose_against_ears(_turned(_face(), 0, 30, 0))[1] > nose_against_ears(_face())[1] + 10, "pitch: down"
    up = _turned(_face(), 0, 0, 30)[10] - _turned(_face(), 0, 0, 30)[152]
    assert up[0] > 10 and up[1] < 0, "positive roll: the head leans clockwise, its top to the right"


def test_a_face_at_rest_shows_nothing_however_it_is_turned() -> None:
    for angles in ((0, 0, 0), (25, 10, -15), (-30, -10, 20)):
        assert expression_coefficients(_turned(_face(), *angles)).max() < 0.05


@pytest.mark.parametrize(
    ("moved", "name"),
    [
        ({"mouth_gap": 0.4}, "jaw_open"),
        ({"mouth_width": 0.38}, "mouth_pucker"),
        ({"eye_right": 0.06}, "blink_right"),
        ({"eye_left": 0.06}, "blink_left"),
        ({"brow_right": 0.41, "brow_inner_right": 0.34}, "brow_up_right"),
        ({"brow_left": 0.23, "brow_inner_left": 0.18}, "brow_down_left"),
        ({"corner_left": 0.23, "mouth_width": 0.6}, "smile_left"),
    ],
)
@pytest.mark.parametrize("angles", [(0, 0, 0), (20, -10, 10)])
def test_each_expression_is_its_own_coefficient(
    moved: dict[str, float], name: str, angles: tuple[float, float, float]
) -> None:
    values = dict(zip(EXPRESSIONS, expression_coefficients(_turned(_face(**moved), *angles)), strict=True))
    assert values[name] > 0.6
    if name.startswith("blink"):
        assert values["blink_left" if name == "blink_right" else "blink_right"] < 0.05


def test_a_track_is_measured_against_its_own_rest() -> None:
    narrow = {"eye_left": 0.24, "eye_right": 0.24, "brow_left": 0.24, "brow_right": 0.24}
    track = np.stack([_face(**narrow)] * 30 + [_face(**(narrow | {"eye_left": 0.05, "eye_right": 0.05}))] * 3)
    values = expression_coefficients(track, neutral_of_track(track))
    blink = EXPRESSIONS.index("blink_left")
    assert values[:30].max() < 0.05
    assert values[30:, blink].min() > 0.9


def test_missing_faces_stay_missing() -> None:
    track = np.stack([_face(), np.full((478, 3), np.nan, np.float32)])
    assert np.isnan(head_angles(track)[1]).all() and np.isfinite(head_angles(track)[0]).all()
    assert np.isnan(expression_coefficients(track)[1]).all()
    assert expression_measures(track).shape == (2, len(MEASURES))


def test_the_mesh_is_closed_but_for_the_oval_and_wound_alike() -> None:
    groups = (
        face_mesh.FACE_TRIANGLES, face_mesh.MOUTH_TRIANGLES, face_mesh.LEFT_EYE_TRIANGLES,
        face_mesh.RIGHT_EYE_TRIANGLES,
    )  # fmt: skip
    directed = Counter((int(t[k]), int(t[(k + 1) % 3])) for g in groups for t in g for k in range(3))
    assert max(directed.values()) == 1
    open_edges = [e for e in directed if (e[1], e[0]) not in directed]
    assert {v for e in open_edges for v in e} == set(face_mesh.FACE_OVAL)
    holes = {(int(t[k]), int(t[(k + 1) % 3])) for t in face_mesh.FACE_TRIANGLES for k in range(3)}
    rim = {e for e in holes if (e[1], e[0]) not in holes}
    for ring in (face_mesh.LIPS_INNER, face_mesh.LEFT_EYE, face_mesh.RIGHT_EYE):
        assert set(ring) <= {v for e in rim for v in e}
