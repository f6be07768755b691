"""The place behind people: cuts that cost least, pieces whose lines go on, shadows that leave with their people."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from components.core import Bool, UInt8
from components.figure.render import render_frame
from components.figure.room import ROOMS
from components.figure.scene import draw_photo
from components.portray.anatomy import measure
from components.portray.blend import level_seams
from components.portray.graphcut import minimum_cut
from components.portray.montage import montage_fill
from components.portray.plate import clean_plate
from components.portray.shadow import cast_shadows


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_costs_what_the_greatest_flow_carries(seed: int) -> None:
    generator = np.random.default_rng(seed)
    height, width = 9 + 8 * seed, 14
    index = np.arange(height * width).reshape(height, width)
    pairs = np.concatenate(
        [
            np.stack([index[:, :-1], index[:, 1:]], -1).reshape(-1, 2),
            np.stack([index[:-1], index[1:]], -1).reshape(-1, 2),
        ]
    )
    tail, head = pairs.reshape(-1), pairs[:, ::-1].reshape(-1)
    room = generator.integers(0, 20, len(head)).astype(np.float32)
    excess = generator.integers(-30, 30, index.size).astype(np.float32)
    arcs = np.argsort(tail, kind="stable").astype(np.int32)
    first = np.searchsorted(tail[arcs], np.arange(index.size + 1)).astype(np.int32)
    taken = minimum_cut(first, arcs, head.astype(np.int32), room.copy(), excess.copy())
    cost = room[~taken[tail] & taken[head]].sum() + excess[taken & (excess > 0)].sum()
    cost -= excess[~taken & (excess < 0)].sum()
    source, sink = np.flatnonzero(excess > 0), np.flatnonzero(excess < 0)
    rows = np.concatenate([tail, np.full(len(source), index.size), sink])
    columns = np.concatenate([head, source, np.full(len(sink), index.size + 1)])
    values = np.concatenate([room, excess[source], -excess[sink]]).astype(np.int32)
    graph = csr_matrix((values, (rows, columns)), shape=(index.size + 2, index.size + 2))
    assert cost == maximum_flow(graph, index.size, index.size + 1).flow_value


def _wall() -> tuple[UInt8, Bool]:
    """A wall with a rail and a floor line under light that falls off to the right, and a hole over both."""
    y, x = np.mgrid[:420, :640].astype(np.float32)
    grey = np.where(y < 300, 190.0, 120.0)
    grey = np.where(np.abs(y - 180) < 5, 240.0, grey) * (1 - 0.25 * x / 640)
    wall = np.repeat(grey[..., None], 3, axis=2) + np.random.default_rng(2).normal(0, 3, (420, 640, 1))
    hole = ((x - 320) / 70) ** 2 + ((y - 240) / 150) ** 2 < 1
    return np.clip(wall, 0, 255).astype(np.uint8), hole


def test_rails_light_and_grain_go_on_behind_a_hole() -> None:
    wall, hole = _wall()
    broken = wall.copy()
    broken[hole] = (10, 220, 10)
    out = montage_fill(broken, hole)
    assert np.array_equal(out[~hole], wall[~hole])
    assert np.array_equal(out, montage_fill(broken, hole))
    off = np.abs(out.astype(float) - wall)[hole].max(axis=-1)
    smeared = np.abs(cv2.inpaint(broken, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA).astype(float) - wall)[hole].max(
        axis=-1
    )
    assert (off > 20).mean() < 0.01 < 0.05 < (smeared > 20).mean()
    flat = hole & (np.mgrid[:420, :640][0] < 165)
    grain = out[flat].astype(float)[:, 0] - cv2.GaussianBlur(out, (0, 0), 5)[flat].astype(float)[:, 0]
    assert 2.0 < grain.std() < 4.0


def test_light_that_differs_is_spread_and_things_keep_their_edge() -> None:
    image = np.full((60, 80, 3), 0.5, np.float32)
    image[:, 40:] = 0.58
    hole = np.zeros((60, 80), bool)
    hole[20:40, 30:50] = True
    shift = np.zeros((60, 80, 2), np.int32)
    shift[hole] = (0, -20)
    out = level_seams(image, hole, shift)
    assert np.array_equal(out[~hole], image[~hole])
    across = out[30, 28:52, 0]
    assert np.abs(np.diff(across)).max() < 0.02 < out[30, 49, 0] - out[30, 30, 0]
    image[:, 50:] = 0.0
    assert level_seams(image, hole, shift)[30, 46, 0] > 0.4


def test_a_hole_without_anything_around_it_or_none_at_all() -> None:
    picture = np.full((30, 40, 3), 90, np.uint8)
    everywhere = np.ones((30, 40), bool)
    assert np.array_equal(montage_fill(picture, everywhere), picture)
    assert np.array_equal(montage_fill(picture, ~everywhere), picture)
    nearly = everywhere.copy()
    nearly[3, 4] = False
    assert np.array_equal(montage_fill(picture, nearly), picture)


@pytest.fixture(scope="module")
def loft() -> tuple[UInt8, UInt8, Bool, np.ndarray]:  # type: ignore[type-arg]
    """A dancer in a room, the empty room, and where the dancer is."""
    size = (360, 480)
    rgb, truth = draw_photo("kofi", "hands_on_hips", size, room="loft", threads=1)
    empty = render_frame([], ROOMS["loft"], truth.camera, size, threads=1).rgb
    assert truth.mattes is not None
    return rgb, empty, truth.mattes[0, 0] > 0, truth.joints2d[0, 0]


def test_the_shadow_of_a_dancer_leaves_with_him(loft: tuple[UInt8, UInt8, Bool, np.ndarray]) -> None:  # type: ignore[type-arg]
    rgb, empty, people, joints = loft
    body = _body(joints)
    dark = (empty.astype(int) - rgb).max(axis=-1) > 20
    found = cast_shadows(rgb, people, [body]) | cv2.dilate(people.astype(np.uint8), np.ones((9, 9))) > 0
    assert (dark & ~people).sum() > 500
    assert found[dark & ~people].mean() > 0.9
    assert found.mean() < 0.4


def test_the_plate_of_a_rendered_room_is_nearer_to_it_than_a_smear(
    loft: tuple[UInt8, UInt8, Bool, np.ndarray],  # type: ignore[type-arg]
) -> None:
    rgb, empty, people, joints = loft
    plate, hole = clean_plate(rgb, people, [_body(joints)])
    assert np.array_equal(plate[~hole], rgb[~hole])
    smear = cv2.inpaint(rgb, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    error, worse = (float(np.mean((p[hole].astype(float) - empty[hole]) ** 2)) for p in (plate, smear))
    assert error < 0.6 * worse


def _body(joints: np.ndarray):  # type: ignore[type-arg,no-untyped-def]
    xyz = np.concatenate([joints, np.zeros((33, 1))], axis=1).astype(np.float32)
    world = (xyz - xyz[23:25].mean(axis=0)) / 100
    return measure(xyz, world.astype(np.float32), np.ones(33, np.float32))
