"""A drawn person, whose every pixel is known, is cut into parts and put together again."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from components.core import PARTS, RIG_BONES, Part, Performer, UInt8
from components.portray.anatomy import measure
from components.portray.despill import despill, keyed, screen_channel
from components.portray.masks import trimmed
from components.portray.person import cut_out
from components.portray.plate import clean_plate
from tests import portray_samples as samples
from tests.portray_samples import Drawn


def perform(drawn: Drawn, opacity: UInt8 | None = None) -> Performer:
    person = drawn.person
    body = measure(person.xyz, person.world, person.visibility)
    return cut_out(drawn.rgb, opacity, person, body, np.zeros(drawn.alpha.shape, bool), 0)


@pytest.fixture(scope="module")
def apart() -> tuple[Drawn, Performer]:
    """Arms beside the body."""
    drawn = samples.draw()
    return drawn, perform(drawn)


@pytest.fixture(scope="module")
def across() -> tuple[Drawn, Performer]:
    """The left hand lies on the belly."""
    drawn = samples.draw(left_hand=(205.0, 262.0))
    return drawn, perform(drawn)


def placed(part: Part, shape: tuple[int, ...]) -> UInt8:
    out = np.zeros((*shape[:2], 4), np.uint8)
    x, y = part.origin.astype(int)
    h, w = part.texture.shape[:2]
    out[y : y + h, x : x + w] = part.texture
    return out


def named(performer: Performer, name: str) -> Part:
    return next(p for p in performer.parts if p.name == name)


def test_the_matte_is_the_person(apart: tuple[Drawn, Performer]) -> None:
    drawn, performer = apart
    a, b = performer.matte > 127, drawn.alpha > 0.5
    assert (a & b).sum() / (a | b).sum() > 0.97


def test_white_shoes_stay(apart: tuple[Drawn, Performer]) -> None:
    drawn, performer = apart
    shoes = (np.abs(drawn.rgb.astype(int) - samples.SHOES).max(axis=-1) < 8) & (drawn.alpha > 0.99)
    assert shoes.sum() > 400
    assert (performer.matte[shoes] > 127).mean() > 0.97


@pytest.mark.parametrize("pose", ["apart", "across"])
def test_every_part_gets_its_own_pixels(pose: str, request: pytest.FixtureRequest) -> None:
    drawn, performer = request.getfixturevalue(pose)
    sure = drawn.alpha > 0.99
    for k, name in enumerate(PARTS):
        alpha = placed(named(performer, name), drawn.rgb.shape)[..., 3]
        assert (alpha[sure & (drawn.label == k)] > 127).mean() > 0.9, name


@pytest.mark.parametrize("pose", ["apart", "across"])
def test_at_rest_the_parts_make_the_photo(pose: str, request: pytest.FixtureRequest) -> None:
    drawn, performer = request.getfixturevalue(pose)
    parts = sorted(performer.parts, key=lambda p: p.depth)
    again = samples.over([placed(p, drawn.rgb.shape) for p in parts], drawn.room)
    off = np.abs(again.astype(int) - drawn.rgb).max(axis=-1)
    assert np.percentile(off[drawn.alpha > 0], 95) < 24
    assert (off > 60).sum() < 0.006 * (drawn.alpha > 0).sum()


@pytest.mark.parametrize("pose", ["apart", "across"])
def test_at_rest_nothing_shows_between_the_parts(pose: str, request: pytest.FixtureRequest) -> None:
    drawn, performer = request.getfixturevalue(pose)
    through = np.ones(drawn.alpha.shape)
    for part in performer.parts:
        through *= 1 - placed(part, drawn.rgb.shape)[..., 3] / 255.0
    assert (through[performer.matte > 252] > 0.05).mean() < 0.0005


def test_cloth_beneath_an_arm_is_cloth(across: tuple[Drawn, Performer]) -> None:
    drawn, performer = across
    torso = placed(named(performer, "torso"), drawn.rgb.shape)
    y, x = np.mgrid[: samples.HEIGHT, : samples.WIDTH]
    belly = (np.abs(x - samples.WIDTH / 2) < 36) & (y > 180) & (y < 285)
    under = belly & (drawn.label == PARTS.index("left_arm")) & (drawn.alpha > 0.99)
    assert under.sum() > 300
    assert (torso[under][:, 3] > 200).mean() > 0.97
    assert (np.abs(torso[under][:, :3].astype(int) - samples.SHIRT).max(axis=-1) < 24).mean() > 0.97


def test_no_background_bleeds_into_soft_edges() -> None:
    blue = np.full((samples.HEIGHT, samples.WIDTH, 3), (20, 40, 230), np.uint8)
    drawn = samples.draw(place=blue)
    performer = perform(drawn)
    parts = sorted(performer.parts, key=lambda p: p.depth)
    black = np.zeros_like(drawn.rgb)
    shown = samples.over([placed(p, drawn.rgb.shape) for p in parts], black).astype(float)
    edge = (performer.matte > 40) & (performer.matte < 215) & (drawn.alpha > 0.1)
    edge[295:] = False  # of blue trousers nobody could tell
    assert edge.sum() > 400
    share = performer.matte.astype(float)[..., None] / 255
    bleed = (shown - drawn.ink * share)[..., 2][edge]
    left = (drawn.rgb * share - drawn.ink * share)[..., 2][edge]
    assert np.median(left) > 5
    assert abs(np.median(bleed)) < 0.3 * np.median(left)


@pytest.mark.parametrize(("screen", "channel"), [((10, 30, 230), 2), ((20, 190, 60), 1)])
def test_the_light_of_a_screen_leaves_the_rim_and_no_other_colour_changes(
    screen: tuple[int, int, int], channel: int
) -> None:
    """The screen shines 12 px into the person: half of its colour at the outline, none further in."""
    place = np.full((samples.HEIGHT, samples.WIDTH, 3), screen, np.uint8)
    drawn = samples.draw(place=place)
    inwards = cv2.distanceTransform((drawn.alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    share = (0.5 * np.clip(1 - inwards / 12, 0, 1) * drawn.alpha)[..., None]
    lit = np.clip(drawn.rgb * (1 - share) + np.array(screen) * share, 0, 255).astype(np.uint8)
    assert screen_channel(lit, drawn.alpha, 30) == channel
    out = despill(lit, drawn.alpha, channel, 18)
    rim = (drawn.alpha > 0.9) & (inwards < 8)
    others = [0, 3 - channel]
    before, after = (p[rim][:, channel].astype(int) - p[rim][:, others].max(axis=1) for p in (lit, out))
    assert (before > 10).mean() > 0.3 and (after > 10).mean() < 0.02
    assert np.array_equal(out[..., others], lit[..., others])
    assert np.array_equal(out[inwards > 19], lit[inwards > 19])


@pytest.mark.parametrize(("screen", "channel"), [((20, 40, 230), 2), ((40, 220, 60), 1)])
def test_a_screen_is_no_part_of_the_person(screen: tuple[int, int, int], channel: int) -> None:
    """A matte that is 5 px too wide and knows no gaps comes back to what was drawn, in soft focus."""
    drawn = samples.draw(place=np.full((samples.HEIGHT, samples.WIDTH, 3), screen, np.uint8))
    rgb = cv2.GaussianBlur(drawn.rgb, (0, 0), 1.0)
    wide = cv2.morphologyEx(drawn.alpha, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    wide = cv2.dilate(wide, np.ones((11, 11), np.uint8))
    out = keyed(rgb, wide, channel, 130.0)
    assert (out <= wide).all()
    off = np.abs(out - drawn.alpha)
    assert off.mean() < 0.15 * np.abs(wide - drawn.alpha).mean()
    assert out[cv2.erode(drawn.alpha, np.ones((7, 7), np.uint8)) > 0.99].min() > 0.95, "not even of blue trousers"
    body = np.where(drawn.alpha[..., None] > 0.5, np.array(screen, np.uint8), rgb)
    assert np.array_equal(keyed(body, wide, channel, 130.0), wide), "who wears the screen's colour stays"


def test_a_sky_a_lawn_and_a_wall_are_no_screens() -> None:
    alpha = samples.draw().alpha
    for colour in ((110, 175, 235), (90, 130, 60), (150, 165, 170), (235, 240, 245)):
        assert screen_channel(np.full((*alpha.shape, 3), colour, np.uint8), alpha, 30) is None


def test_white_shoes_on_a_white_floor_stay_although_the_mask_lacks_them() -> None:
    place = samples.room()
    place[500:] = np.clip(place[500:].astype(int) + 110, 0, 232)
    drawn = samples.draw(place=place)
    mask = drawn.person.mask.copy()
    mask[548:] = (mask[548:] * 0.3).astype(np.uint8)
    performer = perform(dataclasses.replace(drawn, person=dataclasses.replace(drawn.person, mask=mask)))
    x, y = drawn.person.xyz[[samples.J["left_foot_index"], samples.J["right_heel"]], :2].astype(int).T
    assert (performer.matte[y, x] > 127).all()


def test_a_thigh_goes_on_beneath_the_torso(apart: tuple[Drawn, Performer]) -> None:
    drawn, performer = apart
    alpha = placed(named(performer, "left_leg"), drawn.rgb.shape)[..., 3]
    x, y = drawn.person.xyz[samples.J["left_hip"], :2].astype(int)
    assert (alpha[y - 10 : y + 12, x - 10 : x + 10] > 200).all()


@pytest.mark.parametrize("upper", ["left", "right"])
def test_of_crossing_arms_the_one_that_is_seen_lies_on_top(upper: str) -> None:
    drawn = samples.draw(left_hand=(170.0, 240.0), right_hand=(250.0, 240.0), upper=upper)
    performer = perform(drawn)
    assert "crossed_arms" in {n.code for n in performer.notices}
    lower = "left" if upper == "right" else "right"
    assert named(performer, f"{upper}_arm").depth > named(performer, f"{lower}_arm").depth
    assert named(performer, f"{lower}_arm").depth > named(performer, "torso").depth


def test_meshes_cover_what_is_seen_and_follow_the_bones(apart: tuple[Drawn, Performer]) -> None:
    _, performer = apart
    assert 900 < sum(len(p.vertices) for p in performer.parts) < 4000
    for part in performer.parts:
        assert np.allclose(part.weights.sum(axis=1), 1, atol=1e-5)
        covered = np.zeros(part.texture.shape[:2], np.uint8)
        for triangle in part.vertices[part.triangles] - part.origin:
            cv2.fillConvexPoly(covered, np.round(triangle * 16).astype(np.int32), 1, cv2.LINE_8, 4)
        assert (covered[part.texture[..., 3] > 2] > 0).all(), part.name
    arm = named(performer, "left_arm")
    wrist = performer.landmarks[samples.J["left_wrist"], :2]
    elbow = performer.landmarks[samples.J["left_elbow"], :2]
    middle = (wrist + elbow) / 2
    nearest = np.hypot(*(arm.vertices - middle).T).argmin()
    assert arm.weights[nearest, RIG_BONES.index("left_forearm")] > 0.9


def test_it_is_the_same_every_time(apart: tuple[Drawn, Performer]) -> None:
    drawn, performer = apart
    again = perform(drawn)
    for a, b in zip(performer.parts, again.parts, strict=True):
        assert np.array_equal(a.texture, b.texture) and np.array_equal(a.vertices, b.vertices)


def test_the_plate_is_the_place_without_the_person() -> None:
    drawn = samples.draw()
    body = measure(drawn.person.xyz, drawn.person.world, drawn.person.visibility)
    plate, painted = clean_plate(drawn.rgb, drawn.alpha > 0, [body])
    assert painted[drawn.alpha > 0].all()
    assert np.array_equal(plate[~painted], drawn.rgb[~painted])
    off = np.abs(plate.astype(int) - drawn.room).max(axis=-1)[painted]
    assert np.median(off) < 8 and np.percentile(off, 95) < 26


def test_spikes_go_and_hands_stay(apart: tuple[Drawn, Performer]) -> None:
    """A strap 6 px wide sticks out of a knee; of leg and hand nothing else is touched but their corners."""
    drawn, _ = apart
    body = measure(drawn.person.xyz, drawn.person.world, drawn.person.visibility)
    origin = np.zeros(2, np.float32)
    for name in ("left_leg", "left_arm"):
        alpha = ((drawn.label == PARTS.index(name)) & (drawn.alpha > 0.5)).astype(np.float32)
        assert np.abs(trimmed(alpha, name, body, origin) - alpha).sum() < 0.03 * alpha.sum()
    knee = body.at("left_knee").astype(int)
    strap = np.zeros_like(alpha, bool)
    strap[knee[1] - 3 : knee[1] + 3, knee[0] : knee[0] + 60] = True
    leg = (drawn.label == PARTS.index("left_leg")) & (drawn.alpha > 0.5)
    spiked = (leg | strap).astype(np.float32)
    left = trimmed(spiked, "left_leg", body, origin)
    away = strap & (cv2.distanceTransform((~leg).astype(np.uint8), cv2.DIST_L2, 5) > 8)
    assert away.sum() > 150 and left[away].max() < 0.05
    x, y = drawn.person.xyz[samples.J["left_index"], :2].astype(int)
    assert trimmed(alpha, "left_arm", body, origin)[y, x] == alpha[y, x] == 1


def test_the_cloth_between_the_thighs_ends_where_they_part() -> None:
    """Parted further up than trousers go: two points of cloth would hang down beside the gap."""
    drawn = samples.draw()
    x, y = (drawn.person.xyz[samples.J["left_hip"], :2] + drawn.person.xyz[samples.J["right_hip"], :2]) / 2
    top = int(y) + 14
    gap = np.zeros(drawn.alpha.shape, bool)
    gap[top : top + 60, int(x) - 4 : int(x) + 5] = True
    rgb, alpha = drawn.rgb.copy(), np.where(gap, 0, drawn.alpha).astype(np.float32)
    rgb[gap] = samples.room()[gap]
    mask = np.where(gap, 0, drawn.person.mask).astype(np.uint8)
    parted = dataclasses.replace(drawn, rgb=rgb, alpha=alpha, person=dataclasses.replace(drawn.person, mask=mask))
    torso = placed(named(perform(parted, (alpha * 255).astype(np.uint8)), "torso"), rgb.shape)[..., 3]
    assert torso[top - 6, int(x)] > 200
    assert torso[top + 6 :, int(x) - 30 : int(x) + 30].max() < 60
