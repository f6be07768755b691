"""A folded arm drawn from two capsules of known colours, which must be whole when the arm is straightened."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter

from components.animate.puppet.bones import bone_matrices
from components.animate.puppet.folds import unfolded
from components.animate.puppet.order import folding_order
from components.animate.puppet.skinning import skin, split_spine
from components.compose.raster import draw_mesh, packed
from components.core import RIG, RIG_BONES, Bool, Float32, Part, UInt8
from tests import puppet_samples as samples

Float64 = npt.NDArray[np.float64]

NAMES = ("shoulder", "elbow", "wrist", "hand")
RADIUS, TORSO = 13.0, 130.0
FOLDED = np.array([(225, 200), (228, 280), (246, 202), (248, 185)], np.float32)
STRAIGHT = np.array([(225, 200), (305, 200), (385, 200), (402, 200)], np.float32)
ORIGIN = np.array([195, 150], np.float32)
UPPER, LOWER = (200, 60, 40), (50, 80, 210)
NO_HANDS = np.full((2, 21, 3), np.nan, np.float32)


def capsule(a: Float32, b: Float32, origin: Float32, width: int, height: int, radius: float = RADIUS) -> Float32:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    points, bone = np.stack([x, y], axis=-1) + origin - a, b - a
    along = np.clip(points @ bone / (bone @ bone), 0, 1)
    away = np.hypot(*np.moveaxis(points - along[..., None] * bone, -1, 0))
    return np.asarray(np.clip(radius - away + 0.5, 0, 1), np.float32)


def folded(hand: Float32 = FOLDED[3]) -> tuple[Part, Float32]:
    """An arm that goes down 80 px and comes back up beside and over itself, as one sheet; and its joints."""
    rest = samples.rest_joints()[:, :2].copy()
    for name, at in zip(NAMES, (*FOLDED[:3], hand), strict=True):
        rest[RIG.index(f"left_{name}")] = at
    base = next(p for p in samples.performer().parts if p.name == "left_arm")
    width, height = 90, 160
    texture: Float64 = np.zeros((height, width, 4))
    chain = (*FOLDED[:3], hand)
    for a, b, colour in ((0, 1, UPPER), (1, 2, LOWER), (2, 3, LOWER)):
        alpha = capsule(chain[a], chain[b], ORIGIN, width, height)[..., None]
        texture = texture * (1 - alpha) + np.array([*colour, 255]) * alpha
    xs, ys = ORIGIN[0] + np.arange(0, width + 6, 6), ORIGIN[1] + np.arange(0, height + 6, 6)
    vertices = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float32)
    i, j = (a.ravel() for a in np.mgrid[0 : len(ys) - 1, 0 : len(xs) - 1])
    a = i * len(xs) + j
    triangles = np.concatenate(
        [np.stack([a, a + 1, a + len(xs)], 1), np.stack([a + 1, a + len(xs) + 1, a + len(xs)], 1)]
    )
    weights = np.zeros((len(vertices), len(RIG_BONES)), np.float32)
    past = np.clip((vertices[:, 0] - 220) / 28, 0, 1)
    weights[:, RIG_BONES.index("left_upper_arm")] = 1 - past
    weights[:, RIG_BONES.index("left_forearm")] = past
    return dataclasses.replace(
        base,
        texture=texture.round().astype(np.uint8),
        origin=ORIGIN,
        vertices=vertices,
        triangles=triangles.astype(np.int32),
        weights=weights,
    ), rest


def drawn(part: Part, uv: Float32, rest: Float32, chain: Float32, width: int = 450, height: int = 330) -> UInt8:
    """(H, W, 3) the arm on green, its joints where the chain has them."""
    joints = rest[None].copy()
    for name, at in zip(NAMES, chain, strict=True):
        joints[0, RIG.index(f"left_{name}")] = at
    out = np.empty((1, len(part.vertices), 2), np.float32)
    skin(part.vertices[None], split_spine(part.weights, part.vertices, rest), bone_matrices(rest, joints), out)
    frame = np.zeros((height, width, 3), np.uint8)
    frame[:] = (0, 255, 0)
    triangles = folding_order(part.name, part.triangles, part.weights, False)
    texture = np.ascontiguousarray(part.texture)
    draw_mesh(frame, *packed(texture, uv), out[0], triangles, 256, np.array([9999, 9999, 0, 0], np.int32))
    return frame


def of_colour(frame: UInt8, colour: tuple[int, int, int]) -> Bool:
    return np.asarray(np.abs(frame.astype(int) - colour).max(axis=-1) < 40)


def test_a_straightened_arm_is_two_whole_tubes() -> None:
    part, rest = folded()
    frame = drawn(*unfolded(part, rest, NO_HANDS, TORSO), rest, STRAIGHT)
    origin = np.zeros(2, np.float32)
    inside = [capsule(STRAIGHT[k], STRAIGHT[k + 1], origin, 450, 330, RADIUS - 2.5) > 0.5 for k in (0, 1)]
    away = np.hypot(*(np.stack(np.meshgrid(np.arange(450), np.arange(330)), axis=-1) - STRAIGHT[1]).transpose(2, 0, 1))
    for mask, colour in zip(inside, (UPPER, LOWER), strict=True):
        assert of_colour(frame, colour)[mask & (away > 2.2 * RADIUS)].mean() > 0.97
    assert not of_colour(frame, (0, 255, 0))[inside[0] | inside[1]].any(), "no gap at the elbow"
    near = np.max([capsule(a, b, origin, 450, 330, RADIUS + 4) for a, b in itertools.pairwise(STRAIGHT)], axis=0)
    beside = ~of_colour(frame, (0, 255, 0)) & (near < 0.5)
    assert beside.sum() < 0.01 * (inside[0] | inside[1]).sum(), "no web and no shreds"


def test_at_rest_it_looks_as_in_the_photo() -> None:
    part, rest = folded()
    before = drawn(part, part.vertices - part.origin, rest, FOLDED)
    after = drawn(*unfolded(part, rest, NO_HANDS, TORSO), rest, FOLDED)
    apart = np.abs(before.astype(int) - after).max(axis=-1)
    edges = np.hypot(*np.gradient(before.astype(float), axis=(0, 1))).max(axis=-1) > 4
    inner = ~maximum_filter(edges, 5)
    assert inner.sum() > 0.95 * inner.size - 8 * edges.sum() and inner[of_colour(before, LOWER)].mean() > 0.5
    assert (apart[inner] > 24).sum() < 8
    assert (apart > 24).sum() < 0.06 * (~of_colour(before, (0, 255, 0))).sum()


def test_a_hand_on_the_shoulder_goes_with_its_forearm() -> None:
    on_shoulder = np.array([224, 196], np.float32)
    part, rest = folded(on_shoulder)
    hands = NO_HANDS.copy()
    hands[0, :, :2] = FOLDED[2] + np.linspace(0, 1, 21)[:, None] * (on_shoulder - FOLDED[2])
    hands[0, :, 2] = 0
    frame = drawn(*unfolded(part, rest, hands, TORSO), rest, STRAIGHT)
    left_behind = of_colour(frame, LOWER)[:, :260].sum()
    assert left_behind < 0.15 * np.pi * RADIUS**2


def test_weights_stay_weights_and_uv_stay_in_the_picture() -> None:
    part, rest = folded()
    apart, uv = unfolded(part, rest, NO_HANDS, TORSO)
    assert np.allclose(apart.weights.sum(axis=1), 1, atol=1e-5)
    height, width = apart.texture.shape[:2]
    assert uv.min() >= -0.5 and (uv.max(axis=0) <= (width - 0.5, height - 0.5)).all()
    assert apart.triangles.max() < len(apart.vertices) == len(uv)


@pytest.mark.parametrize("behind", [False, True])
def test_an_arm_that_is_not_folded_stays_as_it_is(behind: bool) -> None:
    rest = samples.rest_joints()[:, :2]
    for part in samples.performer().parts:
        same, uv = unfolded(part, rest, NO_HANDS, TORSO, behind)
        assert same is part
        assert np.array_equal(uv, part.vertices - part.origin)


@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(3, 60), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_limb_stays_drawable(seed: int, width: int, height: int, behind: bool) -> None:
    rng = np.random.default_rng(seed)
    part, rest = folded()
    alpha = np.zeros((height, width, 1), np.uint8)
    for x, y in rng.integers(0, (width, height), (seed % 4, 2)):
        alpha[y : y + height // 2 + 1, x : x + width // 2 + 1] = 255
    rgb = rng.integers(0, 256, (height, width, 3)) * (alpha > 0)
    part = dataclasses.replace(part, texture=np.concatenate([rgb, alpha], axis=-1).astype(np.uint8))
    for name in NAMES:
        rest[RIG.index(f"left_{name}")] = ORIGIN + rng.uniform(-0.5, 1.5, 2) * (width, height)
    hands = NO_HANDS.copy()
    hands[seed % 2, :, :2] = ORIGIN + rng.uniform(0, 1, (21, 2)) * (width, height)
    apart, uv = unfolded(part, rest, hands, float(rng.uniform(1, 200)), behind)
    assert len(apart.triangles) and apart.triangles.max() < len(apart.vertices) == len(uv)
    assert np.isfinite(uv).all() and np.allclose(apart.weights.sum(axis=1), 1, atol=1e-4)
