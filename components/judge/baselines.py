"""Two videos of no effort: a frozen photo, and a photo that only follows the pelvis. Everything must beat them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.core import Clip, Dance, Still, UInt8
from components.judge.pose_error import HIPS, Poses

Float = npt.NDArray[np.float64]


def frozen_poses(photo: Float, visibility: Float, reference: Poses) -> Poses:
    """The photo's own pose at every moment.

    Args:
        photo: (33, 2) px of the frame.
        visibility: (33,).
        reference: only its length is used.
    """
    count = len(reference.xy)
    return Poses(np.repeat(photo[None], count, axis=0), np.repeat(visibility[None], count, axis=0))


def pelvis_poses(photo: Float, visibility: Float, reference: Poses) -> Poses:
    """The photo's own pose, shifted so that its pelvis lies on the reference's; held where that is not seen."""
    frozen = frozen_poses(photo, visibility, reference)
    shift = pelvis_shift(photo, reference.xy)
    return Poses(frozen.xy + shift[:, None], frozen.visibility)


def pelvis_shift(photo: Float, reference: Float) -> Float:
    """(N, 2) px from the photo's pelvis to the reference's; the last known one where that is NaN.

    Args:
        photo: (33, 2) px.
        reference: (N, 33, 2) px of the same frame.
    """
    shift = reference[:, HIPS].mean(axis=1) - photo[HIPS].mean(axis=0)
    known = np.flatnonzero(np.isfinite(shift).all(axis=1))
    if not len(known):
        return np.zeros_like(shift)
    last = known[np.maximum(np.searchsorted(known, np.arange(len(shift)), side="right") - 1, 0)]
    return np.asarray(shift[last])


def draw_baselines(
    photo: Still, photo_pose: Float, dance: Dance, size: tuple[int, int], folder: Path
) -> dict[str, Clip]:
    """Draw both for real, as videos of the dance's length.

    Args:
        photo: of the frame's aspect.
        photo_pose: (33, 2) px of the photo.
        dance: its first dancer is followed.
        size: (width, height) px, even.
        folder: frozen.mp4 and pelvis.mp4 are written there.

    Raises:
        TroupeError: unreadable_media, disk_full, output_unwritable.
    """
    import cv2

    from components.media import read_picture

    width, height = size
    picture = np.ascontiguousarray(read_picture(photo.uri)[..., :3])
    resized: UInt8 = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    to_frame = np.array([width / photo.width, height / photo.height])
    of_dance = np.array([width / dance.width, height / dance.height])
    tracks = dance.dancers[0].pose.xyz[..., :2].astype(np.float64) * of_dance
    shift = pelvis_shift(photo_pose * to_frame, tracks)

    def frozen() -> Iterator[UInt8]:
        for _ in range(dance.frames):
            yield resized

    def pelvis() -> Iterator[UInt8]:
        for x, y in shift:
            matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
            yield cv2.warpAffine(resized, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)

    return {
        "frozen": _write(folder / "frozen.mp4", frozen(), size, dance.fps),
        "pelvis": _write(folder / "pelvis.mp4", pelvis(), size, dance.fps),
    }


def _write(path: Path, frames: Iterator[UInt8], size: tuple[int, int], fps: Fraction) -> Clip:
    from components.media import VideoWriter, clip_of

    with VideoWriter(path, size[0], size[1], fps) as writer:
        for frame in frames:
            writer.write(frame)
    return clip_of(path)
