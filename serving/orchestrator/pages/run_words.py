"""How a run stands, in words: its state, its stages, what it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from serving.orchestrator.database import Run

STATES = {
    "draft": "Draft",
    "queued": "Waiting",
    "running": "At work",
    "succeeded": "Ready",
    "failed": "Failed",
    "cancelled": "Stopped",
}
STAGES = {
    "photo": "Reading the photo",
    "clip": "Reading the clip",
    "fetch": "Fetching the clip",
    "perceive": "Watching the dance",
    "cut": "Cutting out your part",
    "repertoire": "Learning the steps",
    "soundtrack": "Making the music",
    "portray": "Cutting out who dances",
    "choreograph": "Fitting the steps to them",
    "express": "Following the face",
    "scenery": "Building the scene",
    "animate": "Bringing them to life",
    "compose": "Drawing the video",
    "judge": "Measuring the video",
    "finish": "Signing it as AI-made",
}
"""Step of a wiring -> what people read."""
_SPOKEN = {"waiting": "to come", "running": "under way", "done": "done", "reused": "was done before"}


def stages(run: Run) -> list[dict[str, Any]]:
    """A run's stages as people read them."""
    rows = []
    for stage in run.stages:
        seconds = stage.get("seconds") or 0.0
        state = stage.get("state", "waiting")
        took = "kept" if state == "reused" else f"{seconds:.1f} s" if state == "done" else ""
        rows.append(
            {
                "title": STAGES.get(stage["name"], stage["name"].capitalize()),
                "state": state,
                "spoken": _SPOKEN.get(state, state),
                "share": stage.get("share") or 0.0,
                "took": took,
            }
        )
    return rows


def stage_now(run: Run) -> str:
    """What a run does at the moment, in words."""
    if run.state == "queued":
        return "Waiting for its turn"
    return STAGES.get(run.stage, run.stage.capitalize() or "Beginning")


def log_lines(events: Sequence[Any]) -> list[str]:
    """What a run said, newest first: a line an event, progress left out."""
    lines = []
    for event in events:
        data: Mapping[str, Any] = event.data
        if event.kind == "log":
            lines.append(str(data.get("message", "")))
        elif event.kind == "stage":
            name = STAGES.get(str(data.get("stage")), str(data.get("stage")))
            took = f", {data['seconds']:.1f} s" if data.get("state") == "done" and data.get("seconds") else ""
            lines.append(f"{name}: {_SPOKEN.get(str(data.get('state')), data.get('state'))}{took}")
        elif event.kind == "state":
            lines.append(f"The run is {STATES.get(str(data.get('state')), '').lower() or data.get('state')}")
    return list(reversed(lines))
