"""A roof at dusk: a skyline whose windows come on, a water tower, strings of lamps, clouds, cars, a plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from components.compose.painters import canvas, light, sea
from components.compose.painters import rooftop_set as roof
from components.compose.painters.canvas import linear
from components.compose.painters.plane import BLANK, Plane, plane_of
from components.compose.painters.rhythm import pulse
from components.core import UInt8


@dataclass(frozen=True)
class State:
    """What a frame is put together from.

    Attributes:
        plane: behind or before the dancers, and its rhythm.
        sky: (rows, 3 * W + 1, 3), see `sea.scroll_sky`.
        city: (rows, W, 3) and alpha (rows, W) of the skyline, from row city_top on.
        roof: (rows, W, 3) wall and floor, the lower end of the frame.
        sign: (plate, y, x) what the neon sign adds.
        windows, boxes, phases: plate and boxes of the windows that go on and off, and when.
        beacons: (x, y) of red lamps.
        strings: (n, 2) px: the points of each string of lamps, and which of them carry a lamp.
        lamp, spot, halo: sprites.
    """

    plane: Plane
    sky: UInt8
    city: UInt8
    alpha: UInt8
    city_top: int
    roof: UInt8
    sign: tuple[UInt8, int, int]
    windows: UInt8
    boxes: Any
    phases: Any
    beacons: tuple[tuple[float, float], ...]
    strings: tuple[Any, ...]
    lamp: UInt8
    spot: UInt8
    halo: UInt8


def prepare(width: int, height: int, parameters: Mapping[str, Any], seed: int, fps: Fraction, frames: int) -> State:
    """Paint everything that stands still.

    Args:
        parameters: see `plane_of`.
    """
    w, h = width, height
    plane = plane_of(w, h, parameters, fps)
    k = plane.unit
    lamp, spot, halo = (
        canvas.disc_sprite(15 * k, 0.34),
        canvas.disc_sprite(4.5 * k, 0.4),
        canvas.disc_sprite(38 * k, 0.0),
    )
    strings = _front_string(w, h) if plane.front else _strings(w, h)
    if plane.front:
        flat = BLANK[..., 0]
        return State(
            plane, BLANK, BLANK, flat, 0, BLANK, (BLANK, 0, 0), BLANK, None, None, (), strings, lamp, spot, halo
        )  # fmt: skip
    sky = roof.sky(w, h, seed)
    city = roof.skyline(w, h, k, seed)
    tower = roof.water_tower(w, h, k)
    picture = canvas.linear_picture(city.picture)
    shine = canvas.linear_picture(city.glow)
    hidden = tower.alpha
    picture += np.float32(0.55) * shine + canvas.bloom(shine, 4 * k, 1.1)
    canvas.lay(picture, roof.scaffold(w, h, k).alpha, linear(20, 15, 32))
    canvas.lay(picture, hidden, linear(24, 18, 36))
    canvas.lay(picture, np.clip(hidden - np.roll(hidden, round(2 * k), axis=1), 0, 1), linear(190, 96, 96))
    alpha = np.maximum(city.alpha, tower.board)
    sign = roof.sign(w, h, k) * canvas.grey(1 - hidden)
    lit = np.float32(0.4) * sign
    shown = canvas.develop(picture + lit, seed)
    top = int(np.flatnonzero(alpha.any(axis=1))[0])
    boxes = np.array([b for b in city.boxes if hidden[b[0], b[2]] == 0] or [(0, 1, 0, 1)], dtype=np.int32)
    windows = np.zeros_like(shown)
    for y0, y1, x0, x1 in boxes:
        windows[y0:y1, x0:x1] = (190, 150, 84)
    ground = roof.roof(w, h, k, seed)
    return State(
        plane=plane,
        sky=sea.repeated(canvas.develop(sky, seed), w),
        city=np.ascontiguousarray(shown[top:]),
        alpha=np.ascontiguousarray(alpha[top:]),
        city_top=top,
        roof=canvas.develop(ground, seed),
        sign=canvas.light_plate(picture + lit, np.float32(0.9) * sign),
        windows=windows,
        boxes=boxes,
        phases=np.random.default_rng(seed + 5).random((len(boxes), 2)),
        beacons=tuple(city.beacons),
        strings=strings,
        lamp=lamp,
        spot=spot,
        halo=halo,
    )


def _sag(x0: float, y0: float, x1: float, y1: float, depth: float, n: int) -> Any:
    t = np.linspace(0, 1, n)
    return np.stack([x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + 4 * depth * t * (1 - t)], axis=1)


def _strings(w: int, h: int) -> tuple[Any, ...]:
    lamps = max(9, round(13 * w / 720 * (1280 / h) ** 0.5))
    return (
        _sag(-0.05 * w, 0.215 * h, 1.06 * w, 0.155 * h, 0.060 * h, 2 * lamps - 3),
        _sag(-0.05 * w, 0.095 * h, 1.06 * w, 0.245 * h, 0.045 * h, 2 * lamps - 1),
    )


def _front_string(w: int, h: int) -> tuple[Any, ...]:
    return (_sag(-0.06 * w, -0.02 * h, 1.08 * w, 0.015 * h, 0.055 * h, 17),)


def paint(state: State, frame: UInt8, t_index: int) -> None:
    """Paint one frame: sky, plane, city, cars, roof, lamps."""
    second, count = state.plane.moment(t_index)
    if state.plane.front:
        _paint_strings(state, frame, second, count, 1.5)
        return
    sea.scroll_sky(frame, state.sky, 4.0 * state.plane.unit * second)
    _paint_plane(state, frame, second)
    light.lay_picture(frame, state.city, state.alpha, state.city_top, 0)
    np.copyto(frame[-len(state.roof) :], state.roof)
    phase, pace = state.phases[:, 0], 14 + 30 * state.phases[:, 1]
    on = np.mod(second / pace + phase, 1.0) < 0.55
    light.add_boxes(frame, 0, 0, state.windows, state.boxes, np.where(on, 256, 0).astype(np.int32))
    plate, y, x = state.sign
    light.add_plate(frame, y, x, plate, int(256 * (0.15 + 0.85 * pulse(count, 2.0))))
    for i, (bx, by) in enumerate(state.beacons):
        blink = max(0.0, np.sin(2 * np.pi * (0.55 * second + 0.37 * i))) ** 3
        light.add_sprite(frame, state.spot, bx, by, int(256 * blink), int(46 * blink), int(40 * blink))
    _paint_strings(state, frame, second, count, 1.0)


def _paint_plane(state: State, frame: UInt8, second: float) -> None:
    """A plane that crosses high up, with two steady lamps and one that flashes."""
    h, w = frame.shape[:2]
    along = np.mod(0.026 * second + 0.30, 1.2) - 0.1
    x, y = along * w, (0.115 - 0.035 * along) * h
    light.add_sprite(frame, state.spot, x, y, 150, 156, 170)
    light.add_sprite(frame, state.spot, x - 5 * state.plane.unit, y + 1.0, 200, 40, 40)
    if np.mod(second, 1.2) < 0.12:
        light.add_sprite(frame, state.lamp, x, y, 120, 124, 140)


def _paint_strings(state: State, frame: UInt8, second: float, count: float, size: float) -> None:
    """Strings of warm lamps that the wind moves; every other lamp brightens with the beat."""
    k = state.plane.unit
    h, w = frame.shape[:2]
    for n, points in enumerate(state.strings):
        t = np.linspace(0, 1, len(points))
        swing = np.sin(np.pi * t)
        moved = points.copy()
        moved[:, 0] += 2.5 * k * size * swing * np.sin(0.9 * second + n)
        moved[:, 1] += 3.5 * k * size * swing * np.sin(1.3 * second + 2 * n + 3 * t)
        wire = np.round(moved * 16).astype(np.int32)
        cv2.polylines(frame, [wire], False, (16, 13, 26), max(1, round(1.8 * k * size)), cv2.LINE_AA, 4)
        for i in range(1, len(moved), 2):
            x, y = float(moved[i, 0]), float(moved[i, 1]) + 9 * k * size
            if not (-60 < x < w + 60 and -60 < y < h):
                continue
            lit = 0.62 + 0.38 * pulse(count + (0.5 if (i // 2) % 2 else 0.0), 2.2)
            top, low = (round(x), round(y - 9 * k * size)), (round(x), round(y - 4 * k * size))
            cv2.line(frame, top, low, (16, 13, 26), max(1, round(3 * k * size)))
            light.add_sprite(frame, state.halo, x, y, int(170 * lit), int(92 * lit), int(24 * lit))
            light.add_sprite(frame, state.lamp, x, y, int(256 * lit), int(190 * lit), int(92 * lit))
