"""A cyberpunk nightclub: neon signs, an equaliser wall, beams and lasers on the beat, a crowd, a wet stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from components.compose.painters import canvas, light
from components.compose.painters import nightclub_set as stage
from components.compose.painters.plane import BLANK, Plane, plane_of
from components.compose.painters.rhythm import pulse
from components.core import Float32, UInt8

_BEAMS = ((0, 190, 255), (255, 40, 190), (130, 70, 255), (40, 255, 220))
_LASERS = ((20, 255, 120), (255, 30, 120), (40, 200, 255))


@dataclass(frozen=True)
class State:
    """What a frame is put together from.

    Attributes:
        plane: behind or before the dancers, and its rhythm.
        base: (H, W, 3) everything that stands still, signs half lit.
        signs: (plate, y, x) what each group of signs adds at full light.
        screen, boxes, screen_at: the equaliser, see `nightclub_set.equaliser`.
        crowd: (alpha, rim, y) rows of people.
        fog: (rows, w, 3) before the dancers' feet, px of a quarter of the frame.
        smoke: (256, 256) tile that it drifts by.
        phases: random numbers 0..1.
    """

    plane: Plane
    base: UInt8
    signs: tuple[tuple[UInt8, int, int], ...]
    screen: UInt8
    boxes: Any
    screen_at: tuple[int, int]
    crowd: tuple[tuple[UInt8, UInt8, int], ...]
    fog: Float32
    smoke: Float32
    phases: Float32


def prepare(width: int, height: int, parameters: Mapping[str, Any], seed: int, fps: Fraction, frames: int) -> State:
    """Paint everything that stands still.

    Args:
        parameters: see `plane_of`.
    """
    w, h = width, height
    plane = plane_of(w, h, parameters, fps)
    k = plane.unit
    smoke = canvas.tile_noise(256, 4, 4, seed)
    phases = np.random.default_rng(seed).random(64).astype(np.float32)
    if plane.front:
        return State(plane, BLANK, (), BLANK, None, (0, 0), (), _fog(w, h), smoke, phases)
    wet = stage.wetness(w, h, k, seed)
    parts = (stage.ring_sign(w, h, k), stage.left_signs(w, h, k), stage.right_signs(w, h, k))
    groups = [stage.with_stage(g, wet, k) for g in parts]
    shared = stage.with_stage(stage.wall(w, h, k), wet, k)
    for group in groups:
        shared += np.float32(0.45) * group
    stage.draw_joints(shared, wet, k)
    shared += _haze(w, h)
    signs = tuple(canvas.light_plate(shared, np.float32(0.6) * g) for g in groups)
    screen, boxes, at = stage.equaliser(w, h, k, wet)
    crowd = stage.crowd(w, h, k, seed)
    base = canvas.develop(shared, seed)
    return State(plane, base, signs, screen, boxes, at, crowd, np.zeros((1, 1, 3), dtype=np.float32), smoke, phases)


def _haze(w: int, h: int) -> Float32:
    """What hangs in the air over the crowd, (H, W, 3) linear light."""
    y = np.arange(h, dtype=np.float32)[:, None] / h
    glow = np.exp(-(((y - stage.EDGE) / 0.10) ** 2)) * np.ones((1, w))
    return canvas.tint(glow.astype(np.float32), canvas.linear(46, 22, 66))


def _fog(w: int, h: int) -> Float32:
    """Fog over the stage's front, (rows, w / 4, 3)."""
    rows = (h - round(0.86 * h)) // 4
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None] ** 1.3
    return canvas.tint(np.ascontiguousarray(np.broadcast_to(y, (rows, w // 4))), (46, 22, 70))


def paint(state: State, frame: UInt8, t_index: int) -> None:
    """Paint one frame: base, screen, signs, crowd, then light in the air."""
    second, count = state.plane.moment(t_index)
    if state.plane.front:
        _paint_fog(state, frame, second, count)
        return
    np.copyto(frame, state.base)
    light.add_boxes(frame, *state.screen_at, state.screen, state.boxes, _levels(state, count))
    beat = pulse(count, 4.0)
    for i, (plate, y, x) in enumerate(state.signs):
        level = beat if i == 0 else 0.85 * pulse(count / 2 + 0.5 * i, 5.0) * (0.2 if _drops_out(count, i) else 1.0)
        if level > 0.02:
            light.add_plate(frame, y, x, plate, int(256 * level))
    _paint_crowd(state, frame, count, beat)
    _paint_air(state, frame, second, count)
    _paint_lasers(state, frame, count)


def _drops_out(count: float, sign: int) -> bool:
    """A bad tube: now and then it drops out for an eighth of a beat."""
    return (int(np.floor(count * 8)) * 7919 + sign * 104729) % 41 == 0


def _levels(state: State, count: float) -> Any:
    """Gains of the screen's cells and of their mirror images: each column jumps on its part of the beat and falls."""
    i = np.arange(stage.COLUMNS)
    phase = state.phases[: stage.COLUMNS]
    beat = np.exp(-2.6 * np.mod(count + np.where(i % 3 == 2, 0.5, 0.0), 1.0))
    drift = 0.5 + 0.5 * np.sin(2 * np.pi * (count / (3 + 3 * phase) + phase))
    shape = 0.55 + 0.45 * np.cos((i / (stage.COLUMNS - 1) - 0.5) * 2.4 + 0.8 * np.sin(count / 5))
    height = stage.ROWS * np.clip(0.14 + shape * (0.52 * beat + 0.34 * drift), 0, 1)
    on = np.clip(height[None] - np.arange(stage.ROWS)[:, None], 0, 1)
    gains = (225 * on.ravel()).astype(np.int32)
    return np.concatenate([gains, gains])


def _paint_crowd(state: State, frame: UInt8, count: float, beat: float) -> None:
    h, w = frame.shape[:2]
    edge = round(stage.EDGE * h)
    for i, (alpha, rim, top) in enumerate(state.crowd):
        hop = round(7 * state.plane.unit * abs(np.sin(np.pi * (count + 0.25 * i))) ** 1.5)
        y = top - hop
        cut = max(0, min(len(alpha), edge - y))
        back = 1 - i
        light.lay_shape(frame, alpha[:cut], y, -4, 5 + 6 * back, 3 + 4 * back, 14 + 12 * back)
        gain = 0.35 + 0.65 * beat
        r, g, b = (int(gain * c) for c in _BEAMS[(int(np.floor(count / 4)) + i) % 4])
        light.add_mono(frame, y, 0, rim[:cut, 4 : 4 + w], r, g, b)


def _paint_air(state: State, frame: UInt8, second: float, count: float) -> None:
    """Beams from the truss, and haze, in a field of a quarter of the frame's size."""
    h, w = frame.shape[:2]
    field = np.zeros((h // 4, w // 4, 3), dtype=np.float32)
    places = stage.lamp_places(w)
    top = stage.lamp_height(h, state.plane.unit) / 4
    bar = int(np.floor(count / 4))
    for i, x in enumerate(places):
        side = i - (len(places) - 1) / 2
        swing = np.sin(2 * np.pi * (count / 8 + (0.0 if bar % 2 else 0.12 * i)))
        angle = -side * 7 + 26 * swing * (1 if i % 2 else -1)
        level = 0.35 + 0.65 * pulse(count + (0.5 if i % 2 else 0.0), 1.8)
        r, g, b = (c * level * 0.40 for c in _BEAMS[(bar + i) % 4])
        light.add_beam(field, x / 4, top, angle, 0.085, 3.0 * state.plane.unit, 0.22 * h, r, g, b)
    out = np.empty(field.shape, dtype=np.uint8)
    light.shade_field(field, state.smoke, 9 * second, 3.5 * second, 0.40, out)
    light.cast_field(frame, out)


def _paint_lasers(state: State, frame: UInt8, count: float) -> None:
    """Two fans of lasers over the dancers' heads that jump on each beat; every fourth bar they rest."""
    h, w = frame.shape[:2]
    bar = int(np.floor(count / 4))
    if bar % 4 == 3:
        return
    whole = np.floor(count)
    eased = whole + (1 - np.exp(-5 * (count - whole)))
    colour = _LASERS[bar % 3]
    for side in (-1, 1):
        x0, y0 = w / 2 + side * min(0.46 * w, 0.62 * h), 0.425 * h
        centre = 34 + 14 * np.sin(1.9 * eased + 0.9 * side)
        opening = 8 + 5 * np.sin(0.8 * eased)
        for i in range(4):
            angle = np.radians(centre + (i - 1.5) * opening)
            length = 1.3 * h
            x1, y1 = x0 - side * length * np.cos(angle), y0 - length * np.sin(angle)
            light.add_laser(frame, x0, y0, x1, y1, 0.8 * state.plane.unit, 4.5 * state.plane.unit, *colour)


def _paint_fog(state: State, frame: UInt8, second: float, count: float) -> None:
    """Fog that creeps over the stage, before the dancers' feet."""
    out = np.empty(state.fog.shape, dtype=np.uint8)
    field = state.fog * np.float32(0.7 + 0.3 * pulse(count))
    light.shade_field(field, state.smoke, 14 * second, 0.0, 1.0, out)
    light.cast_field(frame, out, len(frame) - 4 * len(out))
