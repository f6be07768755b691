"""The networks find drawn figures where they are, and clips hold what was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.core import TroupeError
from components.figure.moves import groove
from components.figure.scene import draw_clip, draw_photo, place
from components.media import clip_of, decode
from components.models.people import PeopleFinder

SIZE = (288, 512)


@pytest.fixture(scope="module")
def finder() -> PeopleFinder:
    finder = PeopleFinder()
    finder.load()
    return finder


@pytest.mark.parametrize(
    ("look", "stance"),
    [
        ("ada", "standing"), ("kofi", "turned_45"), ("mei", "crossed_arms"), ("ravi", "hands_on_hips"),
        ("lena", "arms_up"), ("zola", "waving"), ("sam", "back"), ("noor", "standing"),
    ],
)  # fmt: skip
def test_a_drawn_person_is_found_where_it_is(finder: PeopleFinder, look: str, stance: str) -> None:
    rgb, truth = draw_photo(look, stance, SIZE)
    joints = truth.joints2d[0, 0]
    people = finder(rgb)
    found = people[0]
    torso = float(np.linalg.norm((joints[11] + joints[12] - joints[23] - joints[24]) / 2))
    error = np.linalg.norm(found.xyz[:, :2] - joints, axis=1) / torso
    assert np.median(error[truth.visible[0, 0]]) < 0.08
    assert truth.mattes is not None
    seen, matte = found.mask > 127, truth.mattes[0, 0] > 127
    assert (seen & matte).sum() / (seen | matte).sum() > 0.88
    assert (found.face is None) is (stance == "back")


def test_a_clip_holds_its_frames_its_sound_and_its_truth(tmp_path: Path) -> None:
    fps, seconds = 10, 1.0
    motions = [place(groove(seconds, fps), x=-0.5), place(groove(seconds, fps, phase=0.5), x=0.5, z=-0.3)]
    here = np.ones((2, 10), np.bool_)
    here[1, 6:] = False
    rate = 8000
    tone = (0.2 * np.sin(np.arange(rate) * 0.4)).astype(np.float32)
    path = tmp_path / "two people.mp4"
    truth = draw_clip(
        path, ["ada", "kofi"], motions, size=(192, 160), fps=fps, sound=(tone, rate), present=here, mattes=True
    )
    clip = clip_of(path)
    frames = list(decode(clip))
    assert (clip.width, clip.height, clip.frames, float(clip.fps), len(frames)) == (192, 160, 10, float(fps), 10)
    assert clip.sound is not None
    assert truth.present[0].all()
    assert truth.present[1].tolist() == [True] * 6 + [False] * 4
    assert not truth.contacts[1, 6:].any()
    assert truth.mattes is not None and truth.mattes.shape == (2, 10, 160, 192)
    feet = truth.joints3d[0, :, [29, 30, 31, 32]]
    assert np.ptp(feet, axis=1).max() < 1e-6
    # Where a figure leaves, the frame becomes the room's again.
    gone = np.abs(frames[9].astype(int) - frames[5].astype(int)).max(2)[truth.mattes[1, 5] > 200]
    assert np.median(gone) > 20
    again = tmp_path / "again.mp4"
    draw_clip(again, ["ada", "kofi"], motions, size=(192, 160), fps=fps, sound=(tone, rate), present=here, threads=1)
    assert path.read_bytes() == again.read_bytes()


def test_a_clip_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    def stop(_: object) -> None:
        raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError, match="Stopped"):
        draw_clip(tmp_path / "clip.mp4", "ada", groove(1.0, 10), size=(96, 160), fps=10, report=stop)
    assert not list(tmp_path.iterdir())
