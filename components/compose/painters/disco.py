"""A discotheque of the eighties: a mirror ball and its turning spots, a floor that lights up on the beat, arches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from components.compose.painters import canvas, light
from components.compose.painters import disco_set as hall
from components.compose.painters.plane import BLANK, Plane, plane_of
from components.compose.painters.rhythm import pulse
from components.core import Float32, UInt8

_PALETTE = np.array(
    [(255, 30, 130), (30, 190, 255), (255, 190, 20), (150, 50, 255), (255, 96, 20), (40, 240, 150)], dtype=np.float64
)
_TURN = 0.42
"""Radians a second of the ball."""


@dataclass(frozen=True)
class State:
    """What a frame is put together from.

    Attributes:
        plane: behind or before the dancers, and its rhythm.
        base: (H, W, 3) everything that stands still, arches at a third of their light.
        arches: (plate, y, x) what each arch adds at full light.
        cells, weight: tiles of the floor, from its first row on.
        tiles: random numbers 0..1 for the tiles.
        ball: see `disco_set.ball`.
        mirrors: (4096,) random tilts of its facets.
        spots: (n, 2) radians: longitude and latitude of the beams that the ball throws.
        bulbs: (n, 2) px.
        spot, oval, bulb, glint: sprites.
    """

    plane: Plane
    base: UInt8
    arches: tuple[tuple[UInt8, int, int], ...]
    cells: Any
    weight: UInt8
    tiles: Float32
    ball: tuple[Float32, Any, Float32]
    mirrors: Float32
    spots: Float32
    bulbs: Any
    spot: UInt8
    oval: UInt8
    bulb: UInt8
    glint: UInt8


def prepare(width: int, height: int, parameters: Mapping[str, Any], seed: int, fps: Fraction, frames: int) -> State:
    """Paint everything that stands still.

    Args:
        parameters: see `plane_of`.
    """
    w, h = width, height
    plane = plane_of(w, h, parameters, fps)
    k = plane.unit
    rng = np.random.default_rng(seed)
    base = BLANK
    arches: tuple[tuple[UInt8, int, int], ...] = ()
    cells, weight = base[..., 0], base[..., 0]
    if not plane.front:
        scene = np.zeros((h, w, 3), dtype=np.float32)
        back = hall.wall(w, h, k, seed)
        canvas.lay(back, hall.behind_arch(w, h), canvas.linear(40, 12, 44))
        lights = hall.arch(w, h, k)
        glass, cells, weight = hall.floor(w, h, k)
        shared = back + np.float32(0.30) * sum(lights[1:], lights[0])
        scene[: len(back)] = shared
        scene[len(back) :] = glass + _mirrored(shared, h - len(back), k)
        base = canvas.develop(scene, seed)
        arches = tuple(canvas.light_plate(shared, np.float32(0.6) * x) for x in lights)
    n = 260
    spots = np.stack([rng.random(n) * 2 * np.pi, np.arcsin(rng.uniform(-0.62, 0.93, n))], axis=1).astype(np.float32)
    _, _, r = hall.ball_place(w, h)
    return State(
        plane, base, arches, cells, weight, rng.random(hall.TILES_ACROSS**2).astype(np.float32), hall.ball(r),
        rng.random(4096).astype(np.float32), spots, hall.marquee(w, h), _spot(8.5 * k, 1.0), _spot(13 * k, 0.42),
        canvas.disc_sprite(9 * k, 0.36), _glint(26 * k),
    )  # fmt: skip


def _mirrored(scene: Float32, rows: int, k: float) -> Float32:
    source = np.clip(len(scene) - 1 - np.arange(rows) * 1.5, 0, len(scene) - 1).astype(np.int32)
    soft = canvas.blur(cv2.blur(scene[source], (1, max(1, round(30 * k)))), 4 * k)
    return np.asarray(np.float32(0.22) * soft, dtype=np.float32)


def _spot(radius: float, flat: float) -> UInt8:
    """A spot of light with a soft edge, `flat` times as high as wide."""
    n = 2 * int(np.ceil(radius)) + 5
    y, x = np.mgrid[0:n, 0:n].astype(np.float32) - (n - 1) / 2
    d = np.hypot(x, y / flat) / radius
    out: UInt8 = (255 * np.clip((1 - d) * 2.2, 0, 1) ** 1.3).astype(np.uint8)
    return np.pad(out, 1)[1:-1, 1:-1]


def _glint(radius: float) -> UInt8:
    """A star of four rays, as a lens draws it around a flash."""
    n = 2 * int(np.ceil(radius)) + 3
    y, x = np.abs(np.mgrid[0:n, 0:n].astype(np.float32) - (n - 1) / 2) / radius
    rays = np.exp(-60 * np.minimum(x, y) ** 2 * 8 - 3.2 * np.maximum(x, y)) * np.clip(1 - np.maximum(x, y), 0, 1)
    out: UInt8 = (255 * np.clip(rays + np.exp(-(x * x + y * y) * 60), 0, 1)).astype(np.uint8)
    out[0] = out[-1] = 0
    out[:, 0] = out[:, -1] = 0
    return out


def paint(state: State, frame: UInt8, t_index: int) -> None:
    """Paint one frame: base, arches, floor, beams, spots, ball."""
    second, count = state.plane.moment(t_index)
    if state.plane.front:
        return
    np.copyto(frame, state.base)
    step = int(np.floor(count))
    for i, (plate, y, x) in enumerate(state.arches):
        # The light runs inwards through the arches, one a beat.
        age = count - step + (step + i) % 4
        level = float(np.exp(-1.5 * age))
        if level < 0.04:
            continue
        light.add_plate(frame, y, x, plate, int(256 * level))
    edge = len(frame) - len(state.weight)
    light.light_cells(frame, edge, 0, state.cells, state.weight, _floor_colours(state, count))
    _paint_bulbs(state, frame, count)
    _paint_beams(state, frame, count)
    _paint_spots(state, frame, second)
    _paint_ball(state, frame, second, count)


def _floor_colours(state: State, count: float) -> Any:
    """(tiles, 3) 0..256: patterns that change on every beat and fade a little until the next."""
    n = hall.TILES_ACROSS
    step = int(np.floor(count))
    bar = step // 4
    z, x = (g.ravel() for g in np.mgrid[0:n, 0:n])
    noise = np.mod(state.tiles * 97.0 + 0.618 * step, 1.0)
    kind = bar % 4
    if kind == 0:
        index, on = (x + z + step) % 6, (x + z + step) % 2 == 0
    elif kind == 1:
        index, on = (np.maximum(np.abs(x - 0), np.abs(z - 8)) - step) % 6, np.ones_like(x, dtype=bool)
    elif kind == 2:
        index, on = (noise * 6).astype(int), noise * 6 % 1 < 0.72
    else:
        index, on = (x - step) % 6, (z + x * 0 + step) % 2 == 0
    level = np.where(on, 0.46 + 0.40 * pulse(count, 2.0), 0.13)
    return (_PALETTE[index] * level[:, None]).astype(np.int32)


def _paint_bulbs(state: State, frame: UInt8, count: float) -> None:
    """Bulbs around the arches, every third lit, running twice a beat."""
    step = int(np.floor(count * 2))
    for i, (x, y) in enumerate(state.bulbs):
        lit = 1.0 if (i - step) % 3 == 0 else 0.28
        light.add_sprite(frame, state.bulb, float(x), float(y), int(256 * lit), int(214 * lit), int(140 * lit))


def _paint_beams(state: State, frame: UInt8, count: float) -> None:
    """Coloured lamps from the upper corners, in a field of a quarter of the frame's size."""
    h, w = frame.shape[:2]
    rows = round(0.80 * h) // 4
    field = np.zeros((rows, w // 4, 3), dtype=np.float32)
    step = int(np.floor(count / 2))
    for i, (x, lean) in enumerate(((0.04, 30), (0.20, 14), (0.80, -14), (0.96, -30))):
        swing = 9 * np.sin(2 * np.pi * (count / 8 + 0.25 * i))
        level = 0.40 * (0.45 + 0.55 * pulse(count + 0.5 * (i % 2), 1.6))
        r, g, b = _PALETTE[(step + i) % 6] * level * 0.62
        light.add_beam(
            field, x * w / 4, -0.01 * h / 4, lean * w / h * 1.4 + swing, 0.11, 2.5 * state.plane.unit, 0.2 * h, r, g, b
        )
    light.cast_field(frame, np.clip(field, 0, 255).astype(np.uint8))


def _paint_spots(state: State, frame: UInt8, second: float) -> None:
    """What the ball throws on the wall behind and on the floor."""
    h, w = frame.shape[:2]
    bx, by, _ = hall.ball_place(w, h)
    longitude = np.mod(state.spots[:, 0] + _TURN * second, 2 * np.pi) - np.pi
    latitude = state.spots[:, 1]
    edge, feet, horizon = hall.EDGE * h, (0.90 - hall.HORIZON) * h, hall.HORIZON * h
    away = 0.42 * h
    on_wall = np.abs(longitude) < 1.25
    x = bx + away * np.tan(longitude)
    y = by + away * np.tan(latitude) / np.cos(longitude)
    for i in np.flatnonzero(on_wall & (x > -20) & (x < w + 20) & (y > -20) & (y < edge - 6)):
        fade = float(np.cos(longitude[i])) ** 1.5 * 150
        light.add_sprite(frame, state.spot, float(x[i]), float(y[i]), int(fade), int(0.92 * fade), int(0.86 * fade))
    # On the floor: where the beam meets the plane below the eye.
    below = latitude > 0.25
    reach = 1.55 / np.tan(np.where(below, latitude, 1.0))
    z = 1.25 + reach * np.cos(longitude) * 0.5
    sx = w / 2 + reach * np.sin(longitude) * 0.5 * feet / np.maximum(z, 0.3)
    sy = horizon + feet / np.maximum(z, 0.3)
    for i in np.flatnonzero(below & (z > 0.7) & (sy > edge + 3) & (sy < h + 20) & (sx > -20) & (sx < w + 20)):
        light.add_sprite(frame, state.oval, float(sx[i]), float(sy[i]), 120, 112, 118)


def _paint_ball(state: State, frame: UInt8, second: float, count: float) -> None:
    h, w = frame.shape[:2]
    x, y, r = hall.ball_place(w, h)
    k = state.plane.unit
    cv2.line(frame, (round(x), 0), (round(x), round(y - r)), (30, 24, 36), max(1, round(4 * k)))
    cv2.rectangle(
        frame, (round(x - 9 * k), round(y - r - 7 * k)), (round(x + 9 * k), round(y - r + 4 * k)), (70, 60, 80), -1
    )
    n = len(state.ball[2])
    step = int(np.floor(count / 2))
    hue = np.stack([_PALETTE[step % 6], _PALETTE[(step + 3) % 6]])
    y0, x0 = round(y - (n - 1) / 2), round(x - (n - 1) / 2)
    hall.paint_ball(frame, *state.ball, state.mirrors, y0, x0, _TURN * second, hue)
    for i in range(7):
        # A flash lasts a third of a second, at a place and time of its own.
        turn = 0.9 * second + 0.37 * i
        lap, part = int(np.floor(turn)), turn - np.floor(turn)
        if part > 0.3:
            continue
        a, b = state.mirrors[(lap * 37 + i * 101) % 4096], state.mirrors[(lap * 53 + i * 71 + 9) % 4096]
        angle, radius = 2 * np.pi * a, r * 0.92 * np.sqrt(b)
        lit = int(256 * np.sin(np.pi * part / 0.3))
        light.add_sprite(
            frame, state.glint, float(x + radius * np.cos(angle)), float(y + radius * np.sin(angle)), lit, lit, lit
        )
