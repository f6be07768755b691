"""An enchanted forest at night: giant trees in mist, glowing mushrooms, fireflies, runes that breathe with the beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from components.compose.painters import canvas, light
from components.compose.painters import forest_set as glade
from components.compose.painters.plane import BLANK, Plane, plane_of
from components.compose.painters.rhythm import pulse
from components.core import Float32, UInt8


@dataclass(frozen=True)
class State:
    """What a frame is put together from.

    Attributes:
        plane: behind or before the dancers, and its rhythm.
        base: (H, W, 3) everything that stands still.
        glows: (plate, y, x) of the rose and the aqua mushrooms, and of the runes.
        shafts: two fields (h, w, 3) of light that falls from above, a quarter of the frame's size.
        mist: (h, w, 3) field of mist over the ground.
        smoke: (256, 256) tile that both drift by.
        flies: (n, 8) random numbers 0..1 of fireflies.
        fly, big: sprites.
        ferns: (alpha, y, x) silhouettes near the viewer.
    """

    plane: Plane
    base: UInt8
    glows: tuple[tuple[UInt8, int, int], ...]
    shafts: tuple[Float32, ...]
    mist: Float32
    smoke: Float32
    flies: Float32
    fly: UInt8
    big: UInt8
    ferns: tuple[tuple[UInt8, int, int], ...]


def prepare(width: int, height: int, parameters: Mapping[str, Any], seed: int, fps: Fraction, frames: int) -> State:
    """Paint everything that stands still.

    Args:
        parameters: see `plane_of`.
    """
    w, h = width, height
    plane = plane_of(w, h, parameters, fps)
    k = plane.unit
    rng = np.random.default_rng(seed + 17)
    smoke = canvas.tile_noise(256, 4, 4, seed)
    fly, big = canvas.disc_sprite(9 * k, 0.26), canvas.disc_sprite(22 * k, 0.20)
    if plane.front:
        flies = rng.random((9, 8)).astype(np.float32)
        ferns = _ferns(w, h, k, seed)
        return State(plane, BLANK, (), (), _low_mist(w, h), smoke, flies, fly, big, ferns)
    scene = glade.woods(w, h, k, seed)
    floor, cover = glade.ground(w, h, k, seed)
    canvas.lay(scene[-len(floor) :], cover, floor)
    rose, aqua = glade.draw_mushrooms(scene, glade.mushrooms(w, h, k, seed), k)
    marks = glade.runes(w, h)
    carved = canvas.tint(0.95 * marks + 0.9 * canvas.blur(marks, 5 * k) + 1.1 * canvas.blur(marks, 22 * k), glade.MOSS)
    shared = scene + np.float32(0.45) * (rose + aqua) + np.float32(0.16) * carved
    glows = tuple(
        canvas.light_plate(shared, np.float32(gain) * part) for gain, part in ((0.8, rose), (0.8, aqua), (0.95, carved))
    )
    first, second = glade.shafts(w // 4, h // 4, seed)
    return State(
        plane=plane,
        base=canvas.develop(shared, seed),
        glows=glows,
        shafts=(canvas.tint(first, (62, 92, 74)), canvas.tint(second, (48, 88, 84))),
        mist=_mist(w, h),
        smoke=smoke,
        flies=rng.random((46, 8)).astype(np.float32),
        fly=fly,
        big=big,
        ferns=(),
    )


def _mist(w: int, h: int) -> Float32:
    y = np.arange(h // 4, dtype=np.float32)[:, None] * 4 / h
    band = np.exp(-(((y - glade.GROUND) / 0.075) ** 2)) * np.ones((1, w // 4), dtype=np.float32)
    return canvas.tint(band.astype(np.float32), (30, 62, 62))


def _low_mist(w: int, h: int) -> Float32:
    rows = (h - round(0.87 * h)) // 4
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None] ** 1.3 * np.ones((1, w // 4), dtype=np.float32)
    return canvas.tint(y.astype(np.float32), (22, 44, 44))


def _ferns(w: int, h: int, k: float, seed: int) -> tuple[tuple[UInt8, int, int], ...]:
    """Ferns in both lower corners."""
    out = []
    size = round(min(0.30 * w, 0.22 * h))
    for side in (0, 1):
        root = (0.02 * size if side == 0 else 0.98 * size, 1.04 * size)
        alpha = glade.fern(size, size, root, 0.85 * size, 0.42 * (1 - 2 * side), seed + side)
        soft = cv2.GaussianBlur(alpha, (0, 0), 1.3 * k)
        out.append((soft, h - size, 0 if side == 0 else w - size))
    return tuple(out)


def paint(state: State, frame: UInt8, t_index: int) -> None:
    """Paint one frame: base, glows, light and mist, fireflies, leaves."""
    second, count = state.plane.moment(t_index)
    if state.plane.front:
        _paint_front(state, frame, second)
        return
    np.copyto(frame, state.base)
    levels = (
        0.30 + 0.70 * pulse(count / 2, 1.6),
        0.30 + 0.70 * pulse(count / 2 + 0.5, 1.6),
        0.10 + 0.90 * pulse(count, 1.9),
    )
    for (plate, y, x), level in zip(state.glows, levels, strict=True):
        light.add_plate(frame, y, x, plate, int(256 * level))
    a, b = 0.55 + 0.45 * np.sin(0.35 * second), 0.55 + 0.45 * np.sin(0.27 * second + 2.0)
    field = np.float32(a) * state.shafts[0] + np.float32(b) * state.shafts[1] + state.mist
    out = np.empty(field.shape, dtype=np.uint8)
    light.shade_field(field, state.smoke, 6 * second, -2.5 * second, 0.6, out)
    light.cast_field(frame, out)
    _paint_flies(state, frame, second, state.fly)
    _paint_leaves(state, frame, second)


def _paint_flies(state: State, frame: UInt8, second: float, sprite: UInt8) -> None:
    """Fireflies on slow loops; each glows up and fades on its own."""
    h, w = frame.shape[:2]
    for a, b, c, d, e, f, g, p in state.flies.astype(np.float64):
        x = w * (1.1 * a - 0.05) + 0.09 * w * np.sin((0.18 + 0.25 * c) * second + 6.28 * d)
        y = h * (0.30 + 0.62 * b) + 0.05 * h * np.sin((0.22 + 0.3 * e) * second + 6.28 * f)
        glow = max(0.0, np.sin((0.7 + 0.9 * g) * second + 6.28 * p)) ** 1.5
        if glow > 0.04:
            light.add_sprite(frame, sprite, x, y, int(238 * glow), int(256 * glow), int(112 * glow))


def _paint_leaves(state: State, frame: UInt8, second: float) -> None:
    """A few leaves that sail down and turn as they fall."""
    h, w = frame.shape[:2]
    for i, (a, b, c, d, *_) in enumerate(state.flies[:9].astype(np.float64)):
        fall = np.mod(second * (0.045 + 0.03 * b) + c, 1.0)
        x = w * (0.05 + 0.9 * a) + 0.06 * w * np.sin(1.1 * second + 6.28 * d)
        y = h * (0.05 + 0.80 * fall)
        turn = 50 * np.sin(1.7 * second + 6.28 * b) + 40 * i
        flat = abs(np.sin(2.1 * second + 6.28 * c)) * 0.7 + 0.3
        axes = (max(1, round(16 * 7 * state.plane.unit)), max(1, round(16 * 3.2 * state.plane.unit * flat)))
        colour = ((92, 150, 88), (150, 138, 70), (66, 130, 104))[i % 3]
        cv2.ellipse(frame, (round(16 * x), round(16 * y)), axes, turn, 0, 360, colour, -1, cv2.LINE_AA, 4)


def _paint_front(state: State, frame: UInt8, second: float) -> None:
    out = np.empty(state.mist.shape, dtype=np.uint8)
    light.shade_field(state.mist, state.smoke, 11 * second, 0.0, 1.0, out)
    light.cast_field(frame, out, len(frame) - 4 * len(out))
    for alpha, y, x in state.ferns:
        light.lay_shape(frame, alpha, y, x, 5, 17, 19)
    _paint_flies(state, frame, second, state.big)
