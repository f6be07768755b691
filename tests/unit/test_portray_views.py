"""What a photo does not show is refused or said; what is hidden is made up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from components.core import PARTS, TroupeError
from components.models.people import PersonLandmarks
from components.portray import hidden, rig, views
from components.portray.anatomy import J, measure
from components.portray.hands import hand_mask
from components.portray.shadow import cast_shadows
from tests import portray_samples as samples

NOBODY = np.zeros((samples.HEIGHT, samples.WIDTH), bool)
SHOWN = {f"{side}_{limb}": 1.0 for side in ("left", "right") for limb in ("arm", "leg")}


def codes(
    person: PersonLandmarks, *, shown: dict[str, float] = SHOWN, hands: tuple[str, ...] = (), face: bool = True
) -> set[str]:
    body = measure(person.xyz, person.world, person.visibility)
    yaw = rig.facing(person.xyz, person.world)
    return {n.code for n in views.notices(body, yaw, (samples.WIDTH, samples.HEIGHT), shown, list(hands), face)}


@pytest.fixture(scope="module")
def person() -> PersonLandmarks:
    return samples.draw().person


def test_a_whole_person_gets_no_warning(person: PersonLandmarks) -> None:
    assert codes(person) == set()
    assert views.choose([person], [NOBODY], 120) == [0]


def test_nobody_is_refused() -> None:
    with pytest.raises(TroupeError) as refusal:
        views.choose([], [], 120)
    assert refusal.value.code == "no_person_found"


def test_a_small_person_is_refused_with_the_size_that_is_needed(person: PersonLandmarks) -> None:
    with pytest.raises(TroupeError) as refusal:
        views.choose([person], [NOBODY], 2000)
    assert refusal.value.code == "person_too_small"
    assert refusal.value.values["needed"] == 2000 and "2000" in refusal.value.message
    assert abs(refusal.value.values["height"] - (person.box[3] - person.box[1])) <= 1


def test_a_small_bystander_is_left_in_the_picture(person: PersonLandmarks) -> None:
    small = dataclasses.replace(person, box=np.array([0, 0, 20, 40], np.float32))
    assert views.choose([small, person], [NOBODY, NOBODY], 120) == [1]


def test_a_portrait_is_refused(person: PersonLandmarks) -> None:
    low = person.xyz.copy()
    low[23:, 1] += 400
    with pytest.raises(TroupeError) as refusal:
        views.choose([dataclasses.replace(person, xyz=low)], [NOBODY], 120)
    assert refusal.value.code == "only_a_face"


def test_legs_behind_somebody_are_refused_but_legs_cut_off_are_not(person: PersonLandmarks) -> None:
    unsure = person.visibility.copy()
    unsure[25:] = 0.2
    behind = dataclasses.replace(person, visibility=unsure)
    with pytest.raises(TroupeError):
        views.choose([behind], [NOBODY], 120)
    low = person.xyz.copy()
    low[27:, 1] += 200
    assert views.choose([dataclasses.replace(behind, xyz=low)], [NOBODY], 120) == [0]
    assert "cropped_limb" in codes(dataclasses.replace(behind, xyz=low))


def test_somebody_who_sits_at_the_lower_edge_is_refused(person: PersonLandmarks) -> None:
    seated = person.xyz.copy()
    seated[25:27, 1] = seated[23:25, 1] + 60
    seated[27:, 1] = samples.HEIGHT + 40
    with pytest.raises(TroupeError) as refusal:
        views.choose([dataclasses.replace(person, xyz=seated)], [NOBODY], 120)
    assert refusal.value.code == "only_a_face"


def test_crossed_arms_are_said() -> None:
    assert "crossed_arms" in codes(samples.draw(left_hand=(182.0, 232.0), right_hand=(238.0, 240.0)).person)
    assert "crossed_arms" not in codes(samples.draw(left_hand=(205.0, 262.0)).person)
    assert "crossed_arms" not in codes(samples.draw(left_hand=(182.0, 40.0), right_hand=(238.0, 40.0)).person)
    assert "crossed_arms" not in codes(samples.draw(left_hand=(262.0, 290.0), right_hand=(158.0, 290.0)).person)


def test_a_back_is_said(person: PersonLandmarks) -> None:
    world = person.world * np.array([-1, 1, -1], np.float32)
    assert codes(dataclasses.replace(person, world=world), face=False) == {"back_view"}
    assert codes(person, face=False) == set()


def test_hidden_limbs_and_hands_are_said(person: PersonLandmarks) -> None:
    assert codes(person, shown=SHOWN | {"left_arm": 0.1}) == {"hidden_limb"}
    assert codes(person, hands=("right",)) == {"hidden_hand"}


@pytest.mark.parametrize("yaw", [-150.0, -60.0, 0.0, 30.0, 120.0])
def test_facing_is_the_turn_of_the_body(person: PersonLandmarks, yaw: float) -> None:
    a = np.radians(yaw)
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]], np.float32)
    # A chest that looks at the viewer looks along -z; turned to the right of the picture it looks along +x.
    assert np.allclose(turn @ [0, 0, -1], [np.sin(a), 0, -np.cos(a)], atol=1e-6)
    assert rig.facing(person.xyz, person.world @ turn.T) == pytest.approx(yaw, abs=0.1)


def test_a_hidden_hand_is_found_out_and_mirrored() -> None:
    drawn = samples.draw()
    body = measure(drawn.person.xyz, drawn.person.world, drawn.person.visibility)
    origin = np.zeros(2, np.float32)
    left = (drawn.label == PARTS.index("left_arm")).astype(np.float32)
    right = (drawn.label == PARTS.index("right_arm")).astype(np.float32)
    gone = left.copy()
    gone[int(drawn.person.xyz[J["left_wrist"], 1]) - 6 :] = 0
    assert not views.hand_hidden(drawn.alpha, left, body, "left", origin, False)
    assert views.hand_hidden(drawn.alpha, gone, body, "left", origin, False)
    assert not views.hand_hidden(drawn.alpha, gone, body, "left", origin, True)
    colours, alpha = hidden.mirrored(body, "left_arm", (2,), drawn.rgb, right, origin)
    x, y = np.round(drawn.person.xyz[J["left_index"], :2]).astype(int)
    assert alpha[y, x] > 0.9
    assert np.abs(colours[y, x].astype(int) - samples.SKIN).max() < 12
    tube, cover = hidden.tube(body, "left_arm", (2,), np.array(samples.SKIN, np.uint8), left.shape, origin)
    assert cover[y, x] > 0.9 and 0.6 < tube[y, x].mean() / np.mean(samples.SKIN) <= 1.0


def test_a_folded_arm_is_mirrored_bone_by_bone() -> None:
    drawn = samples.draw(right_hand=(150.0, 200.0))
    body = measure(drawn.person.xyz, drawn.person.world, drawn.person.visibility)
    right = (drawn.label == PARTS.index("right_arm")).astype(np.float32)
    colours, alpha = hidden.mirrored(body, "left_arm", (0, 1, 2), drawn.rgb, right, np.zeros(2, np.float32))
    elbow, wrist = body.arm_chain("left")[1:3]
    y, x = np.mgrid[: samples.HEIGHT, : samples.WIDTH]
    along = ((x - elbow[0]) * (wrist - elbow)[0] + (y - elbow[1]) * (wrist - elbow)[1]) / float(
        (wrist - elbow) @ (wrist - elbow)
    )
    forearm = (alpha > 0.9) & (along > 0.3) & (along < 0.9)
    sleeve = np.abs(colours.astype(int) - samples.SHIRT).max(axis=-1) < 40
    assert forearm.sum() > 400
    assert (forearm & sleeve).sum() < 0.02 * forearm.sum()


def test_a_hand_is_its_landmarks_and_the_skin_around() -> None:
    import cv2

    picture = np.full((120, 120, 3), (190, 40, 52), np.uint8)
    skin = np.zeros((120, 120), np.uint8)
    cv2.ellipse(skin, (60, 60), (17, 24), 0, 0, 360, 1, -1)
    picture[skin > 0] = (214, 164, 134)
    hand = np.zeros((21, 3), np.float32)
    hand[0, :2] = (60, 84)
    for f in range(5):
        for k in range(4):
            hand[1 + 4 * f + k, :2] = (48 + 6 * f, 72 - 9 * k)
    mask = hand_mask(picture, np.ones((120, 120), np.float32), hand, np.zeros(2, np.float32))
    assert mask is not None
    assert (mask & (skin > 0)).sum() / (mask | (skin > 0)).sum() > 0.8
    assert hand_mask(picture, np.zeros((120, 120), np.float32), hand, np.zeros(2, np.float32)) is None
    hand[3] = np.nan
    assert hand_mask(picture, np.ones((120, 120), np.float32), hand, np.zeros(2, np.float32)) is None


def test_a_shadow_on_the_floor_leaves_with_its_person() -> None:
    drawn = samples.draw()
    body = measure(drawn.person.xyz, drawn.person.world, drawn.person.visibility)
    y, x = np.mgrid[: samples.HEIGHT, : samples.WIDTH]
    shade = (((x - 262) / 42) ** 2 + ((y - 572) / 11) ** 2 < 1) & (drawn.alpha == 0)
    picture = drawn.rgb.copy()
    picture[shade] = (picture[shade] * 0.5).astype(np.uint8)
    found = cast_shadows(picture, drawn.alpha > 0, [body])
    assert (found & shade).sum() / shade.sum() > 0.9
    wall = (y < 480) & (drawn.alpha == 0)
    assert not (found & wall).any()


def test_of_two_clasped_hands_the_arm_that_got_no_skin_has_none() -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:15, 10:20] = True
    shares = np.zeros((len(PARTS), 20, 30), np.float32)
    shares[PARTS.index("left_arm")][mask] = 0.9
    shares[PARTS.index("right_arm")][mask] = 0.1
    assert views.hands_seen([mask, mask], shares) == [True, False]
    assert views.hands_seen([None, mask], shares) == [False, False]
