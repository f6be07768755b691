"""Watches the main person of a video: body, matte and face, in every frame that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import Float32, UInt8
from components.models.face import expression_measures
from components.models.face_landmarks import search_from_pose
from components.models.likeness import body_box
from components.models.people import PeopleFinder
from components.models.pose import Pose

Float = npt.NDArray[np.float64]

SCORE = 0.5
COLLAPSED = 0.4
"""Share of their size at the last look below which nobody shrinks: joints that lie in a heap are no pose."""
PATIENCE = 3
"""Looks in a row at which a heap is refused; then a smaller person is believed."""


@dataclass(frozen=True)
class Seen:
    """A person in one frame.

    Attributes:
        xy: (33, 2) px of MediaPipe's joints.
        visibility: (33,) 0..1.
        matte: (H, W) uint8.
        mouth: opening of the mouth in outer eye distances, NaN without a face.
        eyes: mean height of the eyes over their width, NaN without a face.
    """

    xy: Float
    visibility: Float
    matte: UInt8
    mouth: float
    eyes: float


class Watcher:
    """Looks at frames of one video in order of time.

    Every look starts where the person was last; when nobody is there, the whole frame is searched. A pose that is
    suddenly far smaller than the person was, as networks give for a body they cannot read, counts as nobody.

    Args:
        finder: the models, shared between watchers.
        faces: look at the face too.
    """

    def __init__(self, finder: PeopleFinder, *, faces: bool = True) -> None:
        self._finder = finder
        self._faces = faces
        self._last: Pose | None = None
        self._refused = 0

    def __call__(self, rgb: UInt8, near: Float | None = None) -> Seen | None:
        """The main person of a frame, or None.

        Args:
            rgb: (H, W, 3) uint8 sRGB.
            near: (33, 2) px of a pose; of several people the one nearest to it is meant. None: the largest.
        """
        pose = self._believed(self._follow(rgb)) or self._believed(self._search(rgb, near))
        if pose is None:
            self._refused += 1
            if self._refused >= PATIENCE:
                self._last = None
            return None
        self._last, self._refused = pose, 0
        height, width = rgb.shape[:2]
        mouth = eyes = float("nan")
        face = self._face(rgb, pose) if self._faces else None
        if face is not None:
            measures = expression_measures(face)
            mouth, eyes = float(measures[0]), float(measures[4:6].mean())
        return Seen(
            xy=np.asarray(pose.xyz[:, :2], dtype=np.float64),
            visibility=np.asarray(pose.visibility, dtype=np.float64),
            matte=pose.region.paste(pose.matte, height, width),
            mouth=mouth,
            eyes=eyes,
        )

    def _face(self, rgb: UInt8, pose: Pose) -> Float32 | None:
        landmarker = self._finder.face
        search = search_from_pose(pose.xyz)
        region = landmarker.find(rgb, search) if search.usable else None
        if region is None or not region.usable:
            return None
        face = landmarker(rgb, region)
        return face.xyz if face.score > SCORE else None

    def _believed(self, pose: Pose | None) -> Pose | None:
        """The pose, unless it has collapsed against the last one."""
        if pose is None or self._last is None:
            return pose
        return pose if _extent(pose) > COLLAPSED * _extent(self._last) else None

    def _follow(self, rgb: UInt8) -> Pose | None:
        if self._last is None or not self._last.following.usable:
            return None
        pose = self._finder.settle(rgb, self._last.following, rounds=2)
        return pose if pose.score >= SCORE else None

    def _search(self, rgb: UInt8, near: Float | None) -> Pose | None:
        height, width = rgb.shape[:2]
        found = self._finder.poses(rgb)
        if not found:
            return None
        if near is not None:
            return min(found, key=lambda p: float(np.linalg.norm(p.xyz[:, :2] - near, axis=1).mean()))

        def area(pose: Pose) -> float:
            x0, y0, x1, y1 = body_box(pose.xyz, pose.presence, width, height)
            return float((x1 - x0) * (y1 - y0)) * pose.score

        return max(found, key=area)


def _extent(pose: Pose) -> float:
    """Px that the joints take up, along the wider of both axes."""
    return float(np.ptp(pose.xyz[:, :2], axis=0).max())
