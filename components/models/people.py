"""Everybody in a still picture: body, matte, hands and face of each person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.core import Float32, UInt8
from components.models.detector import MediaPipeDetector, PersonDetector
from components.models.face import expression_coefficients, head_angles
from components.models.face_landmarks import FaceLandmarker, region_from_face, search_from_pose
from components.models.hand import HandLandmarker, region_from_hand, region_from_pose
from components.models.likeness import body_box, keypoint_similarity, matte_inside, quality
from components.models.pose import Pose, PoseLandmarker
from components.models.region import Region

_SHARES = (1.0, 0.8, 0.6)
_SCORE = 0.5
_QUALITY = 0.35
_HAND = 0.5
_FACE = 0.5
_GRID = 256


@dataclass(frozen=True)
class PersonLandmarks:
    """One person of a picture.

    Attributes:
        box: (4,) float32 px x0, y0, x1, y1 of the whole body, cut at the frame.
        score: 0..1: how sure it is a person.
        xyz: (33, 3) float32 px, as in PoseTrack.
        world: (33, 3) float32 m about the hips' middle.
        visibility: (33,) float32 0..1: in the frame and not hidden.
        mask: (H, W) uint8 matte over the whole picture.
        hands: (2, 21, 3) float32 px, NaN where a hand was not seen; 0 = left.
        face: (478, 3) float32 px, or None.
        head: (3,) float32 degrees yaw, pitch, roll as in FaceTrack, or None.
        coefficients: (len(EXPRESSIONS),) float32 against a mean face, or None.
    """

    box: Float32
    score: float
    xyz: Float32
    world: Float32
    visibility: Float32
    mask: UInt8
    hands: Float32
    face: Float32 | None
    head: Float32 | None
    coefficients: Float32 | None


class PeopleFinder:
    """Finds everybody in pictures, with its models loaded once.

    Args:
        detector: who proposes people; MediaPipe's on many tiles by default.
        threads: of one call of a network.
    """

    def __init__(self, detector: PersonDetector | None = None, *, threads: int = 1) -> None:
        self.detector = detector or MediaPipeDetector(threshold=0.4, shares=_SHARES, threads=threads)
        self.pose = PoseLandmarker(threads=threads)
        self.hand = HandLandmarker(threads=threads)
        self.face = FaceLandmarker(threads=threads)

    def load(self) -> None:
        """Read all weights. Raises TroupeError: model_missing, model_broken, extra_missing."""
        for model in (self.detector, self.pose, self.hand, self.face):
            model.load()

    def __call__(self, rgb: UInt8) -> list[PersonLandmarks]:
        """People of an (H, W, 3) uint8 sRGB picture, surest first."""
        return [self._complete(rgb, pose) for pose in self.poses(rgb)]

    def poses(self, rgb: UInt8) -> list[Pose]:
        """Bodies alone, surest first."""
        found = [(self.settle(rgb, d.region), d.score) for d in self.detector(rgb)]
        return distinct_poses([p for p, _ in found], [s for _, s in found], rgb.shape[1], rgb.shape[0])

    def settle(self, rgb: UInt8, region: Region, rounds: int = 3) -> Pose:
        """The best pose of a few looks, each where the last one pointed."""
        best = self.pose(rgb, region)
        following = best.following
        for _ in range(rounds - 1):
            if not following.usable:
                break
            pose = self.pose(rgb, following)
            following = pose.following
            if quality(pose) > quality(best):
                best = pose
        return best

    def _complete(self, rgb: UInt8, pose: Pose) -> PersonLandmarks:
        height, width = rgb.shape[:2]
        face = self._face(rgb, pose)
        return PersonLandmarks(
            box=body_box(pose.xyz, pose.presence, width, height),
            score=pose.score,
            xyz=pose.xyz,
            world=pose.world,
            visibility=pose.visibility,
            mask=pose.region.paste(pose.matte, height, width),
            hands=self._hands(rgb, pose),
            face=face,
            head=None if face is None else head_angles(face),
            coefficients=None if face is None else expression_coefficients(face),
        )

    def _hands(self, rgb: UInt8, pose: Pose) -> Float32:
        out = np.full((2, 21, 3), np.nan, np.float32)
        reach = np.zeros(2, np.float32)
        for side in (0, 1):
            rough = region_from_pose(pose.xyz, side)
            if not rough.usable or pose.presence[15 + side] < 0.5:
                continue
            hand = self.hand(rgb, rough)
            closer = region_from_hand(hand.xyz)
            if closer.usable and closer.size > 0.3 * rough.size:
                second = self.hand(rgb, closer)
                if second.score > hand.score:
                    hand = second
            off = float(np.hypot(*(hand.xyz[0, :2] - pose.xyz[15 + side, :2])))
            if hand.score > _HAND and off < 0.5 * rough.size:
                out[side], reach[side] = hand.xyz, off
        return separate_hands(out, reach)

    def _face(self, rgb: UInt8, pose: Pose) -> Float32 | None:
        search = search_from_pose(pose.xyz)
        if not search.usable or pose.presence[0] < 0.5:
            return None
        region = self.face.find(rgb, search) or self.face.find(rgb, search.moved(0.0, 0.0, 1.6))
        if region is None or not region.usable:
            return None
        face = self.face(rgb, region)
        closer = region_from_face(face.xyz)
        if closer.usable:
            second = self.face(rgb, closer)
            face = second if second.score >= face.score else face
        return face.xyz if face.score > _FACE else None


def separate_hands(hands: Float32, reach: Float32) -> Float32:
    """Drop the less believable of two hands that are one and the same.

    Args:
        hands: (2, 21, 3) float32 px, NaN where not seen.
        reach: (2,) px between each hand's wrist and the pose's.
    """
    if np.isfinite(hands[:, 0, 0]).all():
        apart = float(np.hypot(*(hands[0, :, :2] - hands[1, :, :2]).T).mean())
        size = float(np.ptp(hands[:, :, :2], axis=1).max())
        if apart < 0.25 * size:
            hands = hands.copy()
            hands[int(reach[1] > reach[0])] = np.nan
    return hands


def distinct_poses(poses: Sequence[Pose], priors: Sequence[float], width: int, height: int) -> list[Pose]:
    """Poses of different, believable people, best first.

    A pose is somebody else's double when its joints are the same, or when its matte lies within the mattes of better
    poses: the legs of a person look like a person.

    Args:
        poses: candidates.
        priors: how sure each candidate was before its pose was known, 0..1.
        width, height: of the picture, px.
    """
    scale = min(1.0, _GRID / max(width, height))
    covered: UInt8 = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    kept: list[Pose] = []
    order = sorted(range(len(poses)), key=lambda i: -quality(poses[i]) * priors[i])
    for pose in (poses[i] for i in order):
        if pose.score < _SCORE or quality(pose) < _QUALITY:
            continue
        size = pose.region.size / 1.25
        if any(keypoint_similarity(pose.xyz, k.xyz, min(size, k.region.size / 1.25)) > 0.5 for k in kept):
            continue
        if kept and matte_inside(pose, covered, scale) > 0.65:
            continue
        kept.append(pose)
        np.maximum(covered, pose.region.paste(pose.matte, covered.shape[0], covered.shape[1], scale), out=covered)
    return kept


def find_people(rgb: UInt8, detector: PersonDetector | None = None) -> list[PersonLandmarks]:
    """Everybody in a picture, surest first.

    Args:
        rgb: (H, W, 3) uint8 sRGB, any size.
        detector: who proposes people; MediaPipe's by default.

    Raises:
        TroupeError: model_missing, model_broken, extra_missing.
    """
    picture = np.ascontiguousarray(rgb[..., :3])
    return PeopleFinder(detector, threads=2)(picture)
