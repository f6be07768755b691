"""A beach at sunset: a low sun, its path on moving waves, wet sand, palms in the wind, gulls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from components.compose.painters import canvas, light, sea
from components.compose.painters import sunset_set as shore
from components.compose.painters.plane import BLANK, Plane, plane_of
from components.core import UInt8

_SWASH = 5.2
"""Seconds between two waves that run up the beach."""


@dataclass(frozen=True)
class Palm:
    """A silhouette in the wind.

    Attributes:
        alpha, spans, far: see `sea.lay_swaying`.
        y, x: px of the frame at which its board lies.
        foot: y of its foot on the board.
        sway, flutter: px that its crown and the tips of its leaves move.
        phase: of the wind.
        colour: sRGB.
    """

    alpha: UInt8
    spans: Any
    far: UInt8
    y: int
    x: int
    foot: float
    sway: float
    flutter: float
    phase: float
    colour: tuple[int, int, int]


@dataclass(frozen=True)
class State:
    """What a frame is put together from.

    Attributes:
        plane: behind or before the dancers, and its rhythm.
        base: (H, W, 3) the beach without sky and water.
        sky: (rows, 3 * W + 1, 3) clouds, without the sun, see `sea.scroll_sky`.
        sun: (plate, y, x) what the sun adds.
        land: alpha (rows, W) of far land, its last row on the horizon.
        waves: (256, 256) tile.
        mirror: (h', w', 3) the sky as water mirrors it.
        wet: (rows, W, 3) the upper part of the beach after a wave.
        palms: from the back to the front.
        glare: (plate, y, x) warm light that spills over the dancers, or nothing.
    """

    plane: Plane
    base: UInt8
    sky: UInt8
    sun: tuple[UInt8, int, int]
    land: UInt8
    waves: UInt8
    mirror: UInt8
    wet: UInt8
    palms: tuple[Palm, ...]
    glare: tuple[UInt8, int, int]


def prepare(width: int, height: int, parameters: Mapping[str, Any], seed: int, fps: Fraction, frames: int) -> State:
    """Paint everything that stands still.

    Args:
        parameters: see `plane_of`.
    """
    w, h = width, height
    plane = plane_of(w, h, parameters, fps)
    k = plane.unit
    if plane.front:
        palms = (_corner(w, h, seed),)
        return State(
            plane, BLANK, BLANK, (BLANK, 0, 0), BLANK[..., 0], BLANK[..., 0], BLANK, BLANK, palms, _glare(w, h)
        )
    sky, sun = shore.sky(w, h, seed), shore.sun(w, h)
    rows = len(sky)
    whole = sky[:, :w] + sun
    # The sun's disc is left out: its light on the water is made of sparks.
    upside = cv2.resize(
        sky[:, :w] + canvas.tint(0.12 * sun[..., 1], canvas.linear(255, 150, 90)),
        (w // 4, rows // 4),
        interpolation=cv2.INTER_AREA,
    )[::-1]
    mirror = canvas.develop(canvas.blur(np.ascontiguousarray(upside[: rows // 4 * 3 // 4]), 1.5), grain=0)
    top, bottom = rows, round((shore.SHORE + 0.075) * h)
    dry, wet = shore.sand(w, h, top, canvas.blur(whole[rows // 3 :], 8 * k), seed)
    base = np.zeros((h, w, 3), dtype=np.uint8)
    base[top:] = canvas.develop(dry, seed)
    developed = canvas.develop(wet, seed)
    return State(
        plane=plane,
        base=base,
        sky=sea.repeated(canvas.develop(sky, seed), w),
        sun=canvas.light_plate(sky[:, :w], sun, 1),
        land=np.ascontiguousarray(shore.far_land(w, h).board[-round(0.07 * h) :]),
        waves=(255 * canvas.tile_noise(256, 16, 3, seed + 3)).astype(np.uint8),
        mirror=mirror,
        wet=np.ascontiguousarray(developed[: bottom - top]),
        palms=_palms(w, h, seed),
        glare=(BLANK, 0, 0),
    )


def _palms(w: int, h: int, seed: int) -> tuple[Palm, ...]:
    out: list[Palm] = []
    half = w / 2
    tall = min(1.0, 1.15 * w / h)
    for side, x, foot, top, lean, size, colour in (
        (1, 0.375, 0.715, 0.40, -0.02, 0.085, (70, 34, 54)),
        (1, 0.465, 0.80, 0.155, -0.115, 0.185, (26, 14, 30)),
        (-1, 0.485, 0.815, 0.27, 0.035, 0.14, (34, 17, 34)),
    ):
        x0 = half + side * min(x * w, x * 1.5 * h)
        crown = (x0 + lean * w * tall, top * h)
        trunk = [(x0, foot * h), (x0 - 0.3 * lean * w * tall, (0.4 * foot + 0.6 * top) * h), crown]
        out.append(_palm(w, h, trunk, size, colour, seed + len(out)))
    return tuple(out)


def _corner(w: int, h: int, seed: int) -> Palm:
    """Leaves that hang into the frame's upper left corner, near the viewer."""
    trunk = [(-0.16 * w, 0.2 * h), (-0.14 * w, 0.1 * h), (-0.10 * min(w, h), -0.035 * h)]
    return _palm(w, h, trunk, 0.23, (20, 10, 24), seed + 40)


def _palm(
    w: int, h: int, trunk: list[tuple[float, float]], size: float, colour: tuple[int, int, int], seed: int
) -> Palm:
    frond = size * min(h, 1.6 * w)
    margin = 0.11 * frond
    xs, ys = [p[0] for p in trunk], [p[1] for p in trunk]
    # The board goes on beyond the frame, so that the wind never blows its edge into view.
    x0 = max(-0.12 * frond, min(xs[2] - 1.1 * frond, min(xs) - 0.25 * frond))
    x1 = min(w + 0.12 * frond, max(xs[2] + 1.1 * frond, max(xs) + 0.25 * frond))
    y0 = max(-0.12 * frond, ys[2] - 0.8 * frond)
    y1 = min(float(h), max(ys[0], ys[2] + 1.1 * frond) + margin)
    y, x = int(np.floor(y0)), int(np.floor(x0))
    bw, bh = max(8, int(x1) - x), max(8, int(y1) - y)
    alpha, far = shore.palm(bw, bh, [(px - x, py - y) for px, py in trunk], 0.105 * frond, frond, seed)
    reach = 2 * int(0.05 * frond) + 1
    spread = cv2.dilate(alpha, np.ones((reach, reach), np.uint8)) > 0
    index = np.where(spread, np.clip(far * 255, 1, 255), 0).astype(np.uint8)
    spans = np.zeros((bh, 2), dtype=np.int32)
    filled = spread.any(axis=1)
    spans[filled, 0] = spread[filled].argmax(axis=1)
    spans[filled, 1] = bw - spread[filled, ::-1].argmax(axis=1)
    return Palm(
        alpha, spans, index, y, x, ys[0] - y, 0.020 * frond, 0.026 * frond, 1.3 * seed, colour
    )  # fmt: skip


def _glare(w: int, h: int) -> tuple[UInt8, int, int]:
    """Light of the sun that veils what stands before it: plate, y, x."""
    x, y, r = shore.sun_at(w, h)
    y0, x0, size = max(0, round(y - 2.4 * r)), max(0, round(x - 2.4 * r)), round(4.8 * r)
    rows, columns = min(size, h - y0), min(size, w - x0)
    spot = np.clip(canvas.bump(rows, columns, x - x0, y - y0, 1.1 * r, 1.1 * r) * 1.02 - 0.02, 0, 1)
    return np.clip(canvas.tint(spot, (34, 16, 4)), 0, 255).astype(np.uint8), y0, x0


def paint(state: State, frame: UInt8, t_index: int) -> None:
    """Paint one frame: sky, sun, water, beach, gulls, palms."""
    second, _ = state.plane.moment(t_index)
    if state.plane.front:
        plate, y, x = state.glare
        light.add_plate(frame, y, x, plate, 256)
        for palm in state.palms:
            _paint_palm(frame, palm, second)
        return
    rows = len(state.sky)
    sea.scroll_sky(frame, state.sky, 5.0 * state.plane.unit * second)
    plate, y, x = state.sun
    light.add_plate(frame, y, x, plate, 256)
    light.lay_shape(frame, state.land, rows - len(state.land), 0, 118, 58, 88)
    bottom = rows + len(state.wet)
    np.copyto(frame[rows:], state.base[rows:])
    _paint_water(state, frame, second, rows, bottom)
    _paint_gulls(state, frame, second)
    for palm in state.palms:
        _paint_palm(frame, palm, second)


def _paint_water(state: State, frame: UInt8, second: float, top: int, bottom: int) -> None:
    h, w = frame.shape[:2]
    k = state.plane.unit
    x = np.arange(w, dtype=np.float32) / k
    across = (np.arange(w, dtype=np.float32) - w / 2) / min(w, 1.2 * h) * 2
    # The beach bends away to the right.
    line = shore.SHORE * h - 0.045 * h * np.clip(across + 0.2, 0, 1.4) ** 1.7
    line += k * (4 * np.sin(x * 0.011 + 0.6) + 2.5 * np.sin(x * 0.027 + 2.0))
    turn = second / _SWASH + 0.35
    run = 0.030 * h
    phase = turn + 0.07 * np.sin(x * 0.009)
    part = phase - np.floor(phase)
    # Up fast, back slowly.
    height = np.where(part < 0.35, np.sin(part / 0.35 * np.pi / 2), np.cos((part - 0.35) / 0.65 * np.pi / 2))
    ripple = k * 3 * np.sin(x * 0.05 + 2.2 * second) * (0.3 + height)
    now = line + run * height + ripple
    reached = line + run * 2.3 + 6 * k * np.sin(x * 0.021)
    # A crest forms far out, grows, and becomes the next wave on the beach.
    coming = np.mod(phase - 0.02, 1.0)
    crest = top + (line + 0.25 * run - top) * (0.30 + 0.70 * coming**1.15) + ripple
    white = np.clip((coming - 0.25) * 1.8, 0, 1) * np.clip((1.0 - coming) * 9, 0, 1)
    white = white * np.clip(0.35 + 0.75 * np.sin(x * 0.013 + 1.7 * np.floor(phase)), 0, 1)
    sun_x, _, _ = shore.sun_at(w, h)
    now, reached, crest, white = (v.astype(np.int64) for v in (now, reached, crest, 256 * white))
    sea.paint_sea(
        frame,
        top,
        bottom,
        state.waves,
        state.mirror,
        state.wet,
        now,
        reached,
        crest,
        white,
        sun_x,
        second,
        k,
    )


def _paint_gulls(state: State, frame: UInt8, second: float) -> None:
    """Five gulls that cross the sky and come again after a while."""
    h, w = frame.shape[:2]
    k = state.plane.unit
    for i in range(5):
        lap = np.mod(second * (0.020 + 0.002 * i) + 0.19 * i + 0.33, 1.25) - 0.12
        x = lap * w + 30 * k * (i % 3)
        y = (0.16 + 0.035 * ((i * 7) % 5)) * h + 10 * k * np.sin(0.7 * second + i)
        size = (11 + 2.5 * (i % 3)) * k
        glide = 0.5 + 0.5 * np.sin(0.5 * second + 2.0 * i)
        beat = np.sin(2 * np.pi * (1.7 + 0.15 * i) * second + i) * glide
        t = np.linspace(-1, 1, 15)
        lift = 0.42 * np.sqrt(np.abs(t)) * (1 - 0.75 * np.abs(t)) * 1.5 + 0.5 * beat * np.abs(t) ** 1.4
        points = np.round((np.stack([t, -lift], axis=1) * size + (x, y)) * 16).astype(np.int32)
        cv2.polylines(frame, [points], False, (58, 34, 62), max(1, round(1.7 * k)), cv2.LINE_AA, 4)


def _paint_palm(frame: UInt8, palm: Palm, second: float) -> None:
    gust = np.sin(0.9 * second + palm.phase) + 0.5 * np.sin(2.1 * second + 1.7 * palm.phase)
    rise = np.clip((palm.foot - np.arange(len(palm.alpha), dtype=np.float32)) / max(1.0, palm.foot), 0, 1)
    bend = palm.sway * (0.5 + gust) * rise**2
    far = np.arange(256, dtype=np.float32) / 255
    dx = palm.flutter * far**1.5 * np.sin(2.3 * second - 4.0 * far + palm.phase)
    dy = palm.flutter * 1.3 * far**1.5 * np.sin(1.8 * second - 5.0 * far + 2 * palm.phase)
    shifts = [(256 * v).astype(np.int32) for v in (bend, dx, dy)]
    where = (palm.alpha, palm.spans, palm.far, palm.y, palm.x)
    sea.lay_swaying(frame, *(*where, shifts[0], shifts[1], shifts[2], *palm.colour))
