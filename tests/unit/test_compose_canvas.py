"""Layers of all kinds in one frame: paint order, opacity, still plates that stay still."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from components.animate.puppet.stage import PuppetSettings
from components.animate.puppet.stage import run as animate
from components.compose.canvas import draw_frames
from components.compose.painters import PAINTERS, painter
from components.compose.timeline import fingerprint, timeline_of
from components.core import (
    ClipLayer,
    Dance,
    FaceMotions,
    LayerStack,
    MeshLayer,
    MeshPart,
    Shot,
    StageContext,
    StillLayer,
    Timeline,
    TroupeError,
    Uri,
)
from components.media import VideoWriter, write_picture
from tests import puppet_samples as samples


def square(
    folder: Path, name: str, colour: tuple[int, int, int], x: float, z: list[float], opacity: float = 1
) -> MeshLayer:
    """A 10 x 10 square at (x, 5), one frame a z."""
    texture = np.empty((11, 11, 4), np.uint8)
    texture[:] = (*colour, 255)
    uv = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], np.float32)
    part = MeshPart(name, texture, uv, np.array([[0, 1, 2], [1, 3, 2]], np.int32))
    positions = np.repeat((uv + np.array([x, 5], np.float32))[None], len(z), axis=0)
    path = folder / f"{name}.npy"
    np.save(path, positions.astype(np.float32))
    order = np.array(z, np.float32)[:, None]
    return MeshLayer((part,), Uri(str(path)), order, np.full_like(order, opacity))


def timeline(*layers: object, frames: int = 2) -> Timeline:
    return Timeline(40, 20, Fraction(30), (Shot(0, frames, layers),), None)  # type: ignore[arg-type]


def test_parts_of_all_layers_are_painted_in_rising_z_frame_by_frame(tmp_path: Path) -> None:
    red = square(tmp_path, "red", (255, 0, 0), 5, [10, 30])
    blue = square(tmp_path, "blue", (0, 0, 255), 10, [20, 20])
    first, second = draw_frames(timeline(red, blue, StillLayer(None, (0, 9, 0), -1.0)))
    assert first[10, 12].tolist() == [0, 0, 255] and second[10, 12].tolist() == [255, 0, 0]
    assert first[0, 0].tolist() == [0, 9, 0]


def test_opacity_zero_is_not_there(tmp_path: Path) -> None:
    frames = list(draw_frames(timeline(square(tmp_path, "gone", (255, 0, 0), 5, [1, 1], 0.0))))
    assert frames[0].max() == 0


def test_a_foreground_picture_lies_over_all_parts_and_is_see_through_where_empty(tmp_path: Path) -> None:
    picture = np.zeros((20, 40, 4), np.uint8)
    picture[:, :10] = (0, 255, 0, 255)
    write_picture(tmp_path / "front.png", picture)
    layers = (
        square(tmp_path, "red", (255, 0, 0), 5, [1]),
        StillLayer(Uri(str(tmp_path / "front.png")), (9, 9, 9), 1100.0),
    )
    (frame,) = draw_frames(timeline(*layers, frames=1))
    assert frame[10, 8].tolist() == [0, 255, 0] and frame[10, 12].tolist() == [255, 0, 0]
    assert frame[10, 30].tolist() == [0, 0, 0]


def test_a_clip_layer_with_a_matte_starts_at_the_asked_frame(tmp_path: Path) -> None:
    for name, pix_fmt in (("colour", None), ("matte", "gray")):
        with VideoWriter(tmp_path / f"{name}.mkv", 40, 20, Fraction(30), codec="ffv1", pix_fmt=pix_fmt) as writer:
            for t in range(4):
                frame = np.zeros((20, 40), np.uint8)
                frame[:, 10 * t : 10 * t + 10] = 255
                rgb = np.dstack([frame, np.zeros_like(frame), np.zeros_like(frame)])
                writer.write(frame if pix_fmt else rgb)
    layer = ClipLayer(Uri(str(tmp_path / "colour.mkv")), Uri(str(tmp_path / "matte.mkv")), 5.0)
    plan = timeline(StillLayer(None, (0, 0, 70), -1.0), layer, frames=4)
    whole = list(draw_frames(plan))
    assert whole[2][5, 25].tolist() == [255, 0, 0] and whole[2][5, 5].tolist() == [0, 0, 70]
    assert np.array_equal(next(iter(draw_frames(plan, 3, 1))), whole[3])


def test_a_still_plate_changes_by_nothing_outside_performer_and_shadow(tmp_path: Path) -> None:
    cast = samples.cast(tmp_path, samples.performer())
    ensemble = samples.ensemble(samples.dance(samples.waving(24)))
    scene = samples.scene(cast)
    stack = animate(cast, ensemble, FaceMotions(()), scene, settings=PuppetSettings(), context=StageContext(tmp_path))
    dance = Dance(10, 10, Fraction(30), 24, None, None, (), None)
    (plate,) = draw_frames(timeline_of(scene, LayerStack(()), ensemble, dance), 0, 1)
    ellipses = np.load(tmp_path / "feet.npy")
    mesh = stack.layers[1]
    assert isinstance(mesh, MeshLayer)
    positions = np.load(mesh.positions)
    y, x = np.mgrid[0 : samples.HEIGHT, 0 : samples.WIDTH]
    moved = 0
    for t, frame in enumerate(draw_frames(timeline_of(scene, stack, ensemble, dance))):
        low, high = positions[t].min(axis=0) - 1, positions[t].max(axis=0) + 1
        inside = (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])
        for cx, cy, rx, ry, _, slope in ellipses[t]:
            inside |= ((x - cx) / rx) ** 2 + ((y - cy - slope * (x - cx)) / ry) ** 2 <= 1
        assert np.array_equal(frame[~inside], plate[~inside])
        moved += int((frame != plate).any())
    assert moved == 24


def test_frames_do_not_depend_on_where_drawing_begins(tmp_path: Path) -> None:
    cast = samples.cast(tmp_path, samples.performer())
    ensemble = samples.ensemble(samples.dance(samples.waving(12)))
    scene = samples.scene(cast)
    stack = animate(cast, ensemble, FaceMotions(()), scene, settings=PuppetSettings(), context=StageContext(tmp_path))
    plan = timeline_of(scene, stack, ensemble, Dance(10, 10, Fraction(30), 12, None, None, (), None))
    whole = list(draw_frames(plan))
    for start in (5, 11):
        assert np.array_equal(next(iter(draw_frames(plan, start, 1))), whole[start])


def test_the_fingerprint_sees_a_changed_file_and_nothing_else(tmp_path: Path) -> None:
    layer = square(tmp_path, "red", (255, 0, 0), 5, [1, 1])
    before = fingerprint(timeline(layer))
    assert fingerprint(timeline(layer)) == before
    np.save(tmp_path / "red.npy", np.load(tmp_path / "red.npy") + 1)
    assert fingerprint(timeline(layer)) != before


def test_every_named_painter_exists() -> None:
    for name in PAINTERS:
        assert callable(painter(name).paint)
    with pytest.raises(TroupeError, match="no painter named 'moon'"):
        painter("moon")
