"""Dances and casts of known truth for tests: choreographies filmed by an exact camera, without any picture."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from components.core import RIG, Cast, Dance, Dancer, Motion, Performer, PoseTrack, Still, Uri
from components.repertoire.camera import film
from components.repertoire.choreographies import choreography_motion

WIDTH, HEIGHT = 720, 1280
COMPARED = [RIG.index(n) for n in (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")]  # fmt: skip


def pose_of(motion: Motion, noise: float = 0.0, seed: int = 0) -> PoseTrack:
    """A motion as perceived: exact, or with the noise of a landmark network (share of the body's height a frame)."""
    pose = film(motion, WIDTH, HEIGHT).pose
    if not noise:
        return pose
    draw = np.random.default_rng(seed)
    tall = float(np.median(np.ptp(pose.xyz[..., 1], axis=1)))
    assert pose.world is not None
    return replace(
        pose,
        xyz=(pose.xyz + draw.normal(0, noise * tall, pose.xyz.shape)).astype(np.float32),
        world=(pose.world + draw.normal(0, noise * 1.75, pose.world.shape)).astype(np.float32),
    )


def dancer_of(pose: PoseTrack, identity: int = 0) -> Dancer:
    """A dancer without face and mask."""
    low, high = pose.xyz[..., :2].min(1), pose.xyz[..., :2].max(1)
    return Dancer(identity, np.concatenate([low, high], 1).astype(np.float32), None, pose, None)


def dance_of(*poses: PoseTrack, width: int = WIDTH, height: int = HEIGHT) -> Dance:
    """A dance of some poses of one length."""
    dancers = tuple(dancer_of(p, i) for i, p in enumerate(poses))
    return Dance(width, height, poses[0].fps, len(poses[0].xyz), None, None, dancers, None)


def built_in(name: str, seconds: float = 8.0, fps: int = 30, noise: float = 0.0) -> tuple[Motion, PoseTrack]:
    """A choreography and how it is seen."""
    motion = choreography_motion(name, Fraction(fps), seconds)
    return motion, pose_of(motion, noise)


def performer_of(landmarks: np.ndarray, index: int = 0, visibility: float = 1.0) -> Performer:
    """A performer without any texture, from (33, 3) px."""
    xyz = landmarks.astype(np.float32)
    joints = RIG.convert(xyz)
    box = np.array([*xyz[:, :2].min(0), *xyz[:, :2].max(0)], np.float32)
    return Performer(
        index=index, box=box, joints=joints, visibility=np.full(len(joints), visibility, np.float32), landmarks=xyz,
        hands=np.full((2, 21, 3), np.nan, np.float32), face=None, facing=0.0, parts=(),
        skin=np.zeros(3, np.uint8), matte=np.zeros((2, 2), np.uint8),
    )  # fmt: skip


def cast_of(*landmarks: np.ndarray, width: int = WIDTH, height: int = HEIGHT) -> Cast:
    """A photo of people with these landmarks."""
    still = Still(Uri("/photo.png"), width, height, "")
    return Cast(still, still, tuple(performer_of(x, i) for i, x in enumerate(landmarks)))


def torso(pose: PoseTrack) -> float:
    """Px of the torso."""
    spine = pose.xyz[:, 11:13].mean(1) - pose.xyz[:, 23:25].mean(1)
    return float(np.percentile(np.linalg.norm(spine[:, :2], axis=1), 80))
