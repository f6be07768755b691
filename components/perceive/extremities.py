"""Hands and faces of people whose bodies are known, frame after frame."""

from __future__ import annotations

import numpy as np

from components.core import Float32, UInt8
from components.models.face_landmarks import FaceLandmarker, region_from_face, search_from_pose
from components.models.hand import HandLandmarker, region_from_hand, region_from_pose
from components.models.people import separate_hands
from components.models.pose import Pose
from components.models.region import Region

_HAND = 0.5
_FACE = 0.5
_NOSES = 0.25
"""Sides of the face's region by which the nose of a mesh may lie off the nose of the pose."""


class HandFollower:
    """One person's two hands.

    A hand is looked for where it was just seen, moved along with the wrist, or else where the pose says. It must lie
    at its own wrist: two hands that are one and the same, or a hand at the other's wrist, are dropped.

    Args:
        network: the hand network.
    """

    def __init__(self, network: HandLandmarker) -> None:
        self._network = network
        self._last: list[tuple[Region, Float32] | None] = [None, None]

    def __call__(self, rgb: UInt8, pose: Pose) -> Float32:
        """(2, 21, 3) float32 px, NaN where not seen; 0 = left."""
        out = np.full((2, 21, 3), np.nan, np.float32)
        off = np.zeros(2, np.float32)
        for side in (0, 1):
            wrist = pose.xyz[15 + side, :2]
            last, self._last[side] = self._last[side], None
            rough = region_from_pose(pose.xyz, side)
            if not rough.usable or pose.presence[15 + side] < 0.5 or pose.visibility[15 + side] < 0.2:
                continue
            region = rough
            if last is not None:
                moved = wrist - last[1]
                region = Region(last[0].x + float(moved[0]), last[0].y + float(moved[1]), last[0].size, last[0].angle)
            hand = self._network(rgb, region)
            if hand.score < _HAND and last is not None:
                hand = self._network(rgb, rough)
            off[side] = np.hypot(*(hand.xyz[0, :2] - wrist))
            closer = region_from_hand(hand.xyz)
            size = float(np.ptp(hand.xyz[:, :2], axis=0).max())
            if hand.score < _HAND or off[side] > max(0.35 * rough.size, 0.6 * size) or not closer.usable:
                continue
            out[side] = hand.xyz
            # A clenched or edge-on hand must not shrink the next look until nothing is left of it.
            grown = max(closer.size, 0.5 * rough.size)
            self._last[side] = Region(closer.x, closer.y, grown, closer.angle), wrist
        both = separate_hands(out, off)
        for side in (0, 1):
            if not np.isfinite(both[side, 0, 0]):
                self._last[side] = None
        return both


class FaceFollower:
    """One person's face, looked for where it was just seen, moved along with the nose, or else in the head of the pose.

    Args:
        network: the face networks.
    """

    def __init__(self, network: FaceLandmarker) -> None:
        self._network = network
        self._last: tuple[Region, Float32] | None = None

    def __call__(self, rgb: UInt8, pose: Pose) -> Float32 | None:
        """(478, 3) float32 px, or None."""
        last, self._last = self._last, None
        search = search_from_pose(pose.xyz)
        if not search.usable or pose.presence[0] < 0.5:
            return None
        nose = pose.xyz[0, :2]
        if last is not None:
            moved = nose - last[1]
            region = Region(last[0].x + float(moved[0]), last[0].y + float(moved[1]), last[0].size, last[0].angle)
            if np.hypot(region.x - search.x, region.y - search.y) < 0.35 * search.size:
                face = self._look(rgb, region, nose)
                if face is not None:
                    return face
        found = self._network.find(rgb, search)
        return None if found is None or not found.usable else self._look(rgb, found, nose)

    def _look(self, rgb: UInt8, region: Region, nose: Float32) -> Float32 | None:
        face = self._network(rgb, region)
        following = region_from_face(face.xyz)
        if face.score < _FACE or not following.usable:
            return None
        if float(np.hypot(*(face.xyz[1, :2] - nose))) > _NOSES * following.size:
            return None
        self._last = following, nose
        return face.xyz
