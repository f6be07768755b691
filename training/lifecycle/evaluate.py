"""Measures a model beside its baselines and the champion on the same held-out blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field

from components.core import Notice, Progress, StageContext, TroupeError
from components.models.registry import CHAMPION, Registry
from components.models.source import open_model
from training.lifecycle.family import Answers, Family, Float64, Frames, family_of
from training.lifecycle.network import network_answers
from training.lifecycle.records import Comparison, Evaluation, Prepared, Trained

_BATCH = 32
"""Frames asked at once."""


class EvaluateSettings(BaseModel, frozen=True):
    """Settings of evaluate.

    Attributes:
        registry: where the champion is; empty: this machine's.
        name: of the model whose champion it is compared with.
        confidence: of the intervals.
        samples: resamplings of the blocks.
        seed: of the resampling.
    """

    registry: str = ""
    name: str
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    samples: int = Field(default=4000, ge=100)
    seed: int = 0


def run(trained: Trained, dataset: Prepared, *, settings: EvaluateSettings, context: StageContext) -> Evaluation:
    """Compare a trained network with its family's baselines and with the champion.

    Raises:
        TroupeError: invalid_setting: no such family; registry_unreachable: a registry that was named does not answer.
    """
    family = family_of(trained.family)
    folder, checkpoint = Path(dataset.folder), Path(trained.checkpoint)
    contract = family.contract_of(checkpoint)
    network = network_answers(family.network_of(checkpoint), contract)
    subjects: dict[str, Callable[[Frames], Answers]] = {
        "candidate": lambda frames: network(family.inputs(contract, folder, frames)),
        **family.baselines(folder),
    }
    notices: list[Notice] = []
    version, champion = _champion(family, folder, settings, notices)
    if champion is not None:
        subjects[CHAMPION] = champion
    measured: dict[str, list[dict[str, Float64]]] = {}
    for i, (name, answer) in enumerate(subjects.items()):
        context.report(Progress("evaluate", i, len(subjects), name))
        measured[name] = [_measured(family, folder, answer, frames) for frames in family.blocks(folder)]
    return compare(measured, settings.confidence, settings.samples, settings.seed, version, tuple(notices))


def _champion(
    family: Family, folder: Path, settings: EvaluateSettings, notices: list[Notice]
) -> tuple[int, Callable[[Frames], Answers] | None]:
    registry = Registry(settings.registry)
    try:
        found = registry.find(settings.name, alias=CHAMPION)
    except TroupeError as error:
        if error.code != "model_unknown":
            raise
        return 0, None
    model = open_model(f"models:/{found.name}/{found.version}", registry=settings.registry, notices=notices)
    try:
        family.inputs(model.contract, folder, family.blocks(folder)[0][:1])
    except TroupeError as error:
        if error.code != "wrong_tensor":
            raise
        return 0, None  # a champion that learned from other inputs cannot be asked about these
    return found.version, lambda frames: model(family.inputs(model.contract, folder, frames))


def _measured(family: Family, folder: Path, answer: Callable[[Frames], Answers], frames: Frames) -> dict[str, Float64]:
    parts = [frames[i : i + _BATCH] for i in range(0, len(frames), _BATCH)]
    answers = [answer(part) for part in parts]
    whole = {name: np.concatenate([a[name] for a in answers]) for name in answers[0]}
    return family.figures(whole, folder, frames)


def compare(
    measured: Mapping[str, list[dict[str, Float64]]],
    confidence: float,
    samples: int,
    seed: int,
    champion: int = 0,
    notices: tuple[Notice, ...] = (),
) -> Evaluation:
    """Means and intervals from numbers a frame.

    Args:
        measured: by subject (one is "candidate") for each block the figures of its frames.
        confidence, samples, seed: of the bootstrap.
        champion: version of the subject "champion".
        notices: passed on.
    """
    own = measured["candidate"]
    figures = {f: _mean([block[f] for block in own]) for f in own[0]}
    comparisons = []
    for name, blocks in measured.items():
        if name == "candidate":
            continue
        for figure in figures:
            pairs = [(a[figure], b[figure]) for a, b in zip(own, blocks, strict=True)]
            low, high, count = interval(pairs, confidence, samples, seed)
            mean, other = (_mean([pair[side] for pair in pairs]) for side in (0, 1))
            comparisons.append(Comparison(figure, name, mean, other, mean - other, low, high, count))
    return Evaluation(figures, tuple(comparisons), confidence, champion, notices)


def interval(
    pairs: list[tuple[Float64, Float64]], confidence: float, samples: int, seed: int
) -> tuple[float, float, int]:
    """Interval of the mean difference of two subjects, by percentile bootstrap over blocks.

    Frames of one block resemble each other, so whole blocks are drawn (block bootstrap, Kuensch 1989), each with the
    weight of its frames.

    Args:
        pairs: for each block the numbers (N,) of the two subjects on the same frames; NaN is left out.
        confidence: share of the resampled means within.
        samples: resamplings.
        seed: of them.

    Returns:
        low, high (infinite with fewer than two blocks), and the number of blocks measured.
    """
    sums, counts = [], []
    for first, second in pairs:
        difference = first - second
        seen = np.isfinite(difference)
        if seen.any():
            sums.append(float(difference[seen].sum()))
            counts.append(int(seen.sum()))
    if len(sums) < 2:
        return -np.inf, np.inf, len(sums)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (samples, len(sums)))
    means = np.array(sums)[drawn].sum(axis=1) / np.array(counts)[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high), len(sums)


def _mean(blocks: list[Float64]) -> float:
    values = np.concatenate(blocks)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")
