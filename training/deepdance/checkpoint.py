"""A trained network on disk: what it is, and its weights; beside them what is needed to go on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from components.animate.deepdance.window import Window
from components.core import TroupeError
from training.deepdance.networks.generator import Generator
from training.deepdance.networks.nearest import NearestNetwork
from training.deepdance.pairs import Pairs
from training.deepdance.settings import TrainSettings

DESCRIPTION = "network.json"
WEIGHTS = "weights.pt"
STATE = "state.ckpt"


@dataclass(frozen=True)
class Description:
    """What a checkpoint's network is.

    Attributes:
        method, kind, size, history, face: as trained.
        window: what its pictures show, see `Window`.
        bones: of the person, in heights.
        background: whether it drew before a known background.
        smoothed: whether the poses it learned from were smoothed over time.
    """

    method: str
    kind: str
    size: int
    history: int
    face: bool
    window: Mapping[str, float]
    bones: tuple[float, ...]
    background: bool
    smoothed: bool = False

    @property
    def frame(self) -> Window:
        """The window."""
        return Window.from_values(self.window)

    def network(self) -> Any:
        """A network of this kind without its weights; not for nearest."""
        return Generator(self.kind, self.size, self.history, self.face)


def describe(settings: TrainSettings, pairs: Pairs) -> Description:
    """What a training with these settings makes."""
    return Description(
        settings.method,
        settings.kind,
        pairs.size,
        settings.history,
        settings.face,
        pairs.window.values(),
        pairs.bones,
        pairs.plates is not None,
        settings.temporal,
    )


def write_network(folder: Path, description: Description, weights: Mapping[str, Any]) -> None:
    """Store a network; what was there stays whole until the new one is."""
    write_atomically(folder / WEIGHTS, dict(weights))
    part = folder / (DESCRIPTION + ".part")
    part.write_text(json.dumps(asdict(description)))
    part.replace(folder / DESCRIPTION)


def write_atomically(file: Path, value: Any) -> None:
    """`torch.save`, written beside and renamed."""
    part = file.with_name(f".{os.getpid()}.{file.name}")
    try:
        torch.save(value, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def read_description(folder: Path) -> Description:
    """What a checkpoint is.

    Raises:
        TroupeError: model_missing, model_broken.
    """
    try:
        told = json.loads((folder / DESCRIPTION).read_text())
        return Description(**{**told, "bones": tuple(told["bones"])})
    except OSError as error:
        raise TroupeError("model_missing", f"There is no trained network in {folder}.", path=str(folder)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise TroupeError("model_broken", f"The network in {folder} is damaged: {error}.", path=str(folder)) from error


def read_network(folder: Path) -> Any:
    """The network of a checkpoint, in evaluation mode on the CPU.

    Raises:
        TroupeError: model_missing, model_broken.
    """
    description = read_description(folder)
    try:
        weights = torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
    except OSError as error:
        raise TroupeError("model_missing", f"There are no weights in {folder}.", path=str(folder)) from error
    except Exception as error:  # pickle's and zip's many kinds
        raise TroupeError("model_broken", f"The weights in {folder} are damaged: {error}.", path=str(folder)) from error
    if description.method == "nearest":
        return NearestNetwork(weights["poses"], weights["frames"]).eval()
    network = description.network()
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise TroupeError(
            "model_broken", f"The weights in {folder} are of another network.", path=str(folder)
        ) from error
    return network.eval()
