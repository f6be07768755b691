"""The rasteriser against what a textured, half-transparent or shrunken mesh must look like."""

from __future__ import annotations

import numpy as np
import pytest

from components.compose.colour import planes_of, to_yuv420
from components.compose.picture import place, prefilter, premultiplied
from components.compose.raster import blend, draw_mesh, packed
from components.core import Float32, Int32, UInt8


def grid(width: int, height: int, cell: int) -> tuple[Float32, Int32]:
    xs, ys = np.arange(0, width + 1, cell, dtype=np.float32), np.arange(0, height + 1, cell, dtype=np.float32)
    vertices = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    i, j = (a.ravel() for a in np.mgrid[0 : len(ys) - 1, 0 : len(xs) - 1])
    a = i * len(xs) + j
    triangles = np.concatenate(
        [np.stack([a, a + 1, a + len(xs)], 1), np.stack([a + 1, a + len(xs) + 1, a + len(xs)], 1)]
    )
    return vertices, triangles.astype(np.int32)


def draw(frame: UInt8, texture: UInt8, uv: Float32, positions: Float32, triangles: Int32, opacity: int = 256) -> Int32:
    bounds = np.array([9999, 9999, 0, 0], np.int32)
    draw_mesh(frame, *packed(texture, uv), positions.astype(np.float32), triangles, opacity, bounds)
    return bounds


def test_a_mesh_at_rest_shows_its_texture_exactly() -> None:
    texture = np.random.default_rng(0).integers(0, 256, (41, 31, 4), dtype=np.uint8)
    texture[..., 3] = 255
    uv, triangles = grid(30, 40, 5)
    frame = np.zeros((60, 50, 3), np.uint8)
    draw(frame, texture, uv, uv + np.array([7, 9], np.float32), triangles)
    # The last row and column of centres lie on the mesh's own edge, which belongs to the next mesh.
    assert np.array_equal(frame[9:49, 7:37], texture[:40, :30, :3])
    assert frame[:9].max() == frame[:, :7].max() == frame[50:].max() == 0


def test_every_pixel_of_a_distorted_mesh_is_blended_once() -> None:
    uv, triangles = grid(60, 60, 6)
    rng = np.random.default_rng(1)
    inner = np.asarray((uv > 0).all(axis=1) & (uv < 60).all(axis=1))
    positions = uv + np.where(inner[:, None], rng.uniform(-2.4, 2.4, uv.shape), 0)
    texture = np.empty((61, 61, 4), np.uint8)
    texture[:] = (100, 50, 0, 128)
    frame = np.full((80, 80, 3), 200, np.uint8)
    draw(frame, texture, uv, positions + 10, triangles)
    inside = frame[11:69, 11:69].reshape(-1, 3)
    expected = np.round(np.array([100, 50, 0]) + 200 * (127 / 255))
    assert np.abs(inside - expected).max() <= 1
    assert len(np.unique(inside, axis=0)) == 1


def test_a_flipped_mesh_is_drawn_too() -> None:
    texture = np.full((11, 11, 4), 255, np.uint8)
    uv, triangles = grid(10, 10, 5)
    frame = np.zeros((20, 20, 3), np.uint8)
    draw(frame, texture, uv, np.stack([15 - uv[:, 0], uv[:, 1] + 3], 1), triangles)
    assert frame[5, 8].tolist() == [255, 255, 255]


def test_opacity_mixes_and_bounds_hold_what_was_drawn() -> None:
    texture = np.full((11, 11, 4), 255, np.uint8)
    uv, triangles = grid(10, 10, 5)
    frame = np.zeros((20, 20, 3), np.uint8)
    bounds = draw(frame, texture, uv, uv + 4, triangles, 128)
    assert bounds.tolist() == [4, 4, 14, 14]
    assert abs(int(frame[6, 6, 0]) - 127) <= 1


@pytest.mark.parametrize("shift", [(-1000, 0), (0, 1000), (-5, -5), (15, 17)])
def test_a_mesh_may_leave_the_frame(shift: tuple[int, int]) -> None:
    texture = np.full((11, 11, 4), 255, np.uint8)
    uv, triangles = grid(10, 10, 5)
    frame = np.zeros((20, 20, 3), np.uint8)
    draw(frame, texture, uv, uv + np.array(shift), triangles)
    y, x = np.mgrid[0:20, 0:20]
    inside = (x >= shift[0]) & (x < shift[0] + 10) & (y >= shift[1]) & (y < shift[1] + 10)
    assert np.array_equal(frame[..., 0] == 255, inside)


def test_vertices_outside_the_texture_are_transparent_there() -> None:
    texture = np.full((10, 10, 4), 255, np.uint8)
    uv, triangles = grid(30, 30, 10)
    frame = np.zeros((40, 40, 3), np.uint8)
    draw(frame, texture, uv - 10, uv, triangles)
    assert frame[15, 15, 0] == 255
    assert frame[5, 5, 0] == frame[25, 25, 0] == 0


def test_a_fine_pattern_shown_small_turns_grey_instead_of_shimmering() -> None:
    texture = np.empty((200, 200, 4), np.uint8)
    texture[:] = 255
    texture[:, ::2, :3] = 0
    uv = np.array([[0, 0], [199, 0], [0, 199], [199, 199]], np.float32)
    small, moved = prefilter(texture, uv, 0.25)
    triangles = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    shimmer = []
    for source, at in ((small, moved), (texture, uv)):
        frames = np.zeros((9, 60, 60, 3), np.uint8)
        for i, frame in enumerate(frames):
            draw(frame, source, at, uv * 0.25 + 3 + i / 9, triangles)
        shimmer.append(frames[:, 10:45, 10:45].astype(float).std(axis=0).mean())
        if source is small:
            assert abs(frames[:, 10:45, 10:45].mean() - 127) < 3
    assert shimmer[0] < 0.35 * shimmer[1]


def test_a_picture_moved_by_whole_px_keeps_its_pixels() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    placed = place(premultiplied(rgb), ((1.0, 0.0, 4.0), (0.0, 1.0, 2.0)), 50, 40)
    assert np.array_equal(placed[2:22, 4:34, :3], rgb)
    assert placed[0].max() == 0


def test_blend_over() -> None:
    frame = np.full((1, 3, 3), 100, np.uint8)
    picture = np.array([[[0, 0, 0, 0], [9, 8, 7, 255], [50, 0, 0, 128]]], np.uint8)
    blend(frame, picture)
    assert frame.tolist() == [[[100, 100, 100], [9, 8, 7], [100, 50, 50]]]


def test_planes_follow_bt709_and_only_the_rectangle_is_touched() -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    planes = planes_of(24, 16)
    to_yuv420(rgb, *planes, 4, 2, 15, 9)
    r, g, b = (rgb[..., c].astype(float) for c in range(3))
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b

    def halved(
        a: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        return a.reshape(8, 2, 12, 2).mean(axis=(1, 3))

    expected = (
        16 + y * 219 / 255,
        128 + halved((b - y) / 1.8556) * 224 / 255,
        128 + halved((r - y) / 1.5748) * 224 / 255,
    )
    for k, (plane, want) in enumerate(zip(planes, expected, strict=True)):
        box = np.s_[2:10, 4:16] if k == 0 else np.s_[1:5, 2:8]
        assert np.abs(plane[box] - want[box]).max() < 0.52
        outside = np.ones(plane.shape, bool)
        outside[box] = False
        assert (plane[outside] == (16 if k == 0 else 128)).all()
