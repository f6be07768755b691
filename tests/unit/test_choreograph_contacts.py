"""Planted feet: found, held still, and slides left to slide. Truth is the foot's own motion in space."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from components.choreograph.camera import camera_motion
from components.choreograph.contacts import Contacts, detect
from components.choreograph.plant import plant
from components.choreograph.proportions import METRES, apparent_scale
from components.choreograph.retarget import rig
from components.choreograph.smooth import clean, runs_of
from components.core import RIG, Motion, PoseTrack
from components.repertoire.perform import perform
from components.repertoire.score import Body, Foot, Score, Step
from tests.dance_samples import built_in, pose_of

NAMES = ("groove", "disco", "salsa", "house", "pop")
SOLES = [[RIG.index(f"{s}_{p}") for p in ("heel", "toe")] for s in ("left", "right")]


def _found(pose: PoseTrack) -> tuple[Contacts, np.ndarray, np.ndarray]:
    """Contacts, the rig's joints and the body's height in px."""
    track = clean(pose, Fraction(30), len(pose.xyz))
    scale = apparent_scale(track)
    camera = camera_motion(track, METRES * scale)
    return detect(track, scale, camera), rig(track.xyz), METRES * scale


def _clear(truth: np.ndarray) -> np.ndarray:
    """Frames that are not on the edge of a rest."""
    edge = np.zeros_like(truth)
    change = truth[1:] != truth[:-1]
    edge[1:] |= change
    edge[:-1] |= change
    return ~edge


def slide(way: float, seconds: float) -> Motion:
    """The left foot slides aside on the floor."""
    step = Step(
        "slide", seconds + 2, feet=(Foot(seconds, 0, (0.13 + way, 0), way="slide", swing=seconds),),
        body=(Body(0, {"weight": -0.6}), Body(seconds + 2, {"weight": -0.6})),
    )  # fmt: skip
    return perform(Score("slide", "", "", 60, (Step("hold", 2), step, Step("hold", 2))), Fraction(30))


@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_precision_and_recall(noise: float) -> None:
    hit = told = true = 0
    for name in NAMES:
        motion, pose = built_in(name, 16.0, noise=noise)
        contacts, _, _ = _found(pose)
        sole = motion.joints[:, [[29, 31], [30, 32]]].astype(float)
        speed = np.linalg.norm(np.gradient(sole, 1 / 30, axis=0), axis=-1)
        truth = ((speed < 0.2) & (sole[..., 1] < 0.05)).any(-1)
        clear = _clear(truth)
        hit += int((contacts.planted & truth & clear).sum())
        told += int((contacts.planted & clear).sum())
        true += int((truth & clear).sum())
    print(f"contacts on choreographies: precision {hit / told:.3f}, recall {hit / true:.3f}")
    assert hit / told > 0.95  # precision
    assert hit / true > 0.95  # recall


@pytest.mark.parametrize("name", NAMES)
def test_soles_in_contact_do_not_drift(name: str) -> None:
    motion, pose = built_in(name, 12.0, noise=0.003)
    contacts, joints, tall = _found(pose)
    legs = np.full(len(joints), 0.83 / METRES) * tall
    held = plant(joints, contacts, np.zeros((len(joints), 2)), legs, 30.0)
    drifts, jitter, before = [], [], []
    for foot in (0, 1):
        for a, b in runs_of(motion.contacts[:, foot] & contacts.planted[:, foot]):
            if b - a < 10:
                continue
            seconds = (b - a - 5) / 30
            sole, raw = (where[a + 2 : b - 2, SOLES[foot], :2] for where in (held, joints))
            drifts.append(np.linalg.norm(sole[-1] - sole[0], axis=-1).min() / tall[a] / seconds)
            jitter.append(sole.std(0).max(-1).min())
            before.append(raw.std(0).max(-1).min())
    assert len(drifts) > 5
    assert np.median(drifts) < 0.005 and np.mean(drifts) < 0.01  # body heights a second
    assert np.mean(jitter) < 0.75 * np.mean(before)


@pytest.mark.parametrize(("way", "seconds"), [(0.4, 1.0), (0.4, 1.5), (0.3, 2.0), (0.3, 3.0)])
@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_a_true_slide_keeps_its_length(way: float, seconds: float, noise: float) -> None:
    motion = slide(way, seconds)
    exact, seen = pose_of(motion), pose_of(motion, noise)
    contacts, joints, tall = _found(seen)
    legs = np.full(len(joints), 0.83 / METRES) * tall
    held = plant(joints, contacts, np.zeros((len(joints), 2)), legs, 30.0)
    a, b = 60, 60 + int(seconds * 30)
    toe = RIG.index("left_toe")
    want = np.linalg.norm(exact.xyz[b + 5, 31, :2] - exact.xyz[a - 5, 31, :2])
    got = np.linalg.norm(held[b + 5, toe, :2] - held[a - 5, toe, :2])
    assert 0.9 < got / want < 1.1
    halfway = np.linalg.norm(held[(a + b) // 2, toe, :2] - held[a - 5, toe, :2])
    assert 0.35 < halfway / want < 0.65  # it slides, it does not jump
    assert np.linalg.norm(np.diff(held[a:b, toe, :2], axis=0), axis=1).max() < max(4 * want / (b - a), 0.01 * tall[0])
    assert contacts.planted[:, 1].mean() > 0.95  # the other foot stands


def test_a_moving_camera_is_told_from_the_feet() -> None:
    _, pose = built_in("groove", 10.0, noise=0.002)
    t = np.arange(len(pose.xyz)) / 30
    pan = np.stack([400 * np.sin(0.9 * t) + 120 * np.sin(2.3 * t + 1), 80 * np.sin(1.7 * t)], 1)
    moved = pose.xyz.copy()
    moved[..., :2] += pan[:, None].astype(np.float32)
    track = clean(replace(pose, xyz=moved), Fraction(30), len(moved))
    told = camera_motion(track, METRES * apparent_scale(track))
    off = (told - told.mean(0)) - (pan - pan.mean(0))
    assert off.std(0).max() < 0.25 * pan.std(0).max()
    still = clean(pose, Fraction(30), len(moved))
    assert (camera_motion(still, METRES * apparent_scale(still)) == 0).all()
    planted, _, _ = _found(replace(pose, xyz=moved))
    calm, _, _ = _found(pose)
    assert (planted.planted == calm.planted).mean() > 0.85


def test_a_jump_is_no_contact() -> None:
    motion, _ = built_in("groove", 4.0)
    joints = np.repeat(motion.joints[:1], 60, 0)
    height = np.clip(1.1 * np.sin(np.pi * (np.arange(60) - 20) / 20), 0, None) * (
        (np.arange(60) >= 20) & (np.arange(60) < 40)
    )
    joints[..., 1] += 0.35 * height[:, None].astype(np.float32)
    contacts, _, tall = _found(pose_of(replace(motion, joints=joints, contacts=np.zeros((60, 2), np.bool_))))
    assert contacts.planted[:19].all() and contacts.planted[42:].all()
    assert not contacts.planted[23:37].any()
    jump = 0.35 / 1.72 * tall
    assert (contacts.lift[:19] == 0).all() and (contacts.lift[42:] == 0).all()
    assert contacts.lift.max() == pytest.approx(jump.mean() * height.max(), rel=0.25)


@pytest.mark.parametrize("jumps", [False, True])
def test_who_comes_nearer_does_not_hover(jumps: bool) -> None:
    """Down the picture, as when somebody walks towards the camera: no foot is still in it, and only jumps lift."""
    motion, _ = built_in("groove", 4.0)
    t = np.arange(90)
    joints = np.repeat(motion.joints[:1], 90, 0)
    # a step every half second: the free foot rises a little, the other carries the body
    for foot, points in enumerate(((25, 27, 29, 31), (26, 28, 30, 32))):
        swing = np.clip(np.sin(2 * np.pi * t / 30 + np.pi * foot), 0, None)
        joints[:, points, 1] += 0.12 * swing[:, None].astype(np.float32)
    if jumps:
        rise = np.where((t >= 40) & (t < 55), np.sin(np.pi * (t - 40) / 15), 0)
        joints[..., 1] += 0.3 * rise[:, None].astype(np.float32)
    pose = pose_of(replace(motion, joints=joints, contacts=np.zeros((90, 2), np.bool_)))
    nearer = pose.xyz.copy()
    nearer[..., 1] += (0.25 * METRES * apparent_scale(clean(pose, Fraction(30), 90)) / 30 * t)[:, None]
    contacts, _, tall = _found(replace(pose, xyz=nearer))
    lift = contacts.lift / tall
    assert contacts.planted.mean() < 0.1
    assert lift[(t < 36) | (t > 59)].max() < 0.02
    assert lift.max() == pytest.approx(0.3 / METRES, rel=0.3) if jumps else lift.max() < 0.02


def test_a_held_foot_that_is_out_of_reach_takes_the_body_along() -> None:
    _, pose = built_in("groove", 2.0)
    joints = np.repeat(rig(pose.xyz[:1].astype(float)), 60, 0)
    joints[:, :, 0] += np.linspace(0, 500, 60)[:, None]  # the body leaves, the left foot is nailed down
    planted = np.zeros((60, 2), np.bool_)
    planted[:, 0] = True
    contacts = Contacts(planted, np.full((60, 2), 0.5), np.zeros((60, 2), np.bool_), np.zeros(60), np.zeros(60))
    leg = np.full(60, np.linalg.norm(joints[0, RIG.index("left_hip"), :2] - joints[0, RIG.index("left_ankle"), :2]))
    held = plant(joints, contacts, np.zeros((60, 2)), leg, 30.0)
    length = np.linalg.norm(held[:, RIG.index("left_hip"), :2] - held[:, RIG.index("left_ankle"), :2], axis=1)
    assert length.max() < 1.25 * leg[0]
    heel = held[:, RIG.index("left_heel"), 0]
    assert np.ptp(heel) < 2
