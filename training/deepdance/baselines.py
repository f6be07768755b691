"""What a network has to be better than: pictures of the person that need no learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.spatial import KDTree

from components.models.tensors import Array
from training.deepdance.pairs import Frames, Pairs
from training.lifecycle.family import Answers


def nearest_row(pairs: Pairs, rows: Frames) -> Frames:
    """For each row the one among those learned from whose pose is nearest (k-d tree over the 26 numbers)."""
    tree = KDTree(pairs.poses[pairs.train].reshape(len(pairs.train), -1))
    _, found = tree.query(pairs.poses[rows].reshape(len(rows), -1))
    return np.asarray(pairs.train[found], np.int64)


def baselines(pairs: Pairs) -> Mapping[str, Callable[[Frames], Answers]]:
    """nearest: the picture of the nearest pose that was learned from. mean: the mean of all of them. previous: the
    last picture before the frame that was learned from (after it, where there is none before): nobody is shown pictures
    of a held-out block, so no baseline is."""

    def nearest(rows: Frames) -> Answers:
        return stored(pairs, nearest_row(pairs, rows))

    mean = {name: array.mean(axis=0, keepdims=True) for name, array in stored(pairs, pairs.train).items()}

    def of_all(rows: Frames) -> Answers:
        return {name: np.repeat(array, len(rows), axis=0) for name, array in mean.items()}

    def previous(rows: Frames) -> Answers:
        at = np.maximum(np.searchsorted(pairs.train, rows) - 1, 0)
        return stored(pairs, pairs.train[at])

    return {"nearest": nearest, "mean": of_all, "previous": previous}


def stored(pairs: Pairs, rows: Frames) -> dict[str, Array]:
    """True pictures as a network would give them: image (N, 3, S, S) and matte (N, 1, S, S) float32 0..1."""
    image = np.asarray(pairs.frames[rows], np.float32).transpose(0, 3, 1, 2) / 255
    return {"image": image, "matte": np.asarray(pairs.mattes[rows], np.float32)[:, None] / 255}
