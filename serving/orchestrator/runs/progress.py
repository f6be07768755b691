"""How far a whole run is and how long it will take, from what its stages tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ENOUGH = 0.05
"""Share of a stage after which its own pace says more than its usual length."""


def planned(stages: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    """Stages of a run that has not begun.

    Args:
        stages: name and usual seconds of each, in order.
    """
    return [
        {"name": name, "state": "waiting", "share": 0.0, "seconds": 0.0, "weight": max(weight, 0.01), "began": None}
        for name, weight in stages
    ]


def begun(stages: Sequence[Mapping[str, Any]], name: str, now: float) -> list[dict[str, Any]]:
    """The stages once one of them has begun; those before it are over."""
    rows = [dict(s) for s in stages]
    if all(s["name"] != name for s in rows):
        rows += planned([(name, 1.0)])
    for row in rows:
        if row["name"] == name:
            row.update(state="running", began=now, share=0.0)
            break
    return rows


def advanced(stages: Sequence[Mapping[str, Any]], name: str, done: int, total: int, now: float) -> list[dict[str, Any]]:
    """The stages once one of them has told how far it is; what it tells before it has begun begins it."""
    rows = [dict(s) for s in stages]
    row = next((s for s in rows if s["name"] == name), None)
    if row is None or row["state"] == "waiting":
        rows = begun(rows, name, now)
        row = next(s for s in rows if s["name"] == name)
    if row["state"] == "running":
        row["share"] = min(1.0, max(0.0, done / total)) if total > 0 else row["share"]
        row["seconds"] = round(now - row["began"], 3)
    return rows


def ended(stages: Sequence[Mapping[str, Any]], name: str, seconds: float, reused: bool) -> list[dict[str, Any]]:
    """The stages once one of them is over.

    Args:
        stages: before.
        name: of the stage.
        seconds: that it took.
        reused: an earlier output was used, so that its pace says nothing.
    """
    rows = [dict(s) for s in stages]
    if all(s["name"] != name for s in rows):
        rows += planned([(name, 1.0)])
    for row in rows:
        if row["name"] == name:
            row.update(state="reused" if reused else "done", share=1.0, seconds=round(seconds, 3))
    return rows


def overall(stages: Sequence[Mapping[str, Any]]) -> float:
    """How far the run is, 0..1: the stages' shares by their usual lengths."""
    whole = sum(s["weight"] for s in stages)
    return round(sum(s["weight"] * s["share"] for s in stages) / whole, 4) if whole else 0.0


def seconds_left(stages: Sequence[Mapping[str, Any]], now: float) -> float | None:
    """Seconds until the end; None where nothing has begun.

    What is over says how this machine's pace compares with the usual one; the stage that runs is judged by its own
    pace once it has come some way.
    """
    if all(s["state"] == "waiting" for s in stages):
        return None
    done = [s for s in stages if s["state"] == "done"]
    # One usual second at the usual pace keeps the first, short stages from speaking for all others.
    pace = (1.0 + sum(s["seconds"] for s in done)) / (1.0 + sum(s["weight"] for s in done))
    left = 0.0
    for stage in stages:
        if stage["state"] == "running" and stage["share"] >= ENOUGH:
            spent = max(0.0, now - stage["began"])
            left += spent * (1.0 - stage["share"]) / stage["share"]
        elif stage["state"] in ("waiting", "running"):
            left += pace * stage["weight"] * (1.0 - stage["share"])
    return round(left, 1)
