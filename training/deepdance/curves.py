"""What a person sees of a training: curves and grids of samples, kept in MLflow."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from components.core import UInt8
from components.media import write_picture
from components.models.tracking import answering, connect, experiment
from training.deepdance.figures import shown, truth
from training.deepdance.pairs import Frames, Pairs
from training.lifecycle.family import Answers

EXPERIMENT = "deepdance"
_ROWS = 8
_LEAST = 96
"""Px to which small pictures are enlarged."""


class Curves:
    """A run of MLflow, or nothing at all.

    Args:
        registry: MLflow's tracking URI; empty: this machine's; "off": nothing is kept.
        parameters: of the training.
        run: an earlier run that goes on; empty: a new one.

    Raises:
        TroupeError: extra_missing, registry_unreachable, disk_full.
    """

    def __init__(self, registry: str, parameters: Mapping[str, str], run: str = "") -> None:
        self.run = run
        self._client: Any = None
        if registry == "off":
            return
        self._client = connect(registry)
        with answering(self._client.tracking_uri):
            if not run:
                place = experiment(self._client, EXPERIMENT)
                made = self._client.create_run(place, run_name=parameters["method"])
                self.run = made.info.run_id
                for name, value in parameters.items():
                    self._client.log_param(self.run, name, value[:500])

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """A point of each curve."""
        if self._client is None:
            return
        import time

        from mlflow.entities import Metric

        now = round(time.time() * 1000)
        points = [Metric(name, value, now, step) for name, value in values.items() if np.isfinite(value)]
        with answering(self._client.tracking_uri):
            self._client.log_batch(self.run, metrics=points)

    def picture(self, step: int, grid: UInt8) -> None:
        """A grid of samples."""
        if self._client is None:
            return
        with tempfile.TemporaryDirectory() as folder, answering(self._client.tracking_uri):
            file = Path(folder) / f"step-{step:06d}.png"
            write_picture(file, grid)
            self._client.log_artifact(self.run, str(file), "samples")

    def end(self, whole: bool) -> None:
        """No more comes."""
        if self._client is not None:
            with answering(self._client.tracking_uri):
                self._client.set_terminated(self.run, "FINISHED" if whole else "KILLED")


def grid_of(answers: Answers, pairs: Pairs, rows: Frames, count: int = _ROWS) -> UInt8:
    """Pictures beside each other: skeleton, drawn, true, matte; one column a frame.

    Args:
        answers: image (N, 3, S, S) and matte (N, 1, S, S), 0..1.
        pairs, rows: what they answer.
        count: columns at most.
    """
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))
    some = {name: array[chosen] for name, array in answers.items()}
    drawn, true = shown(some, pairs, rows[chosen]), truth(pairs, rows[chosen])
    bones = [np.repeat(pairs.drawn(int(r)).max(axis=0)[..., None], 3, axis=2) for r in rows[chosen]]
    matte = np.repeat(np.asarray(some["matte"]).transpose(0, 2, 3, 1), 3, axis=3)
    lines = [np.concatenate(bones, axis=1)]
    lines += [np.concatenate(list(_bytes(v)), axis=1) for v in (drawn, true, matte)]
    grid = np.concatenate(lines, axis=0)
    factor = max(1, _LEAST // pairs.size)
    return np.asarray(cv2.resize(grid, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST), np.uint8)


def _bytes(pictures: Any) -> UInt8:
    return np.asarray(np.clip(np.round(np.asarray(pictures) * 255), 0, 255), np.uint8)
