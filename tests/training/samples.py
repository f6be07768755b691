"""A drawn person who dances, as a reference that was looked at by somebody who makes no mistakes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from components.core import Clip, Dance, Dancer, PoseTrack, Uri
from components.figure.scene import draw_clip
from components.media import VideoWriter
from components.repertoire.choreographies import choreography_motion

FPS = 12
SECONDS = 12.0
SIZE = (128, 160)


def known_dance(
    folder: Path, seconds: float = SECONDS, look: str = "kofi", fps: int = FPS, shake: float = 0.0
) -> Dance:
    """A clip with exact boxes and mattes, and with poses that are exact or off by `shake` px (standard deviation)."""
    rate = Fraction(fps)
    motion = choreography_motion("groove", rate, seconds)
    file = folder / "dance.mp4"
    truth = draw_clip(file, look, motion, size=SIZE, fps=rate, seconds=seconds, mattes=True)
    assert truth.mattes is not None
    with VideoWriter(folder / "matte.mkv", *SIZE, rate, codec="ffv1", pix_fmt="gray") as out:
        for matte in truth.mattes[0]:
            out.write(np.asarray(cv2.resize(matte, SIZE), np.uint8))
    count = len(truth.joints2d[0])
    joints = truth.joints2d[0] + np.random.default_rng(0).normal(0, shake, truth.joints2d[0].shape)
    xyz = np.concatenate([joints, np.zeros((count, 33, 1), np.float32)], axis=2)
    everywhere = np.ones((count, 33), np.float32)
    pose = PoseTrack(xyz.astype(np.float32), None, everywhere, np.ones(count, bool), None, rate)
    dancer = Dancer(0, truth.boxes[0].astype(np.float32), Uri(str(folder / "matte.mkv")), pose, None)
    clip = Clip(Uri(str(file)), *SIZE, rate, count, 0.0, None, "sdr", "0" * 64)
    return Dance(*SIZE, rate, count, clip, None, (dancer,), None)
