"""Backgrounds of every kind, and where the performers land."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from components.core import (
    RIG,
    RIG_BONES,
    BeatGrid,
    Cast,
    Choreography,
    Dance,
    Ensemble,
    Part,
    Performer,
    ProceduralLayer,
    Scene,
    StageContext,
    Still,
    StillLayer,
    TroupeError,
    Uri,
    load,
    save,
)
from components.scenery import presets
from components.scenery.presets import find_preset
from components.scenery.stage import ScenerySettings, run

# A standing person of unit height, crown at y = -1 and soles at y = 0: RIG joints.
_STANDING = {
    "pelvis": (0, -0.53), "chest": (0, -0.82), "head": (0, -0.93), "nose": (0, -0.91),
    "shoulder": (0.1, -0.82), "elbow": (0.13, -0.66), "wrist": (0.15, -0.5), "hand": (0.15, -0.45),
    "hip": (0.06, -0.53), "knee": (0.07, -0.28), "ankle": (0.07, -0.05), "heel": (0.07, -0.01), "toe": (0.09, -0.01),
}  # fmt: skip


def _joints(x: float, floor: float, stature: float) -> np.ndarray:
    out = np.zeros((len(RIG.joints), 3), np.float32)
    for i, name in enumerate(RIG.joints):
        side, _, joint = name.partition("_")
        sign = {"left": 1.0, "right": -1.0}.get(side, 1.0)
        dx, dy = _STANDING[joint or side]
        out[i, :2] = x + sign * dx * stature, floor + dy * stature
    return out


def _performer(index: int, x: float, floor: float, stature: float, size: tuple[int, int]) -> Performer:
    corners = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    weights = np.zeros((3, len(RIG_BONES)), np.float32)
    weights[:, 0] = 1
    torso = Part(
        "torso", np.zeros((2, 2, 4), np.uint8), np.zeros(2, np.float32), corners, np.array([[0, 1, 2]], np.int32),
        weights, 0.0,
    )  # fmt: skip
    return Performer(
        index,
        np.array([x - 0.2 * stature, floor - stature, x + 0.2 * stature, floor], np.float32),
        _joints(x, floor, stature),
        np.ones(22, np.float32),
        np.zeros((33, 3), np.float32),
        np.full((2, 21, 3), np.nan, np.float32),
        None,
        0.0,
        (torso,),
        np.array([200, 160, 140], np.uint8),
        np.zeros((size[1], size[0]), np.uint8),
    )


class Stand:
    """A photo of people who stand on a grey gradient, and a dance in which they sway sideways."""

    def __init__(self, folder: Path, size: tuple[int, int], people: list[tuple[float, float, float]], sway: float = 0):
        w, h = size
        ramp = np.linspace(20, 230, h, dtype=np.uint8)[:, None, None] + np.zeros((h, w, 3), np.uint8)
        ramp[:, :, 0] = np.linspace(0, 255, w).astype(np.uint8)[None]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / "plate.png"), ramp[..., ::-1])
        still = Still(Uri(str(folder / "plate.png")), w, h, "0")
        performers = tuple(_performer(i, *p, size) for i, p in enumerate(people))
        self.plate = ramp
        self.cast = Cast(still, still, performers)
        t = 60
        path = sway * np.sin(np.linspace(0, 4 * np.pi, t, dtype=np.float32))
        choreographies = []
        for i, p in enumerate(people):
            joints = np.repeat(_joints(*p)[None], t, axis=0)
            joints[:, :, 0] += path[:, None]
            root = np.zeros((t, 3), np.float32)
            root[:, 0], root[:, 1] = p[0] + path, p[1]
            choreographies.append(
                Choreography(
                    i,
                    i,
                    joints,
                    root,
                    np.zeros(t, np.float32),
                    np.ones((t, 2), bool),
                    np.ones(t, np.float32),
                    np.ones(t, bool),
                    np.full((t, 2, 21, 2), np.nan, np.float32),
                    Fraction(30),
                )
            )
        self.ensemble = Ensemble(Fraction(30), t, tuple(choreographies))
        beats = BeatGrid(np.arange(0.5, 2, 0.5, dtype=np.float32), np.array([0.5], np.float32), 120.0, 1.0)
        self.dance = Dance(w, h, Fraction(30), t, None, None, (), beats)

    def scene(self, workdir: Path, background: str, width: int, height: int, seed: int = 0) -> Scene:
        workdir.mkdir(parents=True, exist_ok=True)
        settings = ScenerySettings(background=background, width=width, height=height, seed=seed)
        return run(self.cast, self.dance, self.ensemble, settings=settings, context=StageContext(workdir))

    def drawn(self, scene: Scene) -> np.ndarray:
        """(T, P, 22, 2) joints in frame px."""
        (a, b, c), (d, e, f) = scene.placement
        xy = np.stack([c.joints[..., :2] for c in self.ensemble.choreographies], axis=1)
        return np.stack([a * xy[..., 0] + b * xy[..., 1] + c, d * xy[..., 0] + e * xy[..., 1] + f], axis=-1)


def _background(scene: Scene) -> np.ndarray:
    layer = scene.layers[0]
    assert isinstance(layer, StillLayer) and layer.picture is not None and layer.z < 0
    picture = cv2.imread(layer.picture)
    assert picture is not None
    return np.asarray(picture[..., ::-1])


def test_photo_of_the_frames_aspect_is_only_scaled(tmp_path: Path) -> None:
    # The dance leaves the photo on purpose: that must not move the photo.
    stand = Stand(tmp_path / "in", (360, 640), [(180, 600, 500)], sway=200)
    scene = stand.scene(tmp_path / "out", "original", 720, 1280)
    (a, b, c), (d, e, f) = scene.placement
    assert (a, b, d, e) == (2.0, 0.0, 0.0, 2.0)
    assert (c, f) == (0.5, 0.5)
    assert _background(scene).shape == (1280, 720, 3)


def test_equal_size_plate_is_untouched(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "in", (360, 640), [(180, 600, 500)])
    scene = stand.scene(tmp_path / "out", "original", 360, 640)
    np.testing.assert_array_equal(_background(scene), stand.plate)
    assert scene.placement == ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def test_landscape_photo_is_cropped_around_the_dancer(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "in", (1280, 720), [(1000, 690, 600)], sway=20)
    scene = stand.scene(tmp_path / "out", "original", 720, 1280)
    drawn = stand.drawn(scene)
    assert drawn[..., 0].min() > 0 and drawn[..., 0].max() < 720
    assert drawn[..., 1].min() > 0 and drawn[..., 1].max() < 1280
    assert scene.placement[0][0] == pytest.approx(1280 / 720, rel=0.01)


def test_placement_and_plate_agree(tmp_path: Path) -> None:
    """The pixel of the plate under a joint is the pixel that the photo has there: red says x, green says y."""
    stand = Stand(tmp_path / "in", (1280, 720), [(900, 690, 600)], sway=20)
    scene = stand.scene(tmp_path / "out", "original", 720, 1280)
    background = _background(scene)
    (a, _, c), (_, e, f) = scene.placement
    for x, y in ((800, 100), (900, 400), (1000, 650)):
        u, v = round(a * x + c), round(e * y + f)
        assert np.abs(background[v, u, :2].astype(int) - stand.plate[y, x, :2]).max() <= 2


def test_wide_dance_in_a_landscape_photo_is_shrunk_and_the_plate_continued(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "in", (1280, 720), [(640, 690, 600)], sway=400)
    scene = stand.scene(tmp_path / "out", "original", 720, 1280)
    drawn = stand.drawn(scene)
    assert drawn[..., 0].min() > 0 and drawn[..., 0].max() < 720
    background = _background(scene)
    # No bars: every row holds the photo's colours (red is a ramp from left to right in each).
    assert background[:, -1, 0].min() > background[:, 0, 0].max()
    assert background[..., 1].min() >= 3


def test_nothing_is_shown_below_legs_that_the_photo_cuts(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "in", (1280, 720), [(640, 719, 600)], sway=400)
    for background in ("original", "beach_sunset", "green"):
        scene = stand.scene(tmp_path / background, background, 720, 1280)
        (_, _, _), (_, e, f) = scene.placement
        assert e * 719.5 + f >= 1279


@pytest.mark.parametrize("size", [(720, 1280), (1080, 1080), (1280, 720)])
def test_group_stands_on_the_presets_floor(tmp_path: Path, size: tuple[int, int]) -> None:
    stand = Stand(tmp_path / "in", (1000, 1000), [(300, 900, 600), (500, 940, 640), (700, 900, 600)], sway=60)
    scene = stand.scene(tmp_path / "out", "retro_disco", *size)
    assert scene.floor == pytest.approx(0.9 * size[1], abs=2)
    drawn = stand.drawn(scene)
    assert drawn[..., 0].min() > 0 and drawn[..., 0].max() < size[0] and drawn[..., 1].min() > 0
    # Formation: distances keep their ratio, and both axes one scale.
    assert scene.placement[0][0] == pytest.approx(scene.placement[1][1], rel=0.01)
    layer = scene.layers[0]
    assert isinstance(layer, ProceduralLayer) and layer.parameters["beats"] == [0.5, 1.0, 1.5]
    save(scene, tmp_path / "out")
    assert load(Scene, tmp_path / "out").layers == scene.layers


def test_every_preset_has_a_painter(tmp_path: Path) -> None:
    from components.compose.painters import PAINTERS

    names = [p.name for p in presets()]
    assert len(set(names)) == 5
    assert {p.painter for p in presets()} <= set(PAINTERS)


@pytest.mark.parametrize("name", ["retro_disco", "Retro-Disco", "retro disco", "disco"])
def test_presets_are_found_by_any_spelling(name: str) -> None:
    found = find_preset(name)
    assert found is not None and found.painter == "disco"
    assert find_preset("disc") is None


def test_picture_fills_the_frame(tmp_path: Path) -> None:
    picture = np.zeros((300, 900, 3), np.uint8)
    picture[..., 2] = 200  # red, as OpenCV writes it
    cv2.imwrite(str(tmp_path / "wall.png"), picture)
    stand = Stand(tmp_path / "in", (600, 1000), [(300, 950, 800)])
    scene = stand.scene(tmp_path / "out", str(tmp_path / "wall.png"), 720, 1280)
    assert (_background(scene) == (200, 0, 0)).all()
    assert scene.light[0] > scene.light[1]


@pytest.mark.parametrize(
    ("name", "colour"), [("green", (0, 177, 64)), ("#ff8000", (255, 128, 0)), ("#0aF", (0, 170, 255))]
)
def test_colours(tmp_path: Path, name: str, colour: tuple[int, int, int]) -> None:
    stand = Stand(tmp_path / "in", (600, 1000), [(300, 950, 800)])
    (layer,) = stand.scene(tmp_path / "out", name, 720, 1280).layers
    assert isinstance(layer, StillLayer) and layer.picture is None and layer.colour == colour


def test_cut_out_photo_gets_a_studio(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "in", (360, 640), [(180, 600, 500)])
    transparent = np.zeros((640, 360, 4), np.uint8)
    cv2.imwrite(stand.cast.photo.uri, transparent)
    background = _background(stand.scene(tmp_path / "out", "original", 360, 640))
    assert background.min() > 150


def test_unknown_background_names_the_presets(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "in", (360, 640), [(180, 600, 500)])
    with pytest.raises(TroupeError) as refused:
        stand.scene(tmp_path / "out", "moon", 720, 1280)
    assert refused.value.code == "unknown_background"
    assert all(p.name in refused.value.message for p in presets())


def test_background_that_is_no_picture(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "in", (360, 640), [(180, 600, 500)])
    (tmp_path / "notes.png").write_text("not a picture")
    with pytest.raises(TroupeError) as refused:
        stand.scene(tmp_path / "out", str(tmp_path / "notes.png"), 720, 1280)
    assert refused.value.code == "unreadable_media"


@pytest.mark.parametrize(("width", "height"), [(721, 1280), (720, 1281), (2, 2), (720, 10000)])
def test_sizes_that_are_refused(tmp_path: Path, width: int, height: int) -> None:
    stand = Stand(tmp_path / "in", (360, 640), [(180, 600, 500)])
    with pytest.raises(TroupeError) as refused:
        stand.scene(tmp_path / "out", "green", width, height)
    assert refused.value.code == "invalid_setting"
