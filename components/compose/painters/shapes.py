"""Line drawings that several painters share: signs, glyphs, people seen from afar."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from components.compose.painters.canvas import Mask
from components.core import UInt8

Points = npt.NDArray[np.float64]


def ring(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0, n: int = 72) -> Points:
    """Points on an ellipse between two angles in degrees, clockwise from the right."""
    a = np.radians(np.linspace(start, end, n))
    return np.stack([x + rx * np.cos(a), y + ry * np.sin(a)], axis=1)


def star(x: float, y: float, r: float, points: int = 5, inner: float = 0.42, turn: float = -90.0) -> Points:
    """Corners of a star."""
    a = np.radians(turn + np.arange(2 * points) * 180 / points)
    radius = np.where(np.arange(2 * points) % 2 == 0, r, r * inner)
    return np.stack([x + radius * np.cos(a), y + radius * np.sin(a)], axis=1)


_LETTERS: tuple[tuple[tuple[tuple[int, int], ...], ...], ...] = (
    (((0, 0), (2, 0)), ((0, 1), (2, 1)), ((1, 1), (1, 3), (2, 3)), ((0, 2), (0, 3))),
    (((0, 0), (0, 3), (2, 3)), ((0, 1), (2, 0)), ((2, 1), (1, 2))),
    (((0, 0), (2, 0), (2, 1), (0, 3)), ((0, 1), (1, 1)), ((2, 2), (2, 3))),
    (((1, 0), (0, 1), (2, 1)), ((1, 1), (1, 2), (0, 3)), ((2, 2), (2, 3))),
    (((0, 0), (0, 2)), ((0, 1), (2, 1), (2, 3)), ((1, 0), (2, 0)), ((0, 3), (1, 3))),
    (((0, 3), (0, 1), (1, 0), (2, 1), (2, 2)), ((1, 1), (1, 3), (2, 3))),
    (((0, 0), (2, 0)), ((1, 0), (1, 1), (0, 2)), ((0, 3), (2, 3), (2, 1))),
    (((2, 0), (0, 0), (0, 1), (2, 1), (2, 2)), ((0, 2), (0, 3), (2, 3))),
)


def glyph(kind: int, x: float, y: float, w: float, h: float) -> list[Points]:
    """Strokes of an invented letter in the box (x, y, w, h): it looks like writing and says nothing."""
    letter = _LETTERS[kind % len(_LETTERS)]
    return [np.array([(x + 0.5 * w * u, y + h * v / 3) for u, v in stroke]) for stroke in letter]


def crowd(w: int, h: int, head: float, rng: np.random.Generator, arms: float = 0.5) -> UInt8:
    """Alpha (h, w) of a row of people from the chest up, some with raised arms; opaque along its lower edge.

    Args:
        head: height of a head, px.
        arms: share of people whose arms are up.
    """
    s = 2
    mask = Mask(h * s, w * s)
    x = -0.5 * head
    while x < w + head:
        size = head * rng.uniform(0.88, 1.12) * s
        px, top = x * s, h * s - size * rng.uniform(2.5, 3.3)
        _person(mask, px, top, size, h * s, rng, float(rng.random()) < arms)
        x += head * rng.uniform(1.25, 1.95)
    return np.asarray(cv2.resize(mask.board, (w, h), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _person(mask: Mask, x: float, top: float, size: float, bottom: float, rng: np.random.Generator, up: bool) -> None:
    mask.disc(x, top + 0.5 * size, 0.37 * size, 0.5 * size)
    if rng.random() < 0.45:
        mask.disc(x, top + 0.52 * size, 0.47 * size, 0.52 * size).disc(x, top + 0.9 * size, 0.44 * size, 0.5 * size)
    elif rng.random() < 0.3:
        mask.disc(x + 0.1 * size, top - 0.02 * size, 0.2 * size)
    mask.polygon([(x - 0.17 * size, top + 0.7 * size), (x + 0.17 * size, top + 0.7 * size),
                  (x + 0.2 * size, top + 1.3 * size), (x - 0.2 * size, top + 1.3 * size)])  # fmt: skip
    shoulder = top + 1.28 * size
    mask.disc(x, shoulder + 0.42 * size, 0.98 * size, 0.48 * size)
    mask.polygon([(x - 0.97 * size, shoulder + 0.4 * size), (x + 0.97 * size, shoulder + 0.4 * size),
                  (x + 0.85 * size, bottom + 2), (x - 0.85 * size, bottom + 2)])  # fmt: skip
    if not up:
        return
    for side in (-1, 1) if rng.random() < 0.55 else (int(rng.choice([-1, 1])),):
        elbow = (x + side * size * rng.uniform(0.95, 1.45), shoulder - size * rng.uniform(0.1, 0.5))
        hand = (elbow[0] - side * size * rng.uniform(-0.25, 0.55), elbow[1] - size * rng.uniform(1.0, 1.4))
        mask.line([(x + side * 0.78 * size, shoulder + 0.35 * size), elbow], 0.34 * size)
        mask.line([elbow, hand], 0.27 * size)
        mask.disc(hand[0], hand[1] - 0.1 * size, 0.17 * size, 0.24 * size, angle=20 * side)
