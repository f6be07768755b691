"""The parts that a figure is built from: primitives and chains of the distance field, added by joint."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from components.figure.field import BOX, CHAIN, CONE, ELLIPSOID, HEAD, PRIMITIVE
from components.figure.skeleton import JOINT, Float64, basis, unit

SKIN, TOP, TRIM, BOTTOM, CUFF, SHOE, HAIR, SOLE, FACE_SKIN, CAP, TOE = range(11)
"""Materials."""

TORSO_PART, HEAD_PART, LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG = range(6)
"""Parts, for truth and for shadows: an arm does not shade itself."""

NECK_PART = 6


@dataclass
class Builder:
    """Collects primitives and chains in order."""

    figure: int = 0
    prims: list[list[float]] = field(default_factory=list)
    chains: list[list[float]] = field(default_factory=list)
    group: int = -1

    def begin_group(self) -> None:
        """What follows only touches what came before."""
        self.group += 1

    def begin_chain(
        self,
        blend: float = 0.0,
        *,
        plane: tuple[Float64, Float64, float] | None = None,
        hole: tuple[Float64, Float64, float, float, float] | None = None,
    ) -> None:
        """What follows melts together, and over `blend` metres into the chains before it in the group.

        Args:
            blend: m.
            plane: point, outward normal, rounding m: what lies outside is cut off.
            hole: from, to, radius at from, radius at to, rounding: what lies in this cone is cut out.
        """
        row = [0.0] * CHAIN
        row[0], row[1] = self.group, max(blend, 1e-4)
        if plane is not None:
            point, normal, rounding = plane
            row[2] = 1.0
            row[3:6] = [float(v) for v in normal]
            row[6] = float(point @ normal)
            row[7] = rounding
        if hole is not None:
            row[8] = 1.0
            row[9:12] = [float(v) for v in hole[0]]
            row[12:15] = [float(v) for v in hole[1]]
            row[15:18] = hole[2:5]
        self.chains.append(row)

    def _add(
        self, kind: int, material: int, blend: float, bound: float, origin: npt.NDArray[np.float64], rows: Float64,
        shape: list[float], part: int, bend: float,
    ) -> None:  # fmt: skip
        row = [float(kind), float(material), float(len(self.chains) - 1), max(blend, 1e-4), bound]
        row += [*origin.tolist(), *rows.ravel().tolist()]
        row += shape + [0.0] * (23 - len(row) - len(shape)) + [float(self.figure), float(part), bend, 0.0]
        assert len(row) == PRIMITIVE
        self.prims.append(row)

    def cone(
        self, a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], ra: float, rb: float, material: int, part: int,
        *, x: npt.NDArray[np.float64] | None = None, blend: float = 0.02, flat: float = 1.0, low: float = -10.0,
        high: float = 10.0, bend: float = 0.0,
    ) -> None:  # fmt: skip
        """A round cone from a to b; `flat` squashes it along the local z, `low` and `high` cut it along its length."""
        along = b - a
        length = math.dist(a.tolist(), b.tolist())
        rows = basis(along if length > 1e-6 else np.array([0.0, 1.0, 0.0]), np.array([1.0, 0, 0]) if x is None else x)
        # A cone whose radii differ by more than its length is a ball.
        length = max(length, abs(ra - rb) * 1.01)
        bound = max(ra, rb) * max(flat, 1.0) + blend + 0.012
        self._add(CONE, material, blend, bound, a, rows, [length, ra, rb, flat, low, high], part, bend)

    def ellipsoid(
        self, centre: npt.NDArray[np.float64], rows: Float64, radii: tuple[float, float, float], material: int,
        part: int, *, blend: float = 0.02,
    ) -> None:  # fmt: skip
        """An ellipsoid with its radii along the rows of its frame."""
        self._add(ELLIPSOID, material, blend, max(radii) + blend + 0.012, centre, rows, list(radii), part, 0.0)

    def box(
        self, centre: npt.NDArray[np.float64], rows: Float64, half: tuple[float, float, float], rounding: float,
        material: int, part: int, *, blend: float = 0.01,
    ) -> None:  # fmt: skip
        """A box with rounded edges."""
        bound = float(np.linalg.norm(half)) + blend + 0.012
        self._add(BOX, material, blend, bound, centre, rows, [*half, rounding], part, 0.0)

    def head(self, origin: Float64, rows: Float64, scale: float) -> None:
        """The head."""
        self._add(HEAD, FACE_SKIN, 0.02, 16.0 * scale, origin, rows, [scale], HEAD_PART, 0.0)


@dataclass(frozen=True)
class Bones:
    """Joints and frames that flesh is hung on, all in metres.

    Attributes:
        joints: (33, 3).
        hands: (2, 21, 3).
        head, head_rows: origin and frame of the head.
        pelvis_rows, chest_rows: frames of the ends of the torso.
        scale: 1 for a figure of 1.70 m.
    """

    joints: Float64
    hands: Float64
    head: Float64
    head_rows: Float64
    pelvis_rows: Float64
    chest_rows: Float64
    scale: float

    def at(self, name: str) -> Float64:
        """A joint by name."""
        return np.asarray(self.joints[JOINT[name]], np.float64)

    def spine(self, t: float, forward: float = 0.0) -> tuple[Float64, Float64]:
        """Point and frame at a share of the way from the hips' middle (0) to the shoulders' middle (1)."""
        low = (self.at("left_hip") + self.at("right_hip")) / 2
        high = (self.at("left_shoulder") + self.at("right_shoulder")) / 2
        s = min(max(t, 0.0), 1.0)
        x = unit(self.pelvis_rows[0] * (1 - s) + self.chest_rows[0] * s)
        rows = basis(high - low, x)
        return low + (high - low) * t + rows[2] * forward * self.scale, rows
