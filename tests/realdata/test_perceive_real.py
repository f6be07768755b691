"""People in real photos and clips. What is asserted was seen by eye in the media."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from components.core import Dance, Dancer, StageContext
from components.media import clip_of, read_picture
from components.models.people import find_people
from components.perceive.draw import draw_dancers, draw_people
from components.perceive.stage import PerceiveSettings, run


def _perceive(path: Path, frames: int, folder: Path, **settings: bool) -> Dance:
    clip = clip_of(path)
    clip = replace(clip, frames=min(frames, clip.frames), sound=None)
    return run(clip, settings=PerceiveSettings(**settings), context=StageContext(folder, workers=2))


def _standing(dancer: Dancer) -> None:
    """A body that could be one: shoulders over hips over ankles, its joints in its own box."""
    pose = dancer.pose
    xyz = pose.xyz[pose.present]
    order = [xyz[:, a, 1].mean() for a in (0, 11, 23, 25, 27)]
    assert order == sorted(order)
    box = dancer.box[pose.present]
    trunk = xyz[:, [11, 12, 23, 24]]
    inside = (trunk[..., 0] >= box[:, None, 0]) & (trunk[..., 0] <= box[:, None, 2])
    assert float(inside.mean()) > 0.98


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("photos/frame_group_pexels_8688465.png", 5),
        ("photos/frame_fullbody_pexels_4838220.png", 1),
        ("photos/frame_pexels_2795750.png", 1),
        ("photos/tfjs_pose_warrior_beach.jpg", 1),
        ("photos/max_pilots_group.jpg", 3),
        ("portraits/fr_obama.jpg", 1),
    ],
)
def test_everybody_in_a_photo_is_found_once(data: Path, name: str, people: int) -> None:
    rgb = read_picture(data / name)[..., :3]
    found = find_people(rgb)
    assert len(found) == people
    for person in found:
        assert person.mask.shape == rgb.shape[:2]
        x0, y0, x1, y1 = (int(v) for v in person.box)
        own = (person.mask[y0 : y1 + 1, x0 : x1 + 1] > 127).sum()
        assert own > 0.8 * (person.mask > 127).sum() * 0.8
    assert not np.array_equal(draw_people(rgb, found), rgb)


def test_the_seated_astronauts_look_where_they_look(data: Path) -> None:
    found = sorted(find_people(read_picture(data / "photos/max_pilots_group.jpg")[..., :3]), key=lambda p: p.box[0])
    yaw = [float(p.head[0]) for p in found if p.head is not None]
    assert len(yaw) == 3
    assert yaw[0] > 5 and abs(yaw[1]) < 8 and yaw[2] < -5


def test_a_solo_dancer_is_followed_all_the_time(data: Path, tmp_path: Path) -> None:
    dance = _perceive(data / "dance" / "pexels_2795750_rooftop_hiphop.mp4", 64, tmp_path)
    assert len(dance.dancers) == 1
    dancer = dance.dancers[0]
    assert dancer.pose.present.all()
    _standing(dancer)
    assert dancer.face is not None and float(dancer.face.present.mean()) > 0.7
    assert dancer.pose.hands is not None
    assert np.isfinite(dancer.pose.hands[:, :, 0, 0]).any(axis=1).mean() > 0.5
    steps = np.abs(np.diff(dancer.pose.xyz[:, [11, 12, 23, 24], :2], axis=0)).max()
    assert float(steps) < 40, "a trunk does not jump"
    frame = np.zeros((dance.height, dance.width, 3), np.uint8)
    assert draw_dancers(frame, dance.dancers, 5).any()


def test_five_dancers_of_whom_some_hide_others(data: Path, tmp_path: Path) -> None:
    dance = _perceive(data / "group" / "pexels_8688465_crew.mp4", 96, tmp_path, hands=False, faces=False, masks=False)
    share = [float(d.pose.present.mean()) for d in dance.dancers]
    assert len([s for s in share if s > 0.8]) >= 4
    for dancer in [d for d in dance.dancers if d.pose.present.mean() > 0.8]:
        _standing(dancer)
    together = sum(d.pose.present.astype(int) for d in dance.dancers)
    assert int(np.max(together)) <= 5
    trunks = [np.nanmedian(d.pose.xyz[:, [23, 24], 0]) for d in dance.dancers if d.pose.present.mean() > 0.8]
    assert float(np.diff(sorted(trunks)).min()) > 60, "four people, four places"


def test_a_blink_and_an_open_mouth_are_seen(data: Path, tmp_path: Path) -> None:
    dance = _perceive(data / "faces" / "liveportrait_d18.mp4", 216, tmp_path, hands=False, masks=False)
    face = dance.dancers[0].face
    assert face is not None and float(face.present.mean()) > 0.98
    jaw, blink = face.coefficients[:, 0], face.coefficients[:, 4:6].min(axis=1)
    assert float(jaw[70:92].min()) > 0.5 and float(jaw[125:150].min()) > 0.6
    assert float(jaw[40:56].max()) < 0.15 and float(jaw[160:200].max()) < 0.15
    blinking = np.flatnonzero(blink > 0.5)
    assert {95, 186} <= set(blinking.tolist())
    assert len(blinking) < 12
    smile = face.coefficients[:, 2:4].mean(axis=1)
    assert float(smile[120:130].mean()) > float(smile[20:40].mean()) + 0.5


def test_a_far_and_a_near_person(data: Path, tmp_path: Path) -> None:
    path = data / "group" / "pose2sim_two_people_cam03.mp4"
    dance = _perceive(path, 40, tmp_path, hands=False, masks=False)
    assert len(dance.dancers) == 2, "and not the camera on the wall"
    assert all(float(d.pose.present.mean()) > 0.9 for d in dance.dancers)
    heights = [float(np.nanmedian(d.box[:, 3] - d.box[:, 1])) for d in dance.dancers]
    assert heights[0] > 1.3 * heights[1]
