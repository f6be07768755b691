"""The puppet stage as a whole: what it hands over, and that workers never change it."""

from __future__ import annotations

import dataclasses
import resource
from pathlib import Path

import numpy as np
import pytest

from components.animate.puppet.puppet import make_puppet, moves_of
from components.animate.puppet.shadow import ELLIPSES
from components.animate.puppet.stage import CHUNK, PuppetSettings, lit, write_positions
from components.animate.puppet.stage import run as animate
from components.core import (
    FaceMotions,
    LayerStack,
    MeshLayer,
    ProceduralLayer,
    Progress,
    StageContext,
    TroupeError,
    load,
    save,
)
from tests import puppet_samples as samples

FRAMES = CHUNK + 9


def perform(folder: Path, workers: int = 1, **changes: object) -> LayerStack:
    folder.mkdir(exist_ok=True)
    cast = samples.cast(folder, samples.performer(0, -60), samples.performer(1, 60))
    moves = samples.waving(FRAMES)
    first = dataclasses.replace(samples.dance(moves - np.array([60, 0, 0], np.float32)), **changes)  # type: ignore[arg-type]
    second = samples.dance(moves + np.array([60, 0, 0], np.float32), 1, 50.0)
    return animate(
        cast,
        samples.ensemble(first, second),
        FaceMotions(()),
        samples.scene(cast, 2.0),
        settings=PuppetSettings(),
        context=StageContext(folder, workers=workers),
    )


def meshes(stack: LayerStack) -> list[MeshLayer]:
    return [layer for layer in stack.layers if isinstance(layer, MeshLayer)]


def test_one_layer_a_performer_and_a_shadow_below_them(tmp_path: Path) -> None:
    stack = perform(tmp_path)
    shadow = stack.layers[0]
    assert isinstance(shadow, ProceduralLayer) and shadow.name == "contact_shadow"
    feet = np.load(str(shadow.parameters["feet"]))
    assert feet.shape == (FRAMES, 2 * ELLIPSES, 6) and feet.dtype == np.float32
    sole = 2.0 * samples.FLOOR
    assert np.abs(feet[0, :4, 1] - sole).max() < 60, "px of the video's frame, near the floor"
    for layer in meshes(stack):
        assert layer.z.min() > shadow.z >= 0 and layer.z.max() < 1000
        positions = np.load(layer.positions, mmap_mode="r")
        assert positions.shape == (FRAMES, sum(len(p.uv) for p in layer.parts), 2)
        assert layer.transform[0][0] == 2.0
        assert [p.name for p in layer.parts] == [p.name for p in samples.performer().parts]


def test_workers_do_not_change_a_vertex(tmp_path: Path) -> None:
    one, three = perform(tmp_path / "one"), perform(tmp_path / "three", 3)
    for a, b in zip(meshes(one), meshes(three), strict=True):
        assert np.array_equal(np.load(a.positions), np.load(b.positions))


def test_it_can_be_stored_and_moved(tmp_path: Path) -> None:
    stack = perform(tmp_path / "a")
    save(stack, tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    again = load(LayerStack, tmp_path / "b")
    assert "/b/" in meshes(again)[0].positions
    assert np.load(meshes(again)[1].positions).shape[0] == FRAMES
    assert Path(str(again.layers[0].parameters["feet"])).exists()  # type: ignore[union-attr]


def test_a_performer_fades_while_the_dancer_is_away(tmp_path: Path) -> None:
    present = np.ones(FRAMES, bool)
    present[30:60] = False
    opacity = meshes(perform(tmp_path, present=present))[0].opacity[:, 0]
    assert opacity[0] == opacity[-1] == 1 and opacity[40:50].max() == 0
    assert np.abs(np.diff(opacity)).max() < 0.3
    assert meshes(perform(tmp_path))[0].opacity.min() == 1


def test_it_stops_when_told_to(tmp_path: Path) -> None:
    def stop(_: Progress) -> None:
        raise TroupeError("cancelled", "Stopped.")

    cast = samples.cast(tmp_path, samples.performer())
    ensemble = samples.ensemble(samples.dance(samples.waving(200)))
    with pytest.raises(TroupeError, match="Stopped"):
        animate(
            cast,
            ensemble,
            FaceMotions(()),
            samples.scene(cast),
            settings=PuppetSettings(),
            context=StageContext(tmp_path, stop, 2),
        )


def test_the_scene_lights_the_performer_and_white_light_changes_nothing(tmp_path: Path) -> None:
    puppet = make_puppet(samples.performer(), None)
    scene = samples.scene(samples.cast(tmp_path, samples.performer()))
    assert lit(puppet, scene, 1.0) is puppet
    red = lit(puppet, dataclasses.replace(scene, light=(255, 128, 0)), 1.0)
    for before, after in zip(puppet.parts, red.parts, strict=True):
        assert np.array_equal(after.texture[..., [0, 3]], before.texture[..., [0, 3]])
        assert after.texture[..., 1].max() < 0.5 * before.texture[..., 1].max()
        assert after.texture[..., 2].max() == 0


def test_a_full_disk_is_a_refusal(tmp_path: Path) -> None:
    puppet = make_puppet(samples.performer(), None)
    moves = moves_of(samples.performer(), samples.dance(samples.waving(100)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(TroupeError) as refusal:
            write_positions(tmp_path / "p.npy", puppet, moves, None, 2, lambda _: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refusal.value.code == "disk_full"


def test_a_dancer_who_comes_nearer_is_larger_in_every_direction(tmp_path: Path) -> None:
    near = np.linspace(1.0, 1.6, FRAMES).astype(np.float32)
    joints = samples.waving(FRAMES)
    steady, grown = samples.dance(joints), dataclasses.replace(samples.dance(joints * near[:, None, None]), scale=near)
    puppet = make_puppet(samples.performer(), None)
    for number, choreography in enumerate((steady, grown)):
        moves = moves_of(samples.performer(), choreography)
        write_positions(tmp_path / f"{number}.npy", puppet, moves, None, 1, lambda _: None)
    as_far, as_near = (np.load(tmp_path / f"{number}.npy") for number in (0, 1))
    assert np.allclose(as_near, as_far * near[:, None, None], atol=0.01)
