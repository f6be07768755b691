"""The room that figures dance in: a wooden floor, a painted wall with a skirting board, light of a window on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from components.core.kernel import kernel
from components.figure.camera import Camera
from components.figure.noise import noise, scatter, step

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Room:
    """A room; colours are linear light.

    Attributes:
        wall: metres of the wall behind the origin.
        paint: colour of the wall.
        lower: colour of the wall below its rail; the same as paint where there is none.
        wood: colour of the floor.
        plank: metres of a plank's width; 0 for tiles.
        window: strength of the window's light on the wall, 0 for none.
        window_at: metres x, y of the middle of that light.
    """

    wall: float
    paint: tuple[float, float, float]
    lower: tuple[float, float, float]
    wood: tuple[float, float, float]
    plank: float
    window: float
    window_at: tuple[float, float]


ROOMS: Mapping[str, Room] = {
    "studio": Room(1.5, (0.52, 0.60, 0.62), (0.52, 0.60, 0.62), (0.40, 0.235, 0.125), 0.13, 0.55, (0.75, 1.55)),
    "loft": Room(1.9, (0.70, 0.55, 0.44), (0.62, 0.44, 0.34), (0.30, 0.19, 0.115), 0.17, 0.45, (-0.8, 1.6)),
    "hall": Room(2.6, (0.42, 0.46, 0.58), (0.34, 0.37, 0.48), (0.46, 0.33, 0.21), 0.10, 0.35, (0.2, 2.1)),
    "plain": Room(2.2, (0.62, 0.62, 0.60), (0.62, 0.62, 0.60), (0.45, 0.43, 0.40), 0.0, 0.0, (0.0, 1.6)),
}


@kernel(fastmath=True)
def _floor(x: float, z: float, r: float, g: float, b: float, plank: float) -> tuple[float, float, float]:
    if plank > 0.0:
        row = math.floor(x / plank)
        length = 1.35
        shift = scatter(int(row), 7, 3) * length
        piece = math.floor((z + shift) / length)
        tone = 0.82 + 0.36 * scatter(int(row), int(piece), 11)
        hue = scatter(int(row), int(piece), 5) - 0.5
        u = x / plank - row
        v = (z + shift) / length - piece
        # Grain runs along the plank; rings wander across it.
        seed = 17.3 * scatter(int(row), int(piece), 2)
        wander = noise(x * 9.0 + seed, z * 1.3, seed)
        grain = noise(x * 160.0 + 2.0 * wander, z * 4.0, seed)
        rings = math.sin(60.0 * x + 9.0 * wander + 20.0 * seed)
        tone *= 1.0 + 0.07 * grain + 0.06 * rings
        gap = min(min(u, 1.0 - u) * plank, min(v, 1.0 - v) * length)
        tone *= 0.45 + 0.55 * step(0.0005, 0.0035, gap)
        return r * tone * (1.0 + 0.12 * hue), g * tone, b * tone * (1.0 - 0.12 * hue)
    size = 0.45
    u = math.floor(x / size)
    v = math.floor(z / size)
    gap = min(min(x / size - u, 1.0 + u - x / size), min(z / size - v, 1.0 + v - z / size)) * size
    tone = 0.94 + 0.12 * scatter(int(u), int(v), 3)
    tone *= 1.0 + 0.05 * noise(x * 14.0, z * 14.0, 1.0) + 0.03 * noise(x * 60.0, z * 60.0, 2.0)
    tone *= 0.7 + 0.3 * step(0.001, 0.006, gap)
    return r * tone, g * tone, b * tone


@kernel(fastmath=True)
def _paint_rows(y0: int, y1: int, out: Any, camera: Any, room: Any) -> None:
    """About 1 microsecond a sample, 4 samples a pixel."""
    w = out.shape[1]
    cx, cy, cz, focal, px, py = camera[0], camera[1], camera[2], camera[3], camera[4], camera[5]
    wall = -room[0]
    for row in range(y0, y1):
        for col in range(w):
            sr = 0.0
            sg = 0.0
            sb = 0.0
            for sub in range(4):
                u = col + (0.25 if sub % 2 else -0.25)
                v = row + (0.25 if sub // 2 else -0.25)
                dx = (u - px) / focal
                dy = -(v - py) / focal
                t = cz - wall
                y = cy + dy * t
                if y > 0.0:
                    x = cx + dx * t
                    r, g, b = room[1], room[2], room[3]
                    # The light falls off away from the lamp, and the corner with the floor is darker.
                    glow = 1.02 - 0.085 * ((x + 0.9) * 0.55) ** 2 - 0.10 * (y - 1.6) ** 2
                    glow = max(glow, 0.35)
                    tone = glow * (1.0 + 0.012 * noise(x * 38.0, y * 38.0, 3.0) + 0.02 * noise(x * 3.0, y * 3.0, 9.0))
                    corner = 1.0 - 0.30 * math.exp(-y * 5.0)
                    if y < 0.98 and room[4] + room[5] + room[6] != room[1] + room[2] + room[3]:
                        r, g, b = room[4], room[5], room[6]
                        if y > 0.94:
                            r, g, b = 0.80, 0.77, 0.72
                            tone *= 0.80 + 0.4 * step(0.94, 0.975, y)
                        else:
                            panel = x / 0.62 - math.floor(x / 0.62)
                            edge = min(min(panel, 1.0 - panel) * 0.62 - 0.05, min(y - 0.2, 0.86 - y))
                            tone *= 1.0 - 0.16 * math.exp(-((edge / 0.006) ** 2)) + 0.03 * step(0.0, 0.008, edge)
                    if y < 0.125:
                        r, g, b = 0.78, 0.76, 0.72
                        tone *= 0.86 + 0.14 * step(0.118, 0.112, y) - 0.10 * step(0.020, 0.0, y)
                    beam = 0.0
                    if room[8] > 0.0:
                        wx = (x - room[9]) * 0.95 + (y - room[10]) * 0.22
                        wy = y - room[10] + (x - room[9]) * 0.12
                        soft = 0.035
                        inside = step(-soft, soft, 0.52 - abs(wx)) * step(-soft, soft, 0.68 - abs(wy))
                        bars = step(-0.02, 0.026, abs(wx) - 0.012)
                        bars *= step(-0.02, 0.026, abs(abs(wy - 0.0) - 0.225) - 0.010)
                        beam = room[8] * inside * (0.25 + 0.75 * bars)
                    r *= tone * corner
                    g *= tone * corner
                    b *= tone * corner
                    sr += r * (0.78 + 0.85 * beam)
                    sg += g * (0.78 + 0.74 * beam)
                    sb += b * (0.78 + 0.52 * beam)
                else:
                    t = -cy / dy
                    x = cx + dx * t
                    z = cz - t
                    r, g, b = _floor(x, z, room[11], room[12], room[13], room[7])
                    back = z - wall
                    tone = 1.0 - 0.34 * math.exp(-back * 6.0)
                    tone *= max(1.0 - 0.05 * (x * x + (z - 0.3) * (z - 0.3)), 0.35)
                    n = 1.0 / math.sqrt(1.0 + dx * dx + dy * dy)
                    fresnel = 0.035 + 0.5 * (1.0 - min(-dy * n, 1.0)) ** 5
                    # Varnish mirrors the wall, more so at a low angle.
                    mx = x + dx * back
                    shine = fresnel * max(1.02 - 0.085 * ((mx + 0.9) * 0.55) ** 2, 0.3)
                    light = 0.80 * tone
                    sr += r * light + shine * room[1]
                    sg += g * light + shine * room[2]
                    sb += b * light + shine * room[3]
            out[row, col, 0] = sr * 0.25
            out[row, col, 1] = sg * 0.25
            out[row, col, 2] = sb * 0.25


@lru_cache(maxsize=6)
def paint_room(room: Room, camera: Camera, size: tuple[int, int]) -> Float32:
    """The empty room.

    Args:
        room: which.
        camera: seen from where.
        size: px width, height.

    Returns:
        (H, W, 3) float32 linear light; do not write to it.
    """
    w, h = size
    out = np.zeros((h, w, 3), np.float32)
    view = np.array([*camera.position, camera.focal, *camera.centre], np.float64)
    numbers = [room.wall, *room.paint, *room.lower, room.plank, room.window, *room.window_at, *room.wood]
    _paint_rows(0, h, out, view, np.array(numbers, np.float64))
    out.setflags(write=False)
    return out
