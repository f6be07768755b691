"""The pairs of a prepared folder, as they are learned from: everything in memory, pictures as bytes."""

from __future__ import annotations

import dataclasses
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.animate.deepdance.skeleton_map import CHANNELS, draw_map
from components.animate.deepdance.window import Window
from components.core import Float32, TroupeError, UInt8

Frames = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Poses and pictures of one person.

    Attributes:
        poses: (N, 13, 2) as they were seen, relative to the steady hip, in heights of the person.
        steady: (N, 13, 2) the same, smoothed over time as `choreograph` does.
        frames: (N, S, S, 3) uint8.
        mattes: (N, S, S) uint8.
        plates: (N, S, S, 3) uint8 background of each, or None where it is learned too.
        boxes: (N, 4) float32 px of the pictures: the person.
        numbers: (N,) frame of the clip.
        train: rows that are learned from.
        blocks: rows that are held out.
        window: what the pictures show.
        bones: of the person, see `body`.
        fps: of the clip.
        height: px of the person in the clip.
    """

    poses: Float32
    steady: Float32
    frames: UInt8
    mattes: UInt8
    plates: UInt8 | None
    boxes: Float32
    numbers: Frames
    train: Frames
    blocks: tuple[Frames, ...]
    window: Window
    bones: tuple[float, ...]
    fps: float
    height: float

    @property
    def size(self) -> int:
        """Px of the pictures."""
        return int(self.frames.shape[1])

    def steadied(self) -> Pairs:
        """The same pairs, told by their smoothed poses."""
        return dataclasses.replace(self, poses=self.steady)

    def before(self, row: int, length: int) -> list[int]:
        """Rows of frames t, t-1, ... of a row; where the person was not seen before, the row itself again."""
        rows = [row]
        for _ in range(length - 1):
            at = rows[-1]
            follows = at > 0 and self.numbers[at] == self.numbers[at - 1] + 1
            rows.append(at - 1 if follows else at)
        return rows

    def vectors(self, rows: Frames, length: int) -> Float32:
        """(len(rows), length * 26) float32: poses t, t-1, ..."""
        return np.stack([self.poses[self.before(int(r), length)].reshape(-1) for r in rows])

    def maps(self, rows: Frames, length: int) -> UInt8:
        """(len(rows), length * CHANNELS, S, S) uint8 skeletons of t, t-1, ..."""
        return np.stack([np.concatenate([self.drawn(i) for i in self.before(int(r), length)]) for r in rows])

    def drawn(self, row: int) -> UInt8:
        """(CHANNELS, S, S) uint8 skeleton of a row."""
        return draw_map(self.poses[row], self.window, self.size)


def channels(length: int) -> int:
    """Of the maps of so many poses."""
    return CHANNELS * length


def read_pairs(folder: Path) -> Pairs:
    """The pairs of a folder, kept while it is not made anew.

    Raises:
        TroupeError: artifact_broken.
    """
    try:
        return _read(folder, (folder / "pairs.json").stat().st_mtime_ns)
    except (OSError, ValueError, KeyError) as error:
        raise TroupeError(
            "artifact_broken", f"The pairs in {folder} cannot be used ({error}); make them anew.", folder=str(folder)
        ) from error


@functools.lru_cache(maxsize=2)
def _read(folder: Path, _made: int) -> Pairs:
    told: dict[str, Any] = json.loads((folder / "pairs.json").read_text())

    def array(name: str) -> npt.NDArray[Any]:
        return np.asarray(np.load(folder / f"{name}.npy", allow_pickle=False))

    return Pairs(
        array("poses"),
        array("steady"),
        array("frames"),
        array("mattes"),
        array("plates") if told["background"] else None,
        array("boxes"),
        array("numbers"),
        np.array(told["train"], np.int64),
        tuple(np.array(b, np.int64) for b in told["blocks"]),
        Window.from_values(told["window"]),
        tuple(told["bones"]),
        float(told["fps"]),
        float(told["height"]),
    )
