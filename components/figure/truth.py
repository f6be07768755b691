"""What is known of drawn pictures: where every joint is, who is seen, what stands on the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.figure.camera import Camera
from components.figure.head import mouth_curve
from components.figure.render import PosedFigure, Rendered

Float32 = npt.NDArray[np.float32]

_NEAR = 0.16
"""Metres (of a figure of 1.70 m) that a joint lies under its own skin at most."""


@dataclass(frozen=True)
class Truth:
    """What is true of N figures in T frames; figures are in the order in which they were given.

    Attributes:
        width, height: px.
        fps: frames a second; 0 for a photo.
        joints2d: (N, T, 33, 2) float32 px: MediaPipe's joints.
        joints3d: (N, T, 33, 3) float32 m: x right, y up, z to the viewer.
        visible: (N, T, 33) bool: in the frame, and hidden by no other figure nor by another part of the body.
        present: (N, T) bool: at least a little of the figure is seen.
        contacts: (N, T, 2) bool: the left, right sole is planted.
        boxes: (N, T, 4) float32 px x0, y0, x1, y1 of what is seen, NaN where not present.
        hands2d: (N, T, 2, 21, 2) float32 px, 0 = left.
        face: (N, T, 10) float32: coefficients in the order of EXPRESSIONS.
        head: (N, T, 3) float32 degrees yaw, pitch, roll, in picture terms as in FaceTrack.
        mouth: (N, T) float32: px between the inner lips if the face were seen from the front.
        mattes: (N, T, H, W) uint8 how much of a pixel is seen of a figure, or None where they were not asked for.
        camera: which saw it.
    """

    width: int
    height: int
    fps: float
    joints2d: Float32
    joints3d: Float32
    visible: npt.NDArray[np.bool_]
    present: npt.NDArray[np.bool_]
    contacts: npt.NDArray[np.bool_]
    boxes: Float32
    hands2d: Float32
    face: Float32
    head: Float32
    mouth: Float32
    mattes: npt.NDArray[np.uint8] | None
    camera: Camera


@dataclass(frozen=True)
class FrameTruth:
    """The same for one figure in one frame; the fields of Truth without N and T."""

    joints2d: Float32
    joints3d: Float32
    visible: npt.NDArray[np.bool_]
    present: bool
    box: Float32
    hands2d: Float32
    face: Float32
    head: Float32
    mouth: float


def head_angles(rows: npt.NDArray[np.float64]) -> Float32:
    """Degrees yaw, pitch, roll as in FaceTrack of a head whose frame has the rows x, y, z."""
    x, _, z = rows
    yaw = np.arctan2(z[0], z[2])
    pitch = np.arcsin(np.clip(-z[1], -1, 1))
    # Roll is what is left of the lean of the eyes' line once yaw and pitch are taken away.
    level = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    above = np.cross(z, level)
    roll = np.arctan2(-(x @ above), x @ level)
    return np.degrees([yaw, pitch, roll]).astype(np.float32)


def frame_truth(posed: PosedFigure, number: int, camera: Camera, drawn: Rendered | None) -> FrameTruth:
    """What is true of one figure in one frame.

    Args:
        posed: the figure.
        number: its index in the frame.
        camera: which saw it.
        drawn: the frame; None where the figure was away.
    """
    bones = posed.bones
    flat = camera.project(bones.joints)
    visible = np.zeros(33, np.bool_)
    box = np.full(4, np.nan, np.float32)
    present = False
    if drawn is not None:
        h, w = drawn.figure.shape
        col = np.round(flat[:, 0]).astype(int)
        row = np.round(flat[:, 1]).astype(int)
        inside = (col >= 0) & (row >= 0) & (col < w) & (row < h)
        col, row = np.clip(col, 0, w - 1), np.clip(row, 0, h - 1)
        away = np.linalg.norm(bones.joints - np.asarray(camera.position), axis=1)
        under = away - drawn.depth[row, col]
        visible = inside & (drawn.figure[row, col] == number) & (under < _NEAR * bones.scale)
        seen = drawn.matte[number] > 127
        if seen.sum() > 12:
            present = True
            rows, cols = np.nonzero(seen.any(1))[0], np.nonzero(seen.any(0))[0]
            box = np.array([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1], np.float32)
    from components.figure.skeleton import HEAD_UNIT

    gap = max(mouth_curve(0.0, posed.face)[2] * 2.0, 0.0) * HEAD_UNIT * bones.scale
    scale = camera.focal / float(camera.project(bones.head)[2])
    return FrameTruth(
        flat[:, :2].astype(np.float32),
        bones.joints.astype(np.float32),
        visible,
        present,
        box,
        camera.project(bones.hands)[..., :2].astype(np.float32),
        posed.face[:10].astype(np.float32),
        head_angles(bones.head_rows),
        float(gap * scale),
    )


def gather(
    frames: Sequence[Sequence[FrameTruth]],
    contacts: npt.NDArray[np.bool_],
    size: tuple[int, int],
    fps: float,
    camera: Camera,
    mattes: npt.NDArray[np.uint8] | None,
) -> Truth:
    """Truths of T frames of N figures as one Truth.

    Args:
        frames: T sequences of N.
        contacts: (N, T, 2).
        size: px width, height.
        fps: frames a second.
        camera: which saw them.
        mattes: (N, T, H, W) or None.
    """

    def field(name: str) -> npt.NDArray[np.float32]:
        return np.stack([np.stack([np.asarray(getattr(f, name)) for f in one]) for one in frames], 1)

    return Truth(
        size[0], size[1], fps, field("joints2d"), field("joints3d"), field("visible").astype(np.bool_),
        field("present").astype(np.bool_), contacts, field("box"), field("hands2d"), field("face"), field("head"),
        field("mouth").astype(np.float32), mattes, camera,
    )  # fmt: skip
