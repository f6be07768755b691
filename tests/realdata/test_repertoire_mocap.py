"""Real motion capture: read whatever it is called, and its contacts found again in the picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from components.choreograph.camera import camera_motion
from components.choreograph.contacts import detect
from components.choreograph.proportions import METRES, apparent_scale
from components.choreograph.smooth import clean
from components.core import Motion
from components.repertoire.mocap import read_motion
from tests.dance_samples import pose_of


def _motions(data: Path) -> dict[str, Motion]:
    files = sorted((data / "mocap").glob("*.bvh"))
    assert len(files) >= 10
    return {f.stem: read_motion(f, Fraction(30), 0.0, 12.0, 600.0)[0] for f in files}


def test_every_file_becomes_a_person_on_a_floor(data: Path) -> None:
    for name, motion in _motions(data).items():
        joints = motion.joints
        leg = np.linalg.norm(joints[:, 23] - joints[:, 25], axis=1) + np.linalg.norm(
            joints[:, 25] - joints[:, 27], axis=1
        )
        assert 0.6 < np.median(leg) < 1.1, name
        assert 0.3 < np.median(np.linalg.norm(joints[:, 11:13].mean(1) - joints[:, 23:25].mean(1), axis=1)) < 0.75, name
        upright = joints[:, 0, 1] - joints[:, 27:29, 1].mean(1)
        assert np.median(upright) > 1.0, name  # head over feet: the axis that points up was found
        assert -0.15 < np.percentile(joints[:, 29:33, 1].min(1), 1) < 0.1, name
        ahead = np.cross(joints[:, 23] - joints[:, 24], [0, 1, 0])
        toes = joints[:, [31, 32]].mean(1) - joints[:, [27, 28]].mean(1)
        assert (np.sum(toes * ahead, 1) > 0).mean() > 0.9, name  # toes point forward: left is left
        nose = joints[:, 0] - joints[:, [7, 8]].mean(1)
        assert (np.sum(nose * ahead, 1) > 0).mean() > 0.7, name
        assert np.median(ahead[:, 2]) > 0 or np.ptp(ahead[:, 2]) > 0.2, name  # seen from the front, or turning


def test_contacts_on_mocap(data: Path) -> None:
    """Feet of mocap skate a little themselves: what moves at 0.15 to 0.3 m/s is called neither standing nor moving."""
    hit = told = true = 0
    for motion in _motions(data).values():
        pose = pose_of(motion, noise=0.002)
        track = clean(pose, Fraction(30), motion.frames)
        scale = apparent_scale(track)
        planted = detect(track, scale, camera_motion(track, METRES * scale)).planted
        sole = motion.joints[:, [[29, 31], [30, 32]]].astype(float)
        speed = np.linalg.norm(np.gradient(sole, 1 / 30, axis=0), axis=-1)
        stands = ((speed < 0.15) & (sole[..., 1] < 0.07)).any(-1)
        moves = ~((speed < 0.3) & (sole[..., 1] < 0.1)).any(-1)
        hit += int((planted & stands).sum())
        told += int((planted & (stands | moves)).sum())
        true += int(stands.sum())
    print(f"contacts on mocap: precision {hit / told:.3f}, recall {hit / true:.3f}")
    assert hit / told > 0.9
    assert hit / true > 0.9
