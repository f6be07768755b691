"""Hair and caps: a volume round the skull with an opening for the face, and locks that break its outline."""

from __future__ import annotations

import numpy as np

from components.figure.flesh import CAP, HAIR, HEAD_PART, Bones, Builder
from components.figure.look import Look
from components.figure.skeleton import HEAD_UNIT, Float64


class _Scalp:
    """Draws in the head's centimetres."""

    def __init__(self, builder: Builder, bones: Bones, look: Look) -> None:
        self.b, self.bones = builder, bones
        self.unit = HEAD_UNIT * bones.scale
        self.random = np.random.default_rng(look.seed)
        self.material, self.part = HAIR, HEAD_PART

    def point(self, x: float, y: float, z: float) -> Float64:
        """A point of the head's frame in metres."""
        return np.asarray(self.bones.head + np.array([x, y, z]) @ self.bones.head_rows * self.unit, np.float64)

    def shell(self, thick: float, *, y: float = 3.4, z: float = -0.9, blend: float = 1.5) -> None:
        """The skull, grown."""
        radii = (7.45 + thick, 8.5 + thick, 9.3 + thick)
        radii = (radii[0] * self.unit, radii[1] * self.unit, radii[2] * self.unit)
        self.b.ellipsoid(
            self.point(0, y, z), self.bones.head_rows, radii, self.material, self.part, blend=blend * self.unit
        )

    def ball(self, at: tuple[float, float, float], radii: tuple[float, float, float], blend: float = 1.5) -> None:
        """An ellipsoid along the axes of the head."""
        u = self.unit
        self.b.ellipsoid(
            self.point(*at), self.bones.head_rows, (radii[0] * u, radii[1] * u, radii[2] * u), self.material,
            self.part, blend=blend * u,
        )  # fmt: skip

    def lock(
        self, a: tuple[float, float, float], b: tuple[float, float, float], ra: float, rb: float, blend: float = 0.8
    ) -> None:
        """A tapered lock from a to b."""
        u = self.unit
        self.b.cone(
            self.point(*a), self.point(*b), ra * u, rb * u, self.material, self.part, x=self.bones.head_rows[0],
            blend=blend * u,
        )  # fmt: skip

    def opening(self, low: tuple[float, float, float], high: tuple[float, float, float], r0: float, r1: float) -> None:
        """Begin a chain out of which the face is cut."""
        u = self.unit
        self.b.begin_chain(
            0.01, hole=(self.point(*low), self.point(*high), r0 * u, r1 * u, 1.5 * u)
        )  # fmt: skip


def grow(b: Builder, bones: Bones, look: Look) -> None:
    """Add the hair of a look.

    Raises:
        ValueError: the look's style is not known.
    """
    styles = {
        "short": _short, "quiff": _quiff, "bob": _bob, "long": _long, "bun": _bun, "afro": _afro,
        "ponytail": _ponytail, "cap": _cap,
    }  # fmt: skip
    if look.style not in styles:
        raise ValueError(f"hair style {look.style!r} is none of {sorted(styles)}")
    b.begin_group()
    styles[look.style](_Scalp(b, bones, look))


_FACE = ((0.0, -10.0, 11.0), (0.0, 0.6, 11.2), 8.0, 8.0)
"""The face's opening, a cone: it leaves a hairline at the upper forehead and sideburns before the ears."""


def _short(s: _Scalp) -> None:
    s.opening((0.0, -10.0, 11.0), (0.0, 0.9, 11.2), 8.2, 8.2)
    s.shell(0.45)
    s.ball((0.0, 6.2, 0.6), (6.9, 6.6, 8.4))
    s.ball((0.0, -1.5, -6.0), (5.6, 5.0, 4.3))


def _quiff(s: _Scalp) -> None:
    s.opening((0.0, -10.0, 11.0), (0.0, 0.8, 11.2), 8.0, 8.0)
    s.shell(0.45)
    s.ball((0.0, -1.5, -6.0), (5.6, 5.0, 4.3))
    s.b.begin_chain(0.012)
    for i, x in enumerate(np.linspace(-4.6, 4.6, 7)):
        wobble = s.random.uniform(-0.4, 0.4, 3)
        rise = 13.6 - 0.10 * x * x + wobble[0]
        s.lock((0.75 * x, 9.2, -2.5), (0.95 * x, rise - 0.6, 3.6), 2.6, 2.3, 1.0)
        s.lock(
            (0.95 * x, rise - 0.7, 3.4), (x + 0.7 + wobble[1], rise - 0.7 - 0.05 * i, 7.0 + wobble[2]), 2.2, 1.0, 0.9
        )


def _fringe(s: _Scalp, drop: float, part_at: float = 1.5) -> None:
    """Locks from a parting that frame the forehead."""
    for x0, x1, y1, z1, r in (
        (part_at + 0.3, 5.6, 6.0, 6.6, 1.5), (part_at + 0.2, 6.9, 3.4, 5.2, 1.5), (part_at, 7.4, 0.6, 3.8, 1.5),
        (part_at - 0.3, -3.2, 7.6, 7.9, 1.5), (part_at - 0.4, -5.4, 5.6, 6.8, 1.6),
        (part_at - 0.4, -7.0, 2.4, 4.8, 1.6), (part_at - 0.4, -7.5, -0.4, 3.5, 1.5),
    ):  # fmt: skip
        s.lock((x0, 10.9, 3.2), (x1, y1 - drop, z1), 1.0, r, 1.8)


def _bob(s: _Scalp) -> None:
    s.opening(*_FACE)
    s.shell(1.1)
    s.ball((0.0, -1.5, -3.6), (8.4, 7.0, 6.6), 2.0)
    s.b.begin_chain(0.012)
    _fringe(s, 0.0)
    for sign in (1.0, -1.0):
        for k in range(6):
            a = np.radians(78 + k * 25)
            x, z = sign * 8.0 * np.sin(a), -1.0 + 7.6 * np.cos(a) if k else 2.2
            end = -8.0 + 0.25 * k + s.random.uniform(-0.3, 0.3)
            s.lock((x * 0.98, 3.5, z), (x * 1.04, end, z + (0.8 if k < 2 else 0.0)), 1.5, 1.25, 0.9)


def _long(s: _Scalp) -> None:
    s.opening(*_FACE)
    s.shell(1.0)
    s.ball((0.0, -2.5, -4.2), (8.2, 8.4, 6.0), 2.0)
    s.b.begin_chain(0.012)
    _fringe(s, 0.5, -1.2)
    for sign in (1.0, -1.0):
        for k in range(6):
            a = np.radians(80 + k * 24)
            x, z = sign * 8.0 * np.sin(a), -1.2 + 7.4 * np.cos(a)
            wave = s.random.uniform(-0.8, 0.8)
            s.lock((x * 0.98, 3.0, z), (x * 1.08 + wave * 0.4, -7.5, z), 1.6, 1.8, 1.0)
            s.lock((x * 1.08 + wave * 0.4, -7.5, z), (x * 1.0 - wave, -16.5 + abs(wave), z - 1.0), 1.8, 0.9, 1.0)


def _bun(s: _Scalp) -> None:
    s.opening((0.0, -10.0, 11.2), (0.0, 0.5, 11.4), 8.2, 8.2)
    s.shell(0.6)
    s.ball((0.0, -1.0, -5.4), (5.8, 5.2, 4.4))
    s.b.begin_chain(0.004)
    s.ball((0.0, 13.6, -3.6), (4.0, 3.5, 3.9), 0.8)
    for k in range(5):
        a = k * 2 * np.pi / 5
        s.lock(
            (3.0 * np.cos(a), 13.2, -3.6 + 3.0 * np.sin(a)),
            (2.4 * np.cos(a + 1.3), 15.4, -3.6 + 2.4 * np.sin(a + 1.3)), 1.35, 1.1, 0.5,
        )  # fmt: skip


def _afro(s: _Scalp) -> None:
    s.opening((0.0, -10.0, 12.2), (0.0, 1.0, 12.6), 9.0, 9.0)
    s.ball((0.0, 6.0, -1.8), (12.2, 10.6, 11.6))
    for _ in range(26):
        v = s.random.normal(size=3)
        v /= np.linalg.norm(v)
        if v[1] < -0.45:
            v[1] *= -1
        at = (v[0] * 10.9, 6.0 + v[1] * 9.4, -1.8 + v[2] * 10.3)
        r = s.random.uniform(1.9, 2.8)
        s.ball((float(at[0]), float(at[1]), float(at[2])), (r, r, r), 1.3)


def _ponytail(s: _Scalp) -> None:
    s.opening((0.0, -10.0, 11.2), (0.0, 0.5, 11.4), 8.15, 8.15)
    s.shell(0.65)
    s.ball((0.0, 0.5, -5.6), (5.8, 5.2, 4.6))
    s.b.begin_chain(0.008)
    s.lock((0.0, 8.5, -9.0), (0.0, 9.0, -12.0), 2.0, 1.8, 0.8)
    for dx, dz in ((0.0, 0.0), (1.3, 0.6), (-1.3, 0.6), (0.6, -0.9), (-0.6, -0.9)):
        s.lock((dx * 0.6, 9.0, -11.8 + dz * 0.5), (dx * 1.3, 1.0, -15.0 + dz), 1.9, 2.1, 1.0)
        s.lock((dx * 1.3, 1.0, -15.0 + dz), (dx * 0.9, -9.0, -13.0 + dz), 2.1, 0.7, 1.0)
    s.b.begin_chain(0.02)
    for sign in (1.0, -1.0):
        s.lock((sign * 5.6, 6.3, 6.0), (sign * 7.1, 0.6, 4.3), 0.55, 0.35, 0.6)


def _cap(s: _Scalp) -> None:
    s.opening((0.0, -10.0, 11.0), (0.0, 0.9, 11.2), 8.2, 8.2)
    s.shell(0.5)
    s.ball((0.0, -1.8, -6.0), (5.9, 4.8, 4.2))
    s.b.begin_group()
    u, up = s.unit, s.bones.head_rows[1]
    s.material = CAP
    s.b.begin_chain(plane=(s.point(0, 6.0, 0), -up, 0.3 * u))
    s.ball((0.0, 4.4, -0.9), (8.3, 8.9, 10.1))
    s.b.begin_group()
    s.b.begin_chain()
    rows = s.bones.head_rows
    tilt = np.stack([rows[0], rows[1] + 0.22 * rows[2], rows[2] - 0.22 * rows[1]])
    tilt /= np.linalg.norm(tilt, axis=1, keepdims=True)
    s.b.ellipsoid(s.point(0, 6.2, 10.2), tilt, (6.6 * u, 0.42 * u, 6.0 * u), CAP, s.part, blend=0.01)
