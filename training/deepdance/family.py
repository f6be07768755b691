"""DeepDance as a kind of model: what the life cycle asks of it. See `training.lifecycle.family.Family`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from components.animate.deepdance.skeleton_map import as_input
from components.models.contract import ModelContract
from components.models.tensors import Array, check
from training.deepdance import FAMILY_NAME
from training.deepdance.baselines import baselines
from training.deepdance.contract import contract_of
from training.deepdance.figures import figures
from training.deepdance.pairs import read_pairs
from training.lifecycle.family import Answers, Float64, Frames


class DeepDance:
    """A person's pictures from their poses. A dataset is a folder of pairs, a checkpoint the trainer's folder."""

    name = FAMILY_NAME
    calibrating = "foreground_ssim"

    def contract_of(self, checkpoint: Path) -> ModelContract:
        """See Family."""
        return contract_of(checkpoint)

    def network_of(self, checkpoint: Path) -> Any:
        """See Family. Raises TroupeError: model_missing, model_broken."""
        from training.deepdance.checkpoint import read_network

        return read_network(checkpoint)

    def blocks(self, dataset: Path) -> tuple[Frames, ...]:
        """See Family."""
        return read_pairs(dataset).blocks

    def inputs(self, contract: ModelContract, dataset: Path, frames: Frames) -> dict[str, Array]:
        """See Family."""
        pairs = read_pairs(dataset)
        told = contract.network.operation("hip_centred").values
        length = int(told["frames"])
        if told.get("poses") == "smoothed":
            pairs = pairs.steadied()
        if contract.network.inputs[0].name == "pose":
            found = {"pose": pairs.vectors(frames, length)}
        else:
            found = {"skeleton": as_input(pairs.maps(frames, length))}
        check(contract.name, contract.network.inputs, found)
        return found

    def figures(self, answers: Answers, dataset: Path, frames: Frames) -> dict[str, Float64]:
        """See `training.deepdance.figures`."""
        return figures(answers, read_pairs(dataset), frames)

    def baselines(self, dataset: Path) -> Mapping[str, Callable[[Frames], Answers]]:
        """See `training.deepdance.baselines`."""
        return baselines(read_pairs(dataset))


FAMILY = DeepDance()
