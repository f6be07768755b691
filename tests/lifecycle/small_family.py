"""A family of models of the tests' own: what a new kind of model has to bring for the whole life cycle.

Its dataset is one .npz: maps (N, 3, 32, 32), and the truth that a known network draws for them. Its blocks are the last
third of the frames in stretches of eight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from components.models.contract import ModelContract
from components.models.tensors import Array, check
from tests.lifecycle.networks import SmallNetwork, contract, maps
from training.lifecycle.family import Answers, Float64, Frames

BLOCK = 8


def make_dataset(file: Path, frames: int = 96) -> Path:
    """Maps, and the pictures that the network of seed 0 draws for them."""
    asked = maps(frames, 5)
    with torch.no_grad():
        image, _ = SmallNetwork(0)(torch.from_numpy(asked))
    np.savez(file, maps=asked, truth=image.numpy())
    return file


def make_checkpoint(file: Path, seed: int = 0, noise: float = 0.0) -> Path:
    """A network of a seed, its weights shaken by so much."""
    network = SmallNetwork(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight += noise * torch.randn_like(weight)
    torch.save(network.state_dict(), file)
    return file


class SmallFamily:
    """See `training.lifecycle.family.Family`."""

    name = "tests.lifecycle.small_family"
    calibrating = "likeness"

    def contract_of(self, checkpoint: Path) -> ModelContract:
        """See Family."""
        return contract()

    def network_of(self, checkpoint: Path) -> Any:
        """See Family."""
        network = SmallNetwork()
        network.load_state_dict(torch.load(checkpoint, weights_only=True))
        return network.eval()

    def blocks(self, dataset: Path) -> tuple[Frames, ...]:
        """See Family."""
        count = len(self._read(dataset, "maps"))
        return tuple(np.arange(i, i + BLOCK) for i in range(count * 2 // 3, count - BLOCK + 1, BLOCK))

    def inputs(self, contract: ModelContract, dataset: Path, frames: Frames) -> dict[str, Array]:
        """See Family."""
        found = {"skeleton": self._read(dataset, "maps")[frames]}
        check(contract.name, contract.network.inputs, found)
        return found

    def figures(self, answers: Answers, dataset: Path, frames: Frames) -> dict[str, Float64]:
        """error: mean absolute difference; likeness: one less it."""
        error = np.abs(answers["image"] - self._read(dataset, "truth")[frames]).mean(axis=(1, 2, 3)).astype(np.float64)
        return {"error": error, "likeness": 1.0 - error}

    def baselines(self, dataset: Path) -> Mapping[str, Callable[[Frames], Answers]]:
        """The mean picture of the frames that no block holds."""
        held = np.concatenate(self.blocks(dataset))
        mean = np.delete(self._read(dataset, "truth"), held, axis=0).mean(axis=0)
        return {"mean": lambda frames: {"image": np.repeat(mean[None], len(frames), axis=0)}}

    def _read(self, dataset: Path, name: str) -> Array:
        with np.load(dataset) as stored:
            array: Array = stored[name]
        return array


FAMILY = SmallFamily()
