"""The lineage of a finished video: what went in, what worked on it, and how; a JSON beside it."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.runners.version import stage_version
from pipelines.wiring import Step

SCHEMA = "troupe.lineage/1"
LIBRARIES = ("numpy", "opencv-python-headless", "av", "ai-edge-litert", "mediapipe", "numba", "librosa")


def troupe_version() -> str:
    """Of this installation."""
    try:
        return importlib.metadata.version("troupe")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def lineage_of(
    run: str,
    created: str,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any],
    steps: Sequence[Step],
    stages: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The lineage of a dance, without the video's own hash, which is not known before it is signed.

    Args:
        run: identifier.
        created: UTC time, ISO 8601.
        inputs: sha256 of each input file, or the name of what is built in.
        settings: as frozen with the run.
        steps: of the wiring that ran.
        stages: seconds and reused of each.
    """
    return {
        "schema": SCHEMA,
        "run": run,
        "created": created,
        "generated": True,
        "inputs": dict(inputs),
        "settings": dict(settings),
        "software": {
            "troupe": troupe_version(),
            "python": platform.python_version(),
            "libraries": {name: _version(name) for name in LIBRARIES},
        },
        "stages": [
            {"name": s.name, "stage": s.stage, "version": stage_version(s.stage), **stages.get(s.name, {})}
            for s in steps
        ],
    }


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
