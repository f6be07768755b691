"""BVH files: reading them with errors that name the line, and forward kinematics.

The format: Biovision's hierarchical data (Meredith and Maddock, "Motion Capture File Formats Explained", 2001). Angles
are degrees and are applied in the order of a joint's channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from components.core import TroupeError

Array = npt.NDArray[np.float64]

LARGEST = 512 * 2**20
_CHANNELS = {f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation")}
_DEEPEST = 1000


@dataclass(frozen=True)
class Bvh:
    """A skeleton and its channels over time.

    Attributes:
        names: of J joints, parents before children; an end site is called "<parent> end".
        parents: J indices, -1 for the root.
        offsets: (J, 3) file units from the parent.
        channels: per joint (first column, channel names); none for end sites.
        values: (F, C) file units and degrees.
        frame_time: s.
        missing: frames that the file promises and does not hold.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    channels: tuple[tuple[int, tuple[str, ...]], ...]
    values: Array
    frame_time: float
    missing: int = 0


class _Reader:
    """Tokens of a file one after the other, with the line they stand on."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path, self.lines = path, lines
        self.row = -1
        self.words: list[str] = []

    def fail(self, what: str) -> NoReturn:
        line = min(self.row + 1, len(self.lines)) or 1
        raise TroupeError(
            "unreadable_motion",
            f"{self.path.name} cannot be read as BVH: line {line}: {what}. Export the motion again.",
            path=str(self.path),
            line=line,
        )

    def word(self) -> str:
        while not self.words:
            self.row += 1
            if self.row >= len(self.lines):
                self.fail("the file ends too early")
            self.words = self.lines[self.row].split()[::-1]
        return self.words.pop()

    def expect(self, *wanted: str) -> str:
        got = self.word()
        if got.upper() not in {w.upper() for w in wanted}:
            self.fail(f"expected {' or '.join(wanted)}, found {got[:40]!r}")
        return got.upper()

    def number(self) -> float:
        got = self.word()
        try:
            value = float(got)
        except ValueError:
            self.fail(f"expected a number, found {got[:40]!r}")
        if not np.isfinite(value):
            self.fail(f"{got[:40]!r} is not a finite number")
        return value

    def rest_of_line(self) -> str:
        rest, self.words = " ".join(self.words[::-1]), []
        return rest


def read(path: Path) -> Bvh:
    """Read a BVH file.

    A file whose last frames are missing is read as far as it goes.

    Raises:
        TroupeError: unreadable_motion with the line, file_too_large.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise TroupeError(
            "file_too_large", f"{path.name} has {size >> 20} MiB, the limit is {LARGEST >> 20}: cut it.", bytes=size
        )
    reader = _Reader(path, path.read_bytes().decode("utf-8", errors="replace").splitlines())
    reader.expect("HIERARCHY")
    reader.expect("ROOT")
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[int, tuple[str, ...]]] = []
    columns = _joint(reader, -1, 0, 0, names, parents, offsets, channels)
    reader.expect("MOTION")
    reader.expect("FRAMES:")
    promised = int(reader.number())
    reader.expect("FRAME")
    reader.expect("TIME:")
    frame_time = reader.number()
    if not 1e-5 < frame_time < 10:
        reader.fail(f"a frame time of {frame_time:g} s is not possible")
    values = _values(reader, columns)
    if not len(values):
        reader.fail("there are no frames")
    missing = max(0, promised - len(values))
    return Bvh(
        tuple(names),
        tuple(parents),
        np.array(offsets),
        tuple(channels),
        values[: max(promised, 1)],
        frame_time,
        missing,
    )


def _joint(
    reader: _Reader,
    parent: int,
    column: int,
    depth: int,
    names: list[str],
    parents: list[int],
    offsets: list[list[float]],
    channels: list[tuple[int, tuple[str, ...]]],
) -> int:
    """Read one joint after its keyword, and all below it; returns the next free column."""
    if depth > _DEEPEST // 2:
        reader.fail("the skeleton is nested too deeply")
    name = reader.rest_of_line() or reader.word()
    site = name.lower() == "site"
    me = len(names)
    names.append(f"{names[parent]} end" if site else name.split("{")[0].strip())
    parents.append(parent)
    if not name.endswith("{"):
        reader.expect("{")
    reader.expect("OFFSET")
    offsets.append([reader.number() for _ in range(3)])
    channels.append((column, ()))
    while True:
        word = reader.expect("CHANNELS", "JOINT", "END", "}")
        if word == "}":
            return column
        if word == "CHANNELS":
            count = int(reader.number())
            found = [reader.word() for _ in range(count)]
            known = [c[:1].upper() + c[1:].lower() for c in found]
            for original, c in zip(found, known, strict=True):
                if c not in _CHANNELS:
                    reader.fail(f"there is no channel {original[:40]!r}")
            channels[me] = (column, tuple(known))
            column += count
        else:
            column = _joint(reader, me, column, depth + 1, names, parents, offsets, channels)


def _values(reader: _Reader, columns: int) -> Array:
    first = reader.row + 1
    rows = [(i, line) for i, line in enumerate(reader.lines[first:], first) if line and not line.isspace()]
    while rows and len(rows[-1][1].split()) < columns:
        rows.pop()  # a cut-off last line
    if not rows:
        return np.empty((0, columns))
    try:
        values = np.array(" ".join(line for _, line in rows).split(), dtype=np.float64)
        if values.size == len(rows) * columns and np.isfinite(values).all():
            return values.reshape(len(rows), columns)
    except ValueError:
        pass
    for i, line in rows:
        reader.row, reader.words = i, line.split()[::-1]
        count = len(reader.words)
        if count != columns:
            reader.fail(f"{count} values where the skeleton has {columns} channels")
        for _ in range(columns):
            reader.number()
    raise AssertionError("a broken line was not found again")


def forward(bvh: Bvh, rows: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Forward kinematics of chosen frames.

    Args:
        bvh: J joints.
        rows: (T,) frames.

    Returns:
        positions (T, J, 3) in file units, and global rotations (T, J, 3, 3).
    """
    values = bvh.values[rows]
    t, j = len(rows), len(bvh.names)
    positions = np.empty((t, j, 3))
    rotations = np.empty((t, j, 3, 3))
    for i, parent in enumerate(bvh.parents):
        column, channels = bvh.channels[i]
        offset = np.broadcast_to(bvh.offsets[i], (t, 3)).copy()
        turn = np.broadcast_to(np.eye(3), (t, 3, 3))
        moved = [c for c in channels if c.endswith("position")]
        if moved and parent < 0:
            offset[:] = bvh.offsets[i] * (len(moved) < 3)
        for k, channel in enumerate(channels):
            value = values[:, column + k]
            axis = "XYZ".index(channel[0])
            if channel.endswith("position"):
                offset[:, axis] = value if parent < 0 or len(moved) == 3 else offset[:, axis] + value
            else:
                turn = turn @ _rotation(axis, value)
        if parent < 0:
            positions[:, i], rotations[:, i] = offset, turn
        else:
            positions[:, i] = positions[:, parent] + np.einsum("tij,tj->ti", rotations[:, parent], offset)
            rotations[:, i] = rotations[:, parent] @ turn
    return positions, rotations


def _rotation(axis: int, degrees: Array) -> Array:
    a = np.radians(degrees)
    out = np.zeros((len(a), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out[:, axis, axis] = 1
    out[:, i, i] = out[:, j, j] = np.cos(a)
    out[:, j, i] = np.sin(a)
    out[:, i, j] = -out[:, j, i]
    return out
