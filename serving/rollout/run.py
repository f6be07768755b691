"""The rollout's loop: look, do one step for each model, and sleep until something wakes it up."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from components.core import TroupeError
from components.models.registry import CHAMPION
from serving.rollout.decide import Write
from serving.rollout.reconciler import Reconciler

_BREATH = 0.2
"""Seconds between two rounds while there is something to do."""


def run(
    reconciler: Reconciler,
    models: Sequence[str],
    awake: threading.Event,
    ended: threading.Event,
    *,
    poll: float = 30.0,
) -> None:
    """Roll out until told to end.

    Args:
        reconciler: does the steps.
        models: names; empty: all that have a champion.
        awake: set by whatever saw a change.
        ended: set to end; set `awake` too.
        poll: seconds after which it looks though nothing was seen.
    """
    said: dict[str, str] = {}
    while not ended.is_set():
        awake.clear()
        wrote = False
        for model in _wanted(reconciler, models, said):
            try:
                step = reconciler.reconcile(model)
            except TroupeError as error:
                _once(reconciler, said, model, f"{error.message} [{error.code}]")
                continue
            if isinstance(step, Write):
                wrote = True
                said.pop(model, None)
            elif step.settled:
                _once(reconciler, said, model, step.why)
        if wrote:
            ended.wait(_BREATH)
        else:
            awake.wait(poll)


def _wanted(reconciler: Reconciler, models: Sequence[str], said: dict[str, str]) -> list[str]:
    if models:
        return list(models)
    try:
        return sorted({v.name for v in reconciler.registry.versions() if CHAMPION in v.aliases})
    except TroupeError as error:
        _once(reconciler, said, "", f"{error.message} [{error.code}]")
        return []


def _once(reconciler: Reconciler, said: dict[str, str], model: str, sentence: str) -> None:
    if said.get(model) != sentence:
        said[model] = sentence
        reconciler.say(f"{model}: {sentence}" if model else sentence)
