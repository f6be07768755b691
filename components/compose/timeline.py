"""The plan of a video: all layers of background and engine in one shot, and the sound."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from components.core import Dance, Ensemble, LayerStack, Scene, Shot, Timeline


def timeline_of(scene: Scene, stack: LayerStack, ensemble: Ensemble, dance: Dance) -> Timeline:
    """The plan of a dance: one shot with the scene's layers (unless the engine brings its own) and the engine's.

    Args:
        scene: background, foreground and size.
        stack: what the engine drew.
        ensemble: length and frame rate.
        dance: whose sound is heard.
    """
    behind = () if stack.draws == "scene" else scene.layers
    shot = Shot(0, ensemble.frames, (*behind, *stack.layers))
    return Timeline(scene.width, scene.height, ensemble.fps, (shot,), dance.sound)


def fingerprint(timeline: Timeline) -> str:
    """A hash of everything that decides on the pictures of a timeline, the bytes of the files it names included."""
    digest = hashlib.sha256()
    _feed(digest, dataclasses.replace(timeline, sound=None))
    return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode())
        for start in range(0, len(value), _ROWS):
            digest.update(np.ascontiguousarray(value[start : start + _ROWS]).tobytes())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        digest.update(type(value).__name__.encode())
        for field in dataclasses.fields(value):
            digest.update(field.name.encode())
            _feed(digest, getattr(value, field.name))
    elif isinstance(value, tuple | list):
        digest.update(f"[{len(value)}".encode())
        for item in value:
            _feed(digest, item)
    elif hasattr(value, "items"):
        for key in sorted(value):
            digest.update(str(key).encode())
            _feed(digest, value[key])
    elif isinstance(value, str) and value.startswith("/") and Path(value).is_file():
        with Path(value).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    else:
        digest.update(f"{type(value).__name__}{value!r};".encode())


_ROWS = 256
