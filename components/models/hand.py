"""A hand's 21 landmarks: where to look from the body's wrist and knuckles, and MediaPipe's hand network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from components.core import Float32, UInt8
from components.models.bundled import HAND_LANDMARK
from components.models.litert import LiteRtNetwork
from components.models.region import Region

_SIDES = ((15, 17, 19), (16, 18, 20))
_PALM = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]


@dataclass(frozen=True)
class Hand:
    """One hand.

    Attributes:
        xyz: (21, 3) float32 px, z about the wrist.
        score: 0..1: a hand is there.
        left: 0..1: it is a left hand.
    """

    xyz: Float32
    score: float
    left: float


class HandLandmarker:
    """Runs the hand network.

    Args:
        threads: of one call.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._network = LiteRtNetwork(HAND_LANDMARK, threads=threads)

    def load(self) -> None:
        """Read the weights. Raises TroupeError: model_missing, model_broken."""
        self._network.load()

    def __call__(self, rgb: UInt8, region: Region) -> Hand:
        """Look at a region of an (H, W, 3) uint8 sRGB picture."""
        size = self._network.size
        out = self._network(region.crop(rgb, size, replicate=True))
        xyz = region.project(out["landmarks"].reshape(21, 3) / np.float32(size))
        return Hand(xyz, float(out["flag"][0]), 1.0 - float(out["handedness"][0]))


def region_from_pose(xyz: Float32, side: int) -> Region:
    """The rough square of a hand (MediaPipe holistic's HandDetectionsFromPoseToRects).

    Args:
        xyz: (33, 2+) float32 px.
        side: 0 left, 1 right.
    """
    wrist, pinky, index = (xyz[i, :2] for i in _SIDES[side])
    middle = (2.0 * index + pinky) / 3.0
    dx, dy = float(middle[0] - wrist[0]), float(middle[1] - wrist[1])
    angle = math.pi / 2.0 - math.atan2(-dy, dx)
    square = Region(float(middle[0]), float(middle[1]), 2.0 * math.hypot(dx, dy), math.remainder(angle, 2.0 * math.pi))
    return square.moved(0.0, -0.1, 2.7)


def region_from_hand(xyz: Float32) -> Region:
    """Where to look for a hand that was just seen (MediaPipe's HandLandmarksToRect). xyz: (21, 2+) float32 px."""
    knuckles = (0.5 * (xyz[5, :2] + xyz[13, :2]) + xyz[9, :2]) / 2.0
    dx, dy = (float(v) for v in knuckles - xyz[0, :2])
    angle = math.remainder(math.pi / 2.0 - math.atan2(-dy, dx), 2.0 * math.pi)
    c, s = math.cos(angle), math.sin(angle)
    palm = xyz[_PALM, :2]
    u, v = palm @ np.array([c, s]), palm @ np.array([-s, c])
    mid_u, mid_v = (float(u.min() + u.max()) / 2.0), (float(v.min() + v.max()) / 2.0)
    side = float(max(np.ptp(u), np.ptp(v)))
    return Region(c * mid_u - s * mid_v, s * mid_u + c * mid_v, side, angle).moved(0.0, -0.1, 2.0)
