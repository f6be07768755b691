"""One piece of a clip, decoded once: everybody in it, with hands, face, matte and appearance, written to a file."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from components.core import Bool, Clip, Float32, Int32, UInt8
from components.media import decode
from components.models.detector import MediaPipeDetector, PersonDetector
from components.models.face_landmarks import FaceLandmarker
from components.models.hand import HandLandmarker
from components.models.likeness import BODY, body_box, quality
from components.models.pose import PoseLandmarker
from components.perceive.extremities import FaceFollower, HandFollower
from components.perceive.tracking import Follower
from components.perceive.tracklet import Tracklet

MASK_SIDE = 256
_CROWD = 3
"""Of more people than this, hands are looked at in every third frame; of fewer in every second."""
_AGAIN = 0.37
"""Seconds after which newcomers are looked for again, between 4 and 11 frames."""
_SLOW = 20
"""Below this many frames a second, hands are looked at in every frame."""


@dataclass(frozen=True)
class PieceTask:
    """What a worker is asked for.

    Attributes:
        clip: what to look at.
        index: number of the piece.
        first, count: frames of the clip that the piece answers for.
        warm: frames before `first` that are only followed, so that tracks can be joined.
        width, height: px to decode to.
        detector: "mediapipe" or "yolo".
        weights: path of YOLO's weights.
        hands, faces, masks: what to look at besides bodies.
        folder: where to write.
    """

    clip: Clip
    index: int
    first: int
    count: int
    warm: int
    width: int
    height: int
    detector: str
    weights: str | None
    hands: bool
    faces: bool
    masks: bool
    folder: Path


@dataclass(frozen=True)
class Sighting:
    """One person in one piece: what is needed to say who it is. All px are the clip's.

    Attributes:
        piece: number of the piece.
        number: of the person within the piece.
        frames: (N,) int32 frames of the clip, rising; the first may lie in the warm-up.
        body: (N, 12, 2) float32 px: the joints of `BODY`.
        size: (N,) float32 px: height of the body as the network sees it.
        box: (N, 4) float32 px.
        look: (N, LENGTH) float16, weight: (N, REGIONS) float16: appearance.
        quality: (N,) float32 0..1.
        cuts: frames of the clip before which it may have become somebody else.
        faces: (N,) bool: a face was seen; all true where none was looked for.
    """

    piece: int
    number: int
    frames: Int32
    body: Float32
    size: Float32
    box: Float32
    look: np.ndarray  # type: ignore[type-arg]
    weight: np.ndarray  # type: ignore[type-arg]
    quality: Float32
    cuts: tuple[int, ...]
    faces: Bool


@lru_cache(maxsize=2)
def _networks(detector: str, weights: str | None) -> tuple[Follower, HandLandmarker, FaceLandmarker]:
    first: PersonDetector = MediaPipeDetector(threshold=0.4)
    last: PersonDetector = MediaPipeDetector(threshold=0.5, shares=(1.0,))
    if detector == "yolo":
        from components.models.yolo import YoloDetector

        first = last = YoloDetector(weights)
    pose, hand, face = PoseLandmarker(), HandLandmarker(), FaceLandmarker()
    for network in (first, last, pose, hand, face):
        network.load()
    return Follower(first, last, pose), hand, face


def observe(tasks: Sequence[PieceTask]) -> list[list[Sighting]]:
    """Look at neighbouring pieces in one decode; runs in a worker.

    For each person of a piece `<folder>/<piece>.<person>.npz` is written: frames (N,), xyz (N, 33, 3), world,
    visibility (N, 33), presence, hands (N, 2, 21, 3), face (N, 478, 3) with NaN where not seen, and the mattes as PNG
    bytes. Then `<folder>/<piece>.done` is made.

    Raises:
        TroupeError: unreadable_media, model_missing, model_broken, extra_missing.
    """
    cv2.setNumThreads(1)
    head, last = tasks[0], tasks[-1]
    start = head.first - head.warm
    count = last.first + last.count - start
    stream = decode(head.clip, first=start, count=count, size=(head.width, head.height))
    out: list[list[Sighting]] = []
    frames: list[UInt8] = []
    for task in tasks:
        # What is left of the piece before is this one's warm-up.
        frames = frames[len(frames) - task.warm :] if frames else list(islice(stream, task.warm))
        frames += islice(stream, task.count)
        out.append(_observe(task, frames))
        (task.folder / f"{task.index}.done").touch()
    # A closed file of PyAV is part of a cycle and keeps its decoder (20 MB) until somebody looks for such cycles.
    del stream
    gc.collect()
    return out


def _observe(task: PieceTask, frames: list[UInt8]) -> list[Sighting]:
    """Look at the frames of one piece, warm-up first."""
    follower, hand, face = _networks(task.detector, task.weights)
    tracklets = follower(frames, interval=int(np.clip(round(float(task.clip.fps) * _AGAIN), 4, 11)))
    scale = np.array([task.clip.width / task.width, task.clip.height / task.height], np.float32)
    crowd = np.zeros(len(frames), np.int32)
    for tracklet in tracklets:
        crowd[list(tracklet.poses)] += 1
    every = np.where(crowd > _CROWD, 3, 2) if task.clip.fps >= _SLOW else np.ones(len(frames), np.int32)
    return [
        _write(task, number, tracklet, frames, every, scale, hand, face) for number, tracklet in enumerate(tracklets)
    ]


def _write(
    task: PieceTask,
    number: int,
    tracklet: Tracklet,
    frames: list[UInt8],
    every: Int32,
    scale: Float32,
    hand: HandLandmarker,
    face: FaceLandmarker,
) -> Sighting:
    order = sorted(tracklet.poses)
    poses = [tracklet.poses[i] for i in order]
    own = [i for i in order if i >= task.warm]
    first = task.first - task.warm
    hands, faces, mattes = [], [], []
    seen: dict[int, bool] = {}
    of_hands, of_face = HandFollower(hand), FaceFollower(face)
    reduction = min(1.0, MASK_SIDE / max(task.width, task.height))
    mask_size = max(2, round(task.height * reduction)), max(2, round(task.width * reduction))
    for i in own:
        pose = tracklet.poses[i]
        due = task.hands and (first + i) % every[i] == 0
        hands.append(of_hands(frames[i], pose) if due else np.full((2, 21, 3), np.nan, np.float32))
        mesh = of_face(frames[i], pose) if task.faces else None
        seen[i] = mesh is not None
        faces.append(np.full((478, 3), np.nan, np.float32) if mesh is None else mesh)
        if task.masks:
            matte = pose.region.paste(pose.matte, *mask_size, reduction)
            mattes.append(cv2.imencode(".png", matte, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].reshape(-1))
    ends = np.cumsum([0, *(len(m) for m in mattes)])
    np.savez(
        task.folder / f"{task.index}.{number}.npz",
        frames=np.array([first + i for i in own], np.int32),
        xyz=_grow(np.array([tracklet.poses[i].xyz for i in own], np.float32).reshape(-1, 33, 3), scale),
        world=np.array([tracklet.poses[i].world for i in own], np.float32).reshape(-1, 33, 3),
        visibility=np.array([tracklet.poses[i].visibility for i in own], np.float32).reshape(-1, 33),
        presence=np.array([tracklet.poses[i].presence for i in own], np.float32).reshape(-1, 33),
        hands=_grow(np.array(hands, np.float32).reshape(-1, 2, 21, 3), scale),
        face=_grow(np.array(faces, np.float32).reshape(-1, 478, 3), scale),
        mattes=np.concatenate(mattes) if mattes else np.zeros(0, np.uint8),
        ends=ends,
    )
    body = _grow(np.array([p.xyz[BODY] for p in poses], np.float32), scale)[:, :, :2]
    boxes = np.array([body_box(p.xyz, p.presence, task.width, task.height) for p in poses], np.float32)
    return Sighting(
        piece=task.index,
        number=number,
        frames=np.array([first + i for i in order], np.int32),
        body=np.ascontiguousarray(body),
        size=np.array([p.region.size for p in poses], np.float32) / 1.25 * scale[0],
        box=boxes * np.tile(scale, 2),
        look=np.array([tracklet.looks[i][0] for i in order], np.float16),
        weight=np.array([tracklet.looks[i][1] for i in order], np.float16),
        quality=np.array([quality(p) for p in poses], np.float32),
        cuts=tuple(sorted(first + c for c in tracklet.cuts)),
        faces=np.array([not task.faces or bool(seen.get(i, False)) for i in order], np.bool_),
    )


def _grow(points: Float32, scale: Float32) -> Float32:
    """From px of the decoded frame to px of the clip; z in the scale of x."""
    out = points.copy()
    out[..., :2] = (points[..., :2] + 0.5) * scale - 0.5
    out[..., 2] = points[..., 2] * scale[0]
    return out
