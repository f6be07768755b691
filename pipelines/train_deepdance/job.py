"""A person is learned on this machine: the wiring is run, and what became of it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from components.core import Report, silent
from pipelines.dance.job import notice_values
from pipelines.runners.local import run
from pipelines.runners.store import prune
from pipelines.train_deepdance.wiring import TRAIN_DEEPDANCE_WIRING


def train_deepdance(
    arguments: Mapping[str, Any],
    *,
    cache: Path,
    cache_bytes: int = 5_000_000_000,
    workers: int | None = None,
    report: Report = silent,
    started: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Learn a person.

    Args:
        arguments: of TRAIN_DEEPDANCE_WIRING.
        cache: folder of finished steps; a training that was stopped goes on from there.
        cache_bytes: size to which the folder is cut afterwards.
        workers: processes a step may use; None: as many as cores.
        report: receives progress.
        started: told the name of each step as it begins.

    Returns:
        name, version, promoted, champion, verdicts, figures, steps, seconds (of training), mlflow_run, and warnings.

    Raises:
        TroupeError: as the stages say.
    """
    store = cache / "steps"
    result = run(TRAIN_DEEPDANCE_WIRING, arguments, store, workers=workers, report=report, started=started)
    promotion, trained, evaluation = result.output, result.nouns["train"], result.nouns["evaluate"]
    told = {
        "name": promotion.name,
        "version": promotion.version,
        "promoted": promotion.promoted,
        "champion": promotion.champion,
        "verdicts": list(promotion.verdicts),
        "figures": dict(evaluation.figures),
        "steps": trained.steps,
        "seconds": trained.seconds,
        "mlflow_run": trained.parameters.get("mlflow_run", ""),
        "warnings": [notice_values(n) for n in result.notices],
    }
    prune(store, cache_bytes)
    return told
