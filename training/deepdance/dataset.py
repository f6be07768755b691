"""A reference that was looked at becomes pairs of pose and picture of one person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from components.animate.deepdance.window import Window
from components.choreograph.smooth import clean
from components.core import DEEPDANCE_13, Clip, Dance, Dancer, Progress, StageContext, TroupeError, UInt8, Uri
from components.media import decode
from components.media.output import writing
from training.deepdance import FAMILY_NAME
from training.deepdance.background import beside, chosen, mattes_of, plate_of
from training.deepdance.blocks import hold_out, learnable
from training.deepdance.body import bones_of
from training.lifecycle.records import Prepared

SIZES = (32, 64, 128, 256)
_FEWEST = 24
"""Frames to learn from, below which there is nothing to learn."""
_TALL = 90
"""Percentile of the boxes' heights that counts as the person's height: crouching does not make a person smaller."""


class DatasetSettings(BaseModel, frozen=True):
    """What pairs are made of.

    Attributes:
        size: px of the pictures: 32 (for trying), 64, 128 or 256.
        dancer: who is learned, by identity.
        background: learn the person before their background: all of it where the camera stands still, what surrounds
            them where it moves; else the background is learned too.
    """

    size: int = 64
    dancer: int = Field(default=0, ge=0)
    background: bool = True


def run(dance: Dance, *, settings: DatasetSettings, context: StageContext) -> Prepared:
    """Cut the person out of every frame in which they are seen.

    Into the workdir go `pairs.json`, `poses.npy` and `steady.npy` (N, 13, 2) float32 relative to the steady hip in
    heights, as seen and smoothed, `frames.npy` (N, S, S, 3), `mattes.npy` (N, S, S), and with `background`
    `plates.npy` (N, S, S, 3), all uint8, `boxes.npy` (N, 4) float32 px of the pictures, `numbers.npy` (N,) int64: the
    frame of the clip.

    Raises:
        TroupeError: too_few_frames: the person is seen too rarely; no_such_dancer, invalid_setting, disk_full.
    """
    if settings.size not in SIZES:
        sizes = ", ".join(str(s) for s in SIZES)
        raise TroupeError("invalid_setting", f"The size {settings.size} is none of {sizes}.", size=settings.size)
    clip, dancer = _person(dance, settings.dancer)
    numbers = _seen(dance, dancer)
    fps = float(dance.fps)
    blocks = hold_out(dance.frames, fps)
    held = tuple(b for b in (np.flatnonzero(np.isin(numbers, block)) for block in blocks) if len(b) > 1)
    train = np.flatnonzero(learnable(dance.frames, fps, blocks)[numbers])
    if len(train) < _FEWEST or len(held) < 2:
        raise TroupeError(
            "too_few_frames",
            f"The person is seen in {len(numbers)} frames, of which {len(train)} can be learned from (at least "
            f"{_FEWEST}); use a clip of ten seconds or more in which one whole person can be seen.",
            frames=len(numbers),
            learnable=len(train),
        )
    xy = dancer.pose.xyz[numbers, :, :2].astype(np.float64)
    # the window goes with the steady hip: by the hip as seen it would shake, and the person in it
    steady = clean(dancer.pose, dance.fps, dance.frames).xyz[numbers, :, :2]
    hips = steady[:, 23:25].mean(axis=1)
    boxes = np.asarray(dancer.box[numbers], np.float64)
    height = float(np.percentile(boxes[:, 3] - boxes[:, 1], _TALL))
    window = Window.around((boxes - np.tile(hips, 2)) / height)
    size = settings.size
    folder = context.workdir
    plate = _plate(clip, dancer, numbers[train]) if settings.background else None
    with writing(folder / "frames.npy"):
        _cut(clip, dancer, numbers, hips, height, window, size, settings.background, plate, folder, context)
        scale = size / (window.side * height)
        corner = np.tile(hips + np.array([window.left, window.top]) * height, 2)
        np.save(folder / "boxes.npy", ((boxes - corner) * scale - 0.5).astype(np.float32))
        for name, joints in (("poses", xy), ("steady", steady)):
            found = DEEPDANCE_13.convert(_three(joints))[..., :2]
            np.save(folder / f"{name}.npy", ((found - hips[:, None]) / height).astype(np.float32))
        np.save(folder / "numbers.npy", numbers)
        told = {
            "size": size,
            "fps": fps,
            "height": height,
            "window": window.values(),
            "background": settings.background,
            "blocks": [b.tolist() for b in held],
            "train": train.tolist(),
            "bones": bones_of(dancer.pose, numbers, height),
            "clip": clip.sha256,
        }
        (folder / "pairs.json").write_text(json.dumps(told))
    return Prepared(FAMILY_NAME, Uri(str(folder)), _hash(folder), len(numbers))


def _person(dance: Dance, identity: int) -> tuple[Clip, Dancer]:
    if dance.clip is None:
        raise TroupeError("invalid_setting", "A person is learned from a video; a choreography has no pictures.")
    for dancer in dance.dancers:
        if dancer.identity == identity:
            if dancer.mask is None:
                raise TroupeError("invalid_setting", "The reference was looked at without mattes; look with them.")
            return dance.clip, dancer
    raise TroupeError("no_such_dancer", f"The reference has no dancer {identity}.", dancer=identity)


def _seen(dance: Dance, dancer: Dancer) -> npt.NDArray[np.int64]:
    whole = np.isfinite(dancer.pose.xyz[:, :, :2]).all(axis=(1, 2)) & np.isfinite(dancer.box).all(axis=1)
    return np.flatnonzero(dancer.pose.present & whole)


def _three(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return np.concatenate([xy, np.zeros_like(xy[..., :1])], axis=-1).astype(np.float32)


def _plate(clip: Clip, dancer: Dancer, numbers: npt.NDArray[np.int64]) -> UInt8 | None:
    wanted = chosen(numbers)
    pictures, mattes = [], []
    for number in wanted:
        picture = next(iter(decode(clip, first=int(number), count=1)))
        matte = next(iter(mattes_of(clip, dancer, int(number), 1)))
        pictures.append(picture)
        mattes.append(np.asarray(cv2.resize(matte, (clip.width, clip.height)), np.uint8))
    return plate_of(pictures, mattes)


def _cut(
    clip: Clip,
    dancer: Dancer,
    numbers: npt.NDArray[np.int64],
    hips: npt.NDArray[np.float64],
    height: float,
    window: Window,
    size: int,
    background: bool,
    plate: UInt8 | None,
    folder: Path,
    context: StageContext,
) -> None:
    """Write the pictures of the window: of the clip, of the matte, and of the background."""
    count = len(numbers)
    frames = np.lib.format.open_memmap(folder / "frames.npy", "w+", np.uint8, (count, size, size, 3))
    mattes = np.lib.format.open_memmap(folder / "mattes.npy", "w+", np.uint8, (count, size, size))
    plates = None
    if background:
        plates = np.lib.format.open_memmap(folder / "plates.npy", "w+", np.uint8, (count, size, size, 3))
    at = {int(n): i for i, n in enumerate(numbers)}
    both: Iterator[tuple[UInt8, UInt8]] = zip(decode(clip), mattes_of(clip, dancer), strict=False)
    for number, (picture, matte) in enumerate(both):
        if (i := at.get(number)) is None:
            continue
        if i % 32 == 0:
            context.report(Progress("dataset", i, count, "cut out"))
        onto = window.onto(hips[i], height, size)
        frames[i] = cut(picture, onto, size)
        # the matte is stored smaller than the clip: its px into the clip's
        sx, sy = matte.shape[1] / clip.width, matte.shape[0] / clip.height
        shrink = np.array([[sx, 0, 0.5 * sx - 0.5], [0, sy, 0.5 * sy - 0.5]])
        mattes[i] = cut(matte, np.column_stack([shrink[:, :2] @ onto[:, :2], shrink @ [*onto[:, 2], 1.0]]), size, 0)
        if plates is not None:
            plates[i] = beside(frames[i], mattes[i]) if plate is None else cut(plate, onto, size)
    for stored in (frames, mattes, plates):
        if stored is not None:
            stored.flush()


def cut(picture: UInt8, onto: npt.NDArray[np.float64], size: int, border: int | None = None) -> UInt8:
    """A square of a picture, averaged where it gets smaller.

    Args:
        picture: (H, W) or (H, W, 3) uint8.
        onto: (2, 3) affine from px of the square to px of the picture.
        size: px of the square.
        border: value beyond the picture's edge; None: the edge goes on.
    """
    fine = int(np.clip(np.ceil(abs(onto[0, 0])), 1, 8))
    finer = np.column_stack([onto[:, :2] / fine, onto[:, 2] + onto[:, :2] @ np.full(2, 0.5 / fine - 0.5)])
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    large = cv2.warpAffine(
        picture,
        finer,
        (size * fine, size * fine),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=mode,
        borderValue=border or 0,
    )
    return np.asarray(cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA) if fine > 1 else large, np.uint8)


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in (".npy", ".json"):
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
