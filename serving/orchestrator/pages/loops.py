"""Moving thumbnails: a few seconds of every preset and of every built-in choreography, drawn so that they run round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from components.compose.painters import painter
from components.core import Float32, UInt8
from components.media import VideoWriter, write_picture
from components.repertoire.choreographies import choreography_motion
from components.scenery.presets import Preset

FPS = 15
_SECONDS = 4
_BLEND = 10
"""Frames over which the end of a preset's loop fades into its beginning."""
_TEMPO = 120.0
"""Beats a minute: the loop is a whole number of bars."""
_SIZE = (288, 512)
_STAGE = (288, 360)
_FINER = 2
"""Figures are drawn so many times larger and made small: OpenCV's own smoothing shows on thick limbs."""
_GROUNDS: Mapping[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "groove": ((92, 32, 88), (224, 92, 120)),
    "disco": ((112, 44, 20), (240, 170, 70)),
    "salsa": ((120, 18, 38), (236, 96, 72)),
    "house": ((16, 52, 92), (60, 168, 178)),
    "pop": ((46, 34, 110), (150, 112, 226)),
}
"""sRGB at the top and bottom of what each choreography is danced before; others take the first."""
_ARMS: tuple[tuple[int, ...], ...] = ((11, 13, 15), (12, 14, 16))
_LEGS: tuple[tuple[int, ...], ...] = ((23, 25, 27, 31), (24, 26, 28, 32))
_FIGURE = (255, 247, 238)


def draw_preset(preset: Preset, folder: Path) -> tuple[Path, Path]:
    """A loop (MP4) and a poster (JPEG) of a preset.

    Args:
        preset: which.
        folder: where the files go.

    Raises:
        TroupeError: disk_full, output_unwritable.
    """
    width, height = _SIZE
    frames = _SECONDS * FPS
    tool = painter(preset.painter)
    planes = [{"tempo": _TEMPO}] + ([{"tempo": _TEMPO, "plane": "front"}] if preset.foreground else [])
    states = [tool.prepare(width, height, plane, 0, Fraction(FPS), frames + _BLEND) for plane in planes]
    drawn: list[UInt8] = []
    for i in range(frames + _BLEND):
        frame = np.zeros((height, width, 3), np.uint8)
        for state in states:
            tool.paint(state, frame, i)
        drawn.append(frame)
    for i in range(_BLEND):
        share = (i + 1) / (_BLEND + 1)
        drawn[i] = cv2.addWeighted(drawn[i], share, drawn[frames + i], 1 - share, 0).astype(np.uint8)
    return _written(iter(drawn[:frames]), _SIZE, folder, preset.name)


def draw_choreography(name: str, folder: Path) -> tuple[Path, Path]:
    """A loop (MP4) and a poster (JPEG) of a built-in choreography, danced by a pictogram.

    Args:
        name: of the choreography.
        folder: where the files go.

    Raises:
        TroupeError: unknown_choreography, disk_full, output_unwritable.
    """
    motion = choreography_motion(name, Fraction(FPS))
    counts = motion.beats[:9]
    frames = round(float(counts[-1]) * FPS) if len(counts) == 9 else min(motion.frames, _SECONDS * FPS)
    joints = motion.joints[:frames]
    reach = np.ptp(joints[..., 0], axis=1) + 0.5 * np.ptp(joints[..., 1], axis=1)
    return _written(_figures(joints, name), _STAGE, folder, name, poster=int(np.argmax(reach)))


def _written(
    frames: Iterator[UInt8], size: tuple[int, int], folder: Path, name: str, poster: int = 0
) -> tuple[Path, Path]:
    loop, still = folder / f"{name}.mp4", folder / f"{name}.jpg"
    with VideoWriter(loop, *size, FPS, crf=27, preset="slow") as writer:
        for i, frame in enumerate(frames):
            if i == poster:
                write_picture(still, frame)
            writer.write(frame)
    return loop, still


def _figures(joints: Float32, name: str) -> Iterator[UInt8]:
    width, height = _STAGE
    low, high = joints[..., 1].min(), joints[..., 1].max()
    scale = 0.74 * height / (high - low)
    middle = float(np.median(joints[..., 0]))
    # a dancer who travels stays in the picture: half of the way is shown
    drift = np.median(joints[..., 0], axis=1) - middle
    points = np.empty((*joints.shape[:2], 2), np.float64)
    points[..., 0] = width / 2 + scale * (joints[..., 0] - middle - 0.6 * drift[:, None])
    points[..., 1] = 0.9 * height - scale * (joints[..., 1] - low)
    ground = _ground(*_GROUNDS.get(name, next(iter(_GROUNDS.values()))))
    for at in points:
        yield _figure(ground, at * _FINER, scale * _FINER)


def _ground(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> UInt8:
    width, height = _STAGE
    along = np.linspace(0, 1, height)[:, None, None] ** 1.3
    plain = np.asarray(top) * (1 - along) + np.asarray(bottom) * along
    picture = np.broadcast_to(plain, (height, width, 3)).astype(np.float64)
    y, x = np.mgrid[0:height, 0:width]
    spot = np.exp(-(((x - width / 2) / (0.46 * width)) ** 2) - ((y - 0.86 * height) / (0.16 * height)) ** 2)
    return np.asarray(np.clip(picture + 34 * spot[..., None], 0, 255), dtype=np.uint8)


def _figure(ground: UInt8, at: npt.NDArray[np.float64], scale: float) -> UInt8:
    height, width = ground.shape[:2]
    mask = np.zeros((height * _FINER, width * _FINER), np.uint8)
    shoulders, hips = at[[11, 12]], at[[24, 23]]
    slim = np.concatenate([shoulders + 0.16 * (shoulders[::-1] - shoulders), hips + 0.1 * (hips[::-1] - hips)])
    trunk = np.round(slim).astype(np.int32)
    for chain in _LEGS:
        _limb(mask, at[list(chain)], 0.135 * scale, 0)
    cv2.fillPoly(mask, [trunk], (255,), cv2.LINE_AA)
    cv2.polylines(mask, [trunk], True, (255,), round(0.11 * scale), cv2.LINE_AA)
    neck, head = shoulders.mean(axis=0), (at[7] + at[8]) / 2
    cv2.circle(mask, _whole(head + 0.1 * (head - neck)), round(0.125 * scale), 255, -1, cv2.LINE_AA)
    for chain in _ARMS:
        _limb(mask, at[list(chain)], 0.105 * scale, round(0.045 * scale))
    alpha = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)[..., None] / 255.0
    shadow = np.zeros((height, width), np.float32)
    for foot in (27, 28):
        spot = (at[foot][0] / _FINER, 0.905 * height)
        axes = _whole((0.2 * scale / _FINER, 0.035 * scale / _FINER))
        cv2.ellipse(shadow, _whole(spot), axes, 0, 0, 360, 0.4, -1, cv2.LINE_AA)
    under = ground * (1 - cv2.GaussianBlur(shadow, (0, 0), 3.0)[..., None])
    return np.asarray(np.clip(under * (1 - alpha) + np.array(_FIGURE) * alpha, 0, 255), dtype=np.uint8)


def _limb(mask: UInt8, chain: npt.NDArray[np.float64], thick: float, gap: int) -> None:
    """A limb with round joints; the gap around it sets it off from the body behind, but not at the shoulder."""
    width = max(1, round(thick))
    if gap:
        free = np.concatenate([[0.6 * chain[0] + 0.4 * chain[1]], chain[1:]])
        cv2.polylines(mask, [np.round(free).astype(np.int32)], False, (0,), width + 2 * gap, cv2.LINE_AA)
    cv2.polylines(mask, [np.round(chain).astype(np.int32)], False, (255,), width, cv2.LINE_AA)
    for joint in chain:
        cv2.circle(mask, _whole(joint), width // 2, (255,), -1, cv2.LINE_AA)


def _whole(point: npt.ArrayLike) -> tuple[int, int]:
    x, y = np.round(np.asarray(point, dtype=np.float64)).astype(int)
    return int(x), int(y)
