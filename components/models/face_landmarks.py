"""A face's 478 landmarks: where to look from the head of a pose, MediaPipe's face mesh, its irises and eyelids.

The mesh network finds nothing in a whole frame, so it is always given a crop that is turned upright.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from components.core import Float32, UInt8
from components.models.anchors import anchor_centres, decode, weighted_suppression
from components.models.bundled import FACE_DETECTION, FACE_LANDMARK, IRIS_LANDMARK
from components.models.litert import LiteRtNetwork
from components.models.region import Region

_LAYERS = ((8, 2), (16, 6))
_RIGHT_CORNERS, _LEFT_CORNERS = (33, 133), (362, 263)
_RIGHT_CONTOUR = (
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
    130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190,
    226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189,
    35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245,
    156, 70, 63, 105, 66, 107, 55, 193,
)  # fmt: skip
"""Mesh landmarks that the iris network refines about the person's right eye, in its order."""
_LEFT_CONTOUR = (
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398,
    359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414,
    446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413,
    265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465,
    383, 300, 293, 334, 296, 336, 285, 417,
)  # fmt: skip
_RIM = 16
"""How many of the contour's first landmarks are the eyelids' rim."""


@dataclass(frozen=True)
class Face:
    """One face.

    Attributes:
        xyz: (478, 3) float32 px; 468..472 the person's right iris, 473..477 the left.
        score: 0..1: a face is there.
    """

    xyz: Float32
    score: float


class FaceLandmarker:
    """Runs the face networks.

    Args:
        irises: also look at each eye; else 468..477 are NaN.
        threads: of one call.
    """

    def __init__(self, *, irises: bool = True, threads: int = 1) -> None:
        self._detection = LiteRtNetwork(FACE_DETECTION, threads=threads)
        self._mesh = LiteRtNetwork(FACE_LANDMARK, threads=threads)
        self._iris = LiteRtNetwork(IRIS_LANDMARK, threads=threads) if irises else None
        self._anchors = anchor_centres(self._detection.size, _LAYERS)

    def load(self) -> None:
        """Read the weights. Raises TroupeError: model_missing, model_broken."""
        self._detection.load()
        self._mesh.load()
        if self._iris is not None:
            self._iris.load()

    def find(self, rgb: UInt8, search: Region, threshold: float = 0.5) -> Region | None:
        """The upright square of the surest face in a region, or None."""
        size = self._detection.size
        out = self._detection(search.crop(rgb, size))
        found, score = decode(out["boxes"], out["scores"], self._anchors, size, threshold)
        if not len(score):
            return None
        points = weighted_suppression(found, score, 0.3)[0][0]
        placed = search.project(np.concatenate([points, np.zeros((len(points), 1), np.float32)], axis=1))
        side = float(np.abs(points[1] - points[0]).max()) * search.size
        centre = (placed[0] + placed[1]) / 2.0
        right, left = placed[2], placed[3]
        angle = math.atan2(float(left[1] - right[1]), float(left[0] - right[0]))
        return Region(float(centre[0]), float(centre[1]), 1.5 * side, angle)

    def __call__(self, rgb: UInt8, region: Region) -> Face:
        """Look at an upright face region of an (H, W, 3) uint8 sRGB picture."""
        size = self._mesh.size
        out = self._mesh(region.crop(rgb, size, replicate=True))
        xyz = np.full((478, 3), np.nan, np.float32)
        xyz[:468] = region.project(out["landmarks"].reshape(468, 3) / np.float32(size))
        score = 1.0 / (1.0 + math.exp(-min(80.0, max(-80.0, float(out["flag"].ravel()[0])))))
        if self._iris is not None and score > 0.5:
            self._refine_eye(rgb, xyz, region.angle, _RIGHT_CORNERS, _RIGHT_CONTOUR, 468, mirror=False)
            self._refine_eye(rgb, xyz, region.angle, _LEFT_CORNERS, _LEFT_CONTOUR, 473, mirror=True)
        return Face(xyz, score)

    def _refine_eye(
        self,
        rgb: UInt8,
        xyz: Float32,
        angle: float,
        corners: tuple[int, int],
        contour: tuple[int, ...],
        iris: int,
        *,
        mirror: bool,
    ) -> None:
        assert self._iris is not None
        a, b = xyz[corners[0]], xyz[corners[1]]
        middle = (a + b) / 2.0
        reach = float(np.hypot(*(b - a)[:2]))
        size = self._iris.size
        region = Region(float(middle[0]), float(middle[1]), 2.3 * reach, angle)
        if not region.usable:
            return
        crop = region.crop(rgb, size, replicate=True)
        out = self._iris(np.ascontiguousarray(crop[:, ::-1]) if mirror else crop)
        points = np.concatenate([out["contour"].reshape(71, 3), out["iris"].reshape(5, 3)]) / np.float32(size)
        if mirror:
            points[:, 0] = 1.0 - points[:, 0]
        placed = region.project(points.astype(np.float32))
        # Only the eyelids' rim is taken: the network's brows and cheeks jump against the mesh around them.
        rim = list(contour[:_RIM])
        xyz[rim, :2] = placed[:_RIM, :2]
        xyz[iris : iris + 5, :2] = placed[71:, :2]
        xyz[iris : iris + 5, 2] = middle[2]


def search_from_pose(xyz: Float32) -> Region:
    """The square in which a head may be. xyz: (33, 2+) float32 px of the pose."""
    head = xyz[:11, :2]
    middle = head.mean(axis=0)
    shoulders = float(np.hypot(*(xyz[11, :2] - xyz[12, :2])))
    torso = float(np.hypot(*((xyz[11, :2] + xyz[12, :2]) - (xyz[23, :2] + xyz[24, :2])))) / 2.0
    extent = max(float(np.ptp(head, axis=0).max()), 0.25 * shoulders, 0.2 * torso)
    right, left = xyz[[4, 5, 6, 8], :2].mean(axis=0), xyz[[1, 2, 3, 7], :2].mean(axis=0)
    angle = math.atan2(float(left[1] - right[1]), float(left[0] - right[0]))
    up = (xyz[11, :2] + xyz[12, :2]) / 2.0 - middle
    upright = math.atan2(-float(up[0]), float(up[1]))
    # Seen from the side or behind, the eyes say little about how the head leans; the neck does.
    if abs(math.remainder(angle - upright, 2.0 * math.pi)) > 0.9:
        angle = upright
    return Region(float(middle[0]), float(middle[1]), 2.6 * extent, angle)


def region_from_face(xyz: Float32) -> Region:
    """Where to look for a face that was just seen (MediaPipe's FaceLandmarksToRoi). xyz: (468+, 2+) float32 px."""
    right, left = xyz[33, :2], xyz[263, :2]
    angle = math.atan2(float(left[1] - right[1]), float(left[0] - right[0]))
    c, s = math.cos(angle), math.sin(angle)
    u, v = xyz[:468, :2] @ np.array([c, s]), xyz[:468, :2] @ np.array([-s, c])
    mid_u, mid_v = float(u.min() + u.max()) / 2.0, float(v.min() + v.max()) / 2.0
    side = 1.5 * float(max(np.ptp(u), np.ptp(v)))
    return Region(c * mid_u - s * mid_v, s * mid_u + c * mid_v, side, angle)
