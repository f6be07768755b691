"""Stretches of tracks that belong to one person, and where such a stretch has become somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from components.core import Float32
from components.perceive.observe import Sighting
from components.perceive.tracklet import mean_look

_CHANGED = 0.26
"""Unlikeness of the frames before and after from which a track has become somebody else."""
_DOUBTED = 0.18
"""The same where two tracks fell onto one body."""
_WINDOW = 8
"""Frames before and after that are compared."""


@dataclass
class Fragment:
    """A stretch of one sighting that surely is one person.

    Attributes:
        sighting: whose.
        start, stop: rows of the sighting.
    """

    sighting: Sighting
    start: int
    stop: int

    @property
    def first(self) -> int:
        """First frame of the clip."""
        return int(self.sighting.frames[self.start])

    @property
    def last(self) -> int:
        """Last frame of the clip."""
        return int(self.sighting.frames[self.stop - 1])


@dataclass
class Chain:
    """Fragments of one person, in order of time.

    Attributes:
        fragments: at least one.
        changed: it begins where a track became somebody else.
    """

    fragments: list[Fragment] = field(default_factory=list)
    changed: bool = False
    _look: tuple[Float32, Float32, int] | None = None

    @property
    def first(self) -> int:
        """First frame of the clip."""
        return self.fragments[0].first

    @property
    def last(self) -> int:
        """Last frame of the clip."""
        return self.fragments[-1].last

    def look(self) -> tuple[Float32, Float32, int]:
        """Mean appearance, weights and number of frames; a chain that was asked does not change any more."""
        if self._look is not None:
            return self._look
        rows = [(f.sighting.look[i], f.sighting.weight[i]) for f in self.fragments for i in range(f.start, f.stop)]
        rows = rows[:: max(1, len(rows) // 200)]
        value, weight, _ = mean_look([r[0].astype(np.float32) for r in rows], [r[1].astype(np.float32) for r in rows])
        self._look = value, weight, sum(f.stop - f.start for f in self.fragments)
        return self._look


def in_turn(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments in order of time, where two overlap without the later one's part of it."""
    out: list[Fragment] = []
    for f in sorted(fragments, key=lambda f: f.first):
        start = f.start
        if out:
            start += int(np.searchsorted(f.sighting.frames[f.start : f.stop], out[-1].last, side="right"))
        if start < f.stop:
            out.append(Fragment(f.sighting, start, f.stop))
    return out


def split(chain: Chain) -> list[Chain]:
    """The chain, parted where it has become somebody else."""
    out: list[Chain] = []
    rest = chain
    while (found := _change(rest)) is not None:
        at, surely = found
        head, tail = Chain([], rest.changed), Chain([], surely)
        for f in rest.fragments:
            row = int(np.clip(np.searchsorted(f.sighting.frames, at), f.start, f.stop))
            if row > f.start:
                head.fragments.append(Fragment(f.sighting, f.start, row))
            if row < f.stop:
                tail.fragments.append(Fragment(f.sighting, row, f.stop))
        out += split(head)
        rest = tail
    return [*out, rest]


def _change(chain: Chain) -> tuple[int, bool] | None:
    """The frame from which a chain looks most different from before, and whether surely; None: it stays itself."""
    frames = np.concatenate([f.sighting.frames[f.start : f.stop] for f in chain.fragments])
    t, least = len(frames), 4
    if t < 2 * least:
        return None
    look = np.concatenate([f.sighting.look[f.start : f.stop] for f in chain.fragments]).astype(np.float64)
    weight = np.concatenate([f.sighting.weight[f.start : f.stop] for f in chain.fragments]).astype(np.float64)
    regions = weight.shape[1]
    weighted = look * np.repeat(weight, look.shape[1] // regions, axis=1)
    summed = np.concatenate([np.zeros((1, look.shape[1])), np.cumsum(weighted, axis=0)])
    total = np.concatenate([np.zeros((1, regions)), np.cumsum(weight, axis=0)])
    at = np.arange(least, t - least + 1)
    before, after = np.maximum(at - _WINDOW, 0), np.minimum(at + _WINDOW, t)
    weight_a, weight_b = total[at] - total[before], total[after] - total[at]
    shape = (len(at), regions, 3, -1)
    a = (summed[at] - summed[before]).reshape(shape) / np.maximum(weight_a, 1e-6)[:, :, None, None]
    b = (summed[after] - summed[at]).reshape(shape) / np.maximum(weight_b, 1e-6)[:, :, None, None]
    overlap = np.sqrt(np.clip(a, 0, None) * np.clip(b, 0, None)).sum(axis=3)
    distance = np.sqrt(np.clip(1.0 - overlap, 0.0, 1.0)).mean(axis=2)
    seen = np.minimum(weight_a / (at - before)[:, None], weight_b / (after - at)[:, None])
    unlike = np.where(seen.sum(axis=1) > 0.1, (distance * seen).sum(axis=1) / np.maximum(seen.sum(axis=1), 1e-6), 0.0)
    cuts = np.array(sorted({c for f in chain.fragments for c in f.sighting.cuts}), np.int64)
    near = (np.abs(frames[at][:, None] - cuts[None]) <= 1).any(axis=1) if len(cuts) else np.zeros(len(at), bool)
    excess = unlike - np.where(near, _DOUBTED, _CHANGED)
    best = int(excess.argmax())
    return (int(frames[at[best]]), bool(unlike[best] > _CHANGED)) if excess[best] > 0.0 else None
