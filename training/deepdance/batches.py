"""Pairs in the order in which they are learned, and moved: seed and step alone decide it, so that a training can go on
exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from components.animate.deepdance.skeleton_map import as_input
from training.deepdance.figures import foreground
from training.deepdance.pairs import Frames, Pairs

_APART = 0.4
"""Seconds between what is learned from and what is looked at to stop in time."""
_MOVED = 0.06
"""Share of the picture's side by which a pair may be moved while it is learned: a network that has seen a person at
every place of its grid draws poses it was not shown better; most of all where there are few pictures."""
_LOOKED_AT = 0.08
_MOST_LOOKED_AT = 48


@dataclass(frozen=True)
class Batch:
    """Pictures as torch tensors.

    Attributes:
        given: (B, values) or (B, C, S, S) float32.
        image: (B, 3, S, S) float32 0..1.
        matte: (B, 1, S, S) float32 0..1.
        near: (B, 1, S, S) float32, 1 on the person and near it.
        plate: (B, 3, S, S) float32 0..1, or None.
    """

    given: torch.Tensor
    image: torch.Tensor
    matte: torch.Tensor
    near: torch.Tensor
    plate: torch.Tensor | None

    def to(self, device: torch.device) -> Batch:
        """On a device."""
        plate = None if self.plate is None else self.plate.to(device)
        return Batch(self.given.to(device), self.image.to(device), self.matte.to(device), self.near.to(device), plate)


def split(pairs: Pairs) -> tuple[Frames, Frames]:
    """Rows to learn from, and rows among the learnable ones that are only looked at to stop in time."""
    rows = pairs.train
    count = min(_MOST_LOOKED_AT, max(4, round(_LOOKED_AT * len(rows))))
    gap = round(_APART * pairs.fps)
    middle = len(rows) // 2
    return np.concatenate([rows[: middle - gap], rows[middle + count + gap :]]), rows[middle : middle + count]


class Loader:
    """Makes batches of pairs; skeletons are drawn once and kept.

    Args:
        pairs: where they come from.
        vector: whether the network is told numbers instead of maps.
        history: poses it is told.
    """

    def __init__(self, pairs: Pairs, vector: bool, history: int) -> None:
        self._pairs, self._vector, self._history = pairs, vector, history
        self._maps: dict[int, np.ndarray] = {}  # type: ignore[type-arg]
        self._near: dict[int, np.ndarray] = {}  # type: ignore[type-arg]

    def __call__(self, rows: Frames) -> Batch:
        """The batch of these rows."""
        return self._batch(rows, np.zeros((len(rows), 2), np.int64))

    def moved(self, rows: Frames, row: int, seed: tuple[int, ...]) -> Batch:
        """The same, moved to and fro by whole px, pose and pictures alike.

        Args:
            rows: of the pairs.
            row: so many in a row are moved alike.
            seed: of how far.
        """
        most = round(_MOVED * self._pairs.size)
        by = np.random.default_rng(seed).integers(-most, most + 1, (len(rows) // row, 2))
        return self._batch(rows, np.repeat(by, row, axis=0))

    def _batch(self, rows: Frames, by: Frames) -> Batch:
        pairs = self._pairs
        if self._vector:
            unit = np.float32(pairs.window.side / pairs.size)
            joints = pairs.vectors(rows, self._history).reshape(len(rows), -1, 2)
            given = torch.from_numpy((joints + by[:, None].astype(np.float32) * unit).reshape(len(rows), -1))
        else:
            maps = [np.concatenate([self._drawn(i) for i in pairs.before(int(r), self._history)]) for r in rows]
            # the last axis is that of the channels while they are moved
            moved = _moved(np.stack(maps).transpose(0, 2, 3, 1), by).transpose(0, 3, 1, 2)
            given = torch.from_numpy(as_input(moved)).contiguous(memory_format=torch.channels_last)
        near = _moved(np.stack([self._nearby(int(r)) for r in rows]), by)
        return Batch(
            given,
            _picture(_moved(pairs.frames[rows], by)),
            torch.from_numpy(_moved(pairs.mattes[rows], by)).float()[:, None] / 255,
            torch.from_numpy(near).float()[:, None],
            None if pairs.plates is None else _picture(_moved(pairs.plates[rows], by)),
        )

    def _drawn(self, row: int) -> np.ndarray:  # type: ignore[type-arg]
        if row not in self._maps:
            self._maps[row] = self._pairs.drawn(row)
        return self._maps[row]

    def _nearby(self, row: int) -> np.ndarray:  # type: ignore[type-arg]
        if row not in self._near:
            self._near[row] = foreground(self._pairs, row)
        return self._near[row]


def _moved(pictures: np.ndarray, by: Frames) -> np.ndarray:  # type: ignore[type-arg]
    """(N, H, W, ...) moved by (N, 2) px to the right and down; what was at the edge goes on beyond it."""
    height, width = pictures.shape[1:3]
    down, right = np.arange(height) - by[:, 1:], np.arange(width) - by[:, :1]
    there = np.arange(len(pictures))[:, None, None]
    return np.asarray(pictures[there, down.clip(0, height - 1)[:, :, None], right.clip(0, width - 1)[:, None, :]])


def _picture(frames: np.ndarray) -> torch.Tensor:  # type: ignore[type-arg]
    picture = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
    return picture.contiguous(memory_format=torch.channels_last)


class Order:
    """Which rows each step learns from.

    Args:
        rows: that may be learned from, rising.
        numbers: (N,) frame of each row in the clip.
        row: frames in a row of a sample.
        samples: a step and process.
        seed: of the order.
    """

    def __init__(self, rows: Frames, numbers: Frames, row: int, samples: int, seed: int) -> None:
        known = {int(numbers[r]): int(r) for r in rows}
        runs = [[known.get(int(numbers[r]) + i) for i in range(row)] for r in rows]
        self._samples = np.array([r for r in runs if None not in r], np.int64).reshape(-1, row)
        self._count, self._seed = samples, seed

    def __len__(self) -> int:
        return len(self._samples)

    def __call__(self, step: int, process: int = 0, processes: int = 1) -> Frames:
        """(samples, row) rows of a step; every sample once before any comes again."""
        first = (step * processes + process) * self._count
        places = np.arange(first, first + self._count)
        total = len(self._samples)
        out = np.empty((self._count, self._samples.shape[1]), np.int64)
        for turn in np.unique(places // total):
            order = np.random.default_rng((self._seed, int(turn))).permutation(total)
            mine = places // total == turn
            out[mine] = self._samples[order[places[mine] % total]]
        return out
