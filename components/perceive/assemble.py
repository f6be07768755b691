"""From the files that the pieces left to the tracks of each dancer, written as they will be stored.

One dancer at a time, and of its face one piece at a time: memory does not grow with the number of dancers, and hardly
with the length of the clip.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from components.core import EXPRESSIONS, ArrayFile, Clip, Dancer, FaceTrack, Float32, PoseTrack, UInt8, Uri
from components.media import VideoWriter
from components.models.face import (
    MEASURES,
    POPULATION,
    Neutral,
    coefficients_from_measures,
    expression_measures,
    head_angles,
    neutral_from_measures,
)
from components.models.likeness import body_box
from components.perceive.chain import Chain, Fragment
from components.perceive.observe import MASK_SIDE
from components.perceive.repair import Body, mend, torso_length

_FACE_SHARE = 0.02
"""A dancer has a face if it was seen in this share of the frames."""
_BRIDGED = 2
"""Frames over which an unseen hand is put between its neighbours."""


def assemble(clip: Clip, chain: Chain, identity: int, folder: Path, workdir: Path, tick: Callable[[], None]) -> Dancer:
    """One dancer's tracks, written into `workdir`.

    Args:
        clip: where it was seen.
        chain: the dancer's fragments.
        identity: number of the dancer.
        folder: where the pieces' files are.
        workdir: the stage's artifact.
        tick: called now and then; may raise to stop the work.
    """
    t = clip.frames
    xyz, world = np.full((t, 33, 3), np.nan, np.float32), np.full((t, 33, 3), np.nan, np.float32)
    visibility, presence = np.zeros((t, 33), np.float32), np.zeros((t, 33), np.float32)
    hands = np.full((t, 2, 21, 3), np.nan, np.float32)
    for fragment in chain.fragments:
        with _opened(folder, fragment) as piece:
            frames, rows = _rows(piece, fragment)
            xyz[frames], world[frames] = piece["xyz"][rows], piece["world"][rows]
            visibility[frames], presence[frames] = piece["visibility"][rows], piece["presence"][rows]
            hands[frames] = piece["hands"][rows]
        tick()
    mend(Body(xyz, world, visibility, hands), torso_length(xyz), float(clip.fps))
    _fill_hands(hands, xyz)
    present = np.isfinite(xyz[:, 0, 0])
    box = np.full((t, 4), np.nan, np.float32)
    for i in np.flatnonzero(present):
        box[i] = body_box(xyz[i], presence[i], clip.width, clip.height)
    name = f"dancers.{identity}"
    mask = _mask(clip, chain, folder, workdir / f"{name}.mask.mkv", tick)
    face = _face(clip, chain, folder, workdir, name, tick)
    pose = PoseTrack(
        xyz=_stored(workdir / f"{name}.pose.xyz.npy", xyz),
        world=_stored(workdir / f"{name}.pose.world.npy", world),
        visibility=visibility,
        present=present,
        hands=_stored(workdir / f"{name}.pose.hands.npy", hands) if np.isfinite(hands).any() else None,
        fps=clip.fps,
    )
    return Dancer(identity, box, mask, pose, face)


def _stored(path: Path, values: Float32) -> Float32:
    out = ArrayFile(path, values.shape)
    out.append(values)
    return out.close()


def _opened(folder: Path, fragment: Fragment) -> Any:
    return np.load(folder / f"{fragment.sighting.piece}.{fragment.sighting.number}.npz", allow_pickle=False)


def _rows(piece: Any, fragment: Fragment) -> tuple[npt.NDArray[np.int32], slice]:
    frames = piece["frames"]
    a = int(np.searchsorted(frames, fragment.first))
    b = int(np.searchsorted(frames, fragment.last, side="right"))
    return frames[a:b], slice(a, b)


def _fill_hands(hands: Float32, xyz: Float32) -> None:
    """A hand that was not looked at for a frame or two is put between its neighbours, moved along with the wrist."""
    t = len(hands)
    for side in (0, 1):
        wrist = np.concatenate([xyz[:, 15 + side, :2], np.zeros((t, 1), np.float32)], axis=1)
        relative = hands[:, side] - wrist[:, None]
        seen = np.flatnonzero(np.isfinite(relative[:, 0, 0]))
        for a, b in pairwise(seen):
            if not 1 < b - a <= _BRIDGED + 1:
                continue
            for i in range(a + 1, b):
                share = np.float32((i - a) / (b - a))
                hands[i, side] = relative[a] * (1 - share) + relative[b] * share + wrist[i]


def _by_frame(chain: Chain) -> list[Fragment]:
    return sorted(chain.fragments, key=lambda f: f.first)


def _mask(clip: Clip, chain: Chain, folder: Path, path: Path, tick: Callable[[], None]) -> Uri | None:
    scale = min(1.0, MASK_SIDE / max(clip.width, clip.height))
    width, height = max(2, round(clip.width * scale)), max(2, round(clip.height * scale))
    empty = np.zeros((height, width), np.uint8)
    with _opened(folder, chain.fragments[0]) as piece:
        if not len(piece["mattes"]):
            return None
    with VideoWriter(path, width, height, Fraction(clip.fps), codec="ffv1", pix_fmt="gray") as writer:
        at = 0
        for fragment in _by_frame(chain):
            with _opened(folder, fragment) as piece:
                frames, rows = _rows(piece, fragment)
                mattes, ends = piece["mattes"], piece["ends"]
            for frame, k in zip(frames, range(rows.start, rows.stop), strict=True):
                for _ in range(at, int(frame)):
                    writer.write(empty)
                matte: UInt8 = np.asarray(cv2.imdecode(mattes[ends[k] : ends[k + 1]], cv2.IMREAD_GRAYSCALE), np.uint8)
                if matte.shape != empty.shape:
                    matte = np.asarray(cv2.resize(matte, (width, height)), np.uint8)
                writer.write(matte)
                at = int(frame) + 1
            tick()
        for _ in range(at, clip.frames):
            writer.write(empty)
    return Uri(str(path))


def _face(
    clip: Clip, chain: Chain, folder: Path, workdir: Path, name: str, tick: Callable[[], None]
) -> FaceTrack | None:
    t = clip.frames
    fragments = _by_frame(chain)
    measures = np.full((t, len(MEASURES)), np.nan, np.float32)
    head = np.full((t, 3), np.nan, np.float32)
    for fragment in fragments:
        with _opened(folder, fragment) as piece:
            frames, rows = _rows(piece, fragment)
            face = piece["face"][rows]
        measures[frames], head[frames] = expression_measures(face), head_angles(face)
        tick()
    present = np.isfinite(head[:, 0])
    if present.sum() < max(3, _FACE_SHARE * t):
        return None
    neutral: Neutral = neutral_from_measures(measures) if present.sum() >= 12 else POPULATION
    coefficients = coefficients_from_measures(measures, neutral)
    assert coefficients.shape == (t, len(EXPRESSIONS))
    out = ArrayFile(workdir / f"{name}.face.landmarks.npy", (t, 478, 3))
    at = 0
    for fragment in fragments:
        with _opened(folder, fragment) as piece:
            frames, rows = _rows(piece, fragment)
            face = piece["face"][rows]
        for k, frame in enumerate(frames):
            if frame > at:
                out.append(np.full((int(frame) - at, 478, 3), np.nan, np.float32))
            out.append(face[k : k + 1])
            at = int(frame) + 1
    if at < t:
        out.append(np.full((t - at, 478, 3), np.nan, np.float32))
    return FaceTrack(out.close(), present, head, coefficients)
