"""What is drawn agrees with what is said of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from components.figure.camera import Camera
from components.figure.render import Figure, Rendered, render_frame
from components.figure.room import ROOMS
from components.figure.scene import draw_photo
from components.figure.skeleton import JOINT
from components.figure.stance import stand
from components.figure.truth import FrameTruth, frame_truth

SIZE = (144, 256)


def test_the_picture_is_the_same_with_one_and_with_two_threads() -> None:
    one, _ = draw_photo("kofi", "standing", SIZE, threads=1)
    two, _ = draw_photo("kofi", "standing", SIZE, threads=2)
    assert (one == two).all()


def _scene(before: str, behind: str, aside: float, gap: float) -> tuple[Rendered, list[FrameTruth]]:
    front = stand() + np.array([aside, 0, gap])
    back = stand() + np.array([-0.08, 0, -0.3])
    posed = [Figure(before).pose(front), Figure(behind).pose(back)]
    camera = Camera((0, 1.1, 4.5), 380.0, (72, 128))
    drawn = render_frame(posed, ROOMS["plain"], camera, SIZE)
    return drawn, [frame_truth(p, k, camera, drawn) for k, p in enumerate(posed)]


def test_whoever_stands_in_front_hides_whoever_stands_behind() -> None:
    drawn, (front, back) = _scene("ada", "zola", 0.12, 0.5)
    assert front.visible[[11, 12, 23, 24, 25, 26]].all()
    hidden = [JOINT["left_shoulder"], JOINT["left_hip"]]
    assert not back.visible[hidden].any()
    assert back.visible[JOINT["right_elbow"]]
    assert (drawn.matte.astype(int).sum(0) <= 256).all()
    assert drawn.matte[0].sum() > drawn.matte[1].sum() > 0
    # Also where the two nearly touch.
    _, (_, back) = _scene("kofi", "ada", -0.08, -0.22)
    assert not back.visible[[11, 12, 23, 24]].any()


def test_only_figures_and_their_shadows_change_the_room() -> None:
    camera = Camera((0, 1.1, 4.5), 380.0, (72, 128))
    empty = render_frame([], ROOMS["plain"], camera, SIZE)
    full = render_frame([Figure("ada").pose(stand())], ROOMS["plain"], camera, SIZE)
    outside = full.matte[0] == 0
    gain = full.rgb.astype(int) - empty.rgb.astype(int)
    assert (gain[outside] <= 0).all()
    assert np.abs(gain[~outside]).max() > 60
    foot = camera.project(np.array([0.12, 0.0, 0.02]))
    under = (slice(round(foot[1]) - 2, round(foot[1]) + 6), slice(round(foot[0]) - 12, round(foot[0]) + 12))
    assert gain[under][outside[under]].min() < -12


def test_every_joint_that_is_visible_lies_on_the_figure() -> None:
    for pose in ("standing", "hands_on_hips", "crossed_arms", "arms_up"):
        _, truth = draw_photo("mei", pose, SIZE)
        assert truth.mattes is not None
        col, row = np.round(truth.joints2d[0, 0]).astype(int).T
        assert (truth.mattes[0, 0][row, col] > 0)[truth.visible[0, 0]].all()
        assert truth.visible[0, 0].sum() >= 20
        rows, cols = np.nonzero(truth.mattes[0, 0] > 127)
        assert truth.boxes[0, 0].tolist() == [cols.min(), rows.min(), cols.max() + 1, rows.max() + 1]


def test_arms_crossed_before_the_body_hide_nothing_of_themselves_but_the_chest() -> None:
    _, crossed = draw_photo("ada", "crossed_arms", SIZE)
    _, back = draw_photo("ada", "back", SIZE)
    assert crossed.visible[0, 0, [15, 16]].any()
    assert not back.visible[0, 0, :7].any()


def test_a_mouth_that_opens_shows_its_dark_inside_and_a_blink_hides_the_eye() -> None:
    head = stand()[:11].mean(0)
    camera = Camera((float(head[0]), float(head[1]), float(head[2]) + 2.0), 600.0, (63.5, 63.5))

    def look(**face: float) -> tuple[npt.NDArray[np.int_], FrameTruth]:
        posed = Figure("noor").pose(stand(), face=face)
        drawn = render_frame([posed], ROOMS["plain"], camera, (128, 128))
        return drawn.rgb.astype(int), frame_truth(posed, 0, camera, drawn)

    rest, neutral = look()
    wide, opened = look(jaw_open=1.0)
    shut, _ = look(blink_left=1.0)
    assert opened.mouth > 6 > 1 > neutral.mouth
    mouth = np.round(neutral.joints2d[9:11].mean(0)).astype(int)
    inside = (slice(mouth[1], mouth[1] + 8), slice(mouth[0] - 2, mouth[0] + 3))
    assert (wide[inside].sum(-1) < 180).sum() > 10
    assert not (rest[inside].sum(-1) < 180).any()
    left, right = (np.round(neutral.joints2d[i]).astype(int) for i in (2, 5))
    for at, moved in ((left, True), (right, False)):
        patch = (slice(at[1] - 2, at[1] + 3), slice(at[0] - 3, at[0] + 4))
        assert (np.abs(shut[patch] - rest[patch]).max() > 40) == moved
