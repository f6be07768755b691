"""Pairs of pose and picture become a network that draws the person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from components.core import Notice, StageContext, TroupeError, Uri
from training.deepdance import FAMILY_NAME
from training.deepdance.checkpoint import DESCRIPTION, STATE, describe, write_network
from training.deepdance.pairs import Pairs, read_pairs
from training.deepdance.settings import TrainSettings
from training.lifecycle.records import Prepared, Trained

RESUMABLE = True
"""A training that was killed goes on where its last look was."""


def run(dataset: Prepared, *, settings: TrainSettings, context: StageContext) -> Trained:
    """Learn a person.

    Raises:
        TroupeError: nothing_learned, too_few_frames, artifact_broken, extra_missing, model_missing (VGG's weights),
            registry_unreachable, cancelled, worker_died.
    """
    data = Path(dataset.folder)
    folder = context.workdir / "checkpoint"
    folder.mkdir(exist_ok=True)
    parameters = {name: str(v) for name, v in settings.model_dump().items() if name not in ("registry", "resume")}
    parameters["size"] = str(read_pairs(data).size)
    if settings.method == "nearest":
        remember(read_pairs(data), settings, folder)
        return Trained(FAMILY_NAME, Uri(str(folder)), dataset.sha256, parameters)
    from training.deepdance.trainer import Course, Diverged, learn, read_course

    notices: list[Notice] = []
    try:
        course = learn(data, folder, settings, context.report, max(1, context.workers))
    except Diverged as error:
        step = error.step
        course = read_course(folder) if (folder / STATE).exists() else Course()
        if not (folder / DESCRIPTION).exists():
            raise TroupeError(
                "nothing_learned",
                f"The loss was no number any more at step {step}, before there was a network worth keeping; use a "
                f"smaller learning rate than {settings.learning_rate:g}.",
                step=step,
            ) from error
        message = f"The loss was no number any more at step {step}; the network of step {course.step} is kept."
        notices.append(Notice("training_diverged", message, {"step": step, "kept": course.step}))
    return Trained(
        FAMILY_NAME,
        Uri(str(folder)),
        dataset.sha256,
        parameters | ({"mlflow_run": course.run} if course.run else {}),
        course.step,
        round(course.seconds, 2),
        tuple(notices),
    )


def remember(pairs: Pairs, settings: TrainSettings, folder: Path) -> None:
    """The checkpoint of `nearest`: all poses that may be learned from, and their pictures."""
    frames = np.concatenate(
        [pairs.frames[pairs.train].transpose(0, 3, 1, 2), pairs.mattes[pairs.train][:, None]], axis=1
    )
    told = pairs.steadied() if settings.temporal else pairs
    vectors = told.vectors(pairs.train, settings.history)
    weights = {"poses": torch.from_numpy(vectors), "frames": torch.from_numpy(frames)}
    write_network(folder, describe(settings, pairs), weights)
