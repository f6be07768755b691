"""One step of teaching: the generator, and with `gan` what it has to fool."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.deepdance.batches import Batch
from training.deepdance.losses import (
    change,
    composed,
    detailed,
    dissimilarity,
    fool,
    matching,
    tell_apart,
    weighted_l1,
)
from training.deepdance.networks.discriminators import PatchDiscriminator, TemporalDiscriminator
from training.deepdance.networks.generator import Generator
from training.deepdance.networks.unet import initialise
from training.deepdance.networks.vgg import Vgg
from training.deepdance.settings import TrainSettings

LAMBDA = (100.0, 30.0)
"""Weight of L1 beside L_GAN, at the beginning and at the end of the training."""
_STRUCTURE, _MATTE, _CHANGE, _FEATURES, _LIKENESS = 0.2, 0.5, 10.0, 5.0, 0.05
_JUDGED, _HEARD, _FOOL = 0.6, 0.65, 1.0
"""Share of the training from which discriminators learn, and from which they are heard, and how loudly beside lambda
times the rest: they sharpen what is already there, and have to know something before they teach."""
_GAIN = 4.0
"""Of what discriminators are shown: as drawn, the differences are a few hundredths."""
_AVERAGED = 0.995
"""Share of the old in the running mean of the weights, by which the network is judged and kept."""


class Teaching:
    """Networks and optimisers of a training.

    Args:
        settings: of the training.
        size: px of the pictures.
        fabric: Lightning's, already launched.
    """

    def __init__(self, settings: TrainSettings, size: int, fabric: Any) -> None:
        self._settings, self._fabric = settings, fabric
        gan = settings.method == "gan"
        torch.manual_seed(settings.seed)
        network = Generator(settings.kind, size, settings.history, settings.face).to(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(network).eval().requires_grad_(False).to(fabric.device)
        optimiser = torch.optim.AdamW(network.parameters(), settings.learning_rate, (0.9, 0.99), weight_decay=1e-4)
        self.generator, self.optimiser = fabric.setup(network, optimiser)
        self.judges: dict[str, tuple[Any, Any]] = {}
        if gan:
            self._judge("patch", initialise(PatchDiscriminator()))
        if gan and settings.temporal:
            self._judge("time", initialise(TemporalDiscriminator()))
        self._vgg: nn.Module | None = None
        self._steps = 0
        if settings.perceptual and settings.perceptual != "features":
            self._vgg = Vgg(Path(settings.perceptual)).to(fabric.device)

    def _judge(self, name: str, network: nn.Module) -> None:
        optimiser = torch.optim.Adam(network.parameters(), self._settings.learning_rate, (0.5, 0.99))
        self.judges[name] = self._fabric.setup(network, optimiser)

    def resume(self, steps: int) -> None:
        """Go on after so many steps."""
        self._steps = steps

    def state(self) -> dict[str, Any]:
        """Everything that a step changes, for `fabric.save`."""
        state = {"generator": self.generator, "optimiser": self.optimiser, "averaged": self.averaged}
        for name, (network, optimiser) in self.judges.items():
            state |= {name: network, f"{name}_optimiser": optimiser}
        return state

    def step(self, batch: Batch, progress: float, rate: float) -> dict[str, float]:
        """Learn from a batch.

        Args:
            batch: of samples in a row, one after the other.
            progress: of the training, 0..1.
            rate: of the generator's learning rate, 0..1; what judges it goes on learning, as it gets better.

        Returns:
            the losses; not finite where the training has lost its way, and then nothing was changed.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = group.setdefault("highest", group["lr"]) * rate
        self.generator.train()
        image, matte = self.generator(batch.given)
        # losses in 32 bits: squares of small differences vanish in fewer
        drawn = composed(image.float(), matte.float(), batch.plate)
        told: dict[str, torch.Tensor] = {
            "l1": weighted_l1(drawn, batch.image, batch.near),
            "matte": (matte.float() - batch.matte).abs().mean(),
        }
        if self.judges and progress >= _JUDGED and torch.isfinite(drawn).all():
            told |= self._judges_learn(batch, drawn.detach())
        total = self._total(batch, drawn, told, progress)
        told["loss"] = total
        values = {name: float(v.detach()) for name, v in told.items()}
        if not torch.isfinite(total):
            return values
        self._descend(self.generator, self.optimiser, total)
        self._average()
        return values

    def _total(self, batch: Batch, drawn: torch.Tensor, told: dict[str, torch.Tensor], progress: float) -> torch.Tensor:
        settings, row = self._settings, self._settings.row
        told["structure"] = dissimilarity(drawn, batch.image, batch.near)
        teach = told["l1"] + _MATTE * told["matte"] + _STRUCTURE * told["structure"]
        if settings.temporal:
            told["change"] = change(_rows(drawn, row), _rows(batch.image, row), _rows(batch.near, row))
            teach = teach + _CHANGE * told["change"]
        if self._vgg is not None:
            told["likeness"] = matching(self._vgg(drawn), self._vgg(batch.image))
            teach = teach + _LIKENESS * told["likeness"]
        if settings.method != "gan":
            return teach
        first, last = LAMBDA
        weight = first + (last - first) * progress
        total = weight * teach
        for name, (network, _) in self.judges.items() if progress >= _HEARD else ():
            # the bare network: its weights are not learned here, so processes have nothing to exchange
            bare = network.module.requires_grad_(False)
            with self._fabric.autocast():
                verdicts, features = bare(self._both(name, batch, drawn))
            true, made = verdicts.float().chunk(2)
            told[f"fool_{name}"] = fool(true, made, self._near(name, batch))
            total = total + _FOOL * told[f"fool_{name}"]
            if settings.perceptual == "features":
                pairs = [f.float().chunk(2) for f in features]
                total = total + _FEATURES * matching([made for _, made in pairs], [true for true, _ in pairs])
            bare.requires_grad_(True)
        return total / first  # as large as without a judge, for `clip`

    def _judges_learn(self, batch: Batch, drawn: torch.Tensor) -> dict[str, torch.Tensor]:
        told = {}
        for name, (network, optimiser) in self.judges.items():
            network.train()
            verdicts, _ = network(self._both(name, batch, drawn))
            true, made = verdicts.float().chunk(2)
            loss = tell_apart(true, made, self._near(name, batch))
            if torch.isfinite(loss):
                self._descend(network, optimiser, loss)
            told[f"judge_{name}"] = loss
        return told

    def _both(self, name: str, batch: Batch, drawn: torch.Tensor) -> torch.Tensor:
        """What a judge is shown: true pictures, then those drawn of the same poses, or rows of them.

        Only the person, as nothing else is drawn, and of what is drawn the fine detail alone; and in one batch, as both
        are normalised alike.
        """
        both = [(p - 0.5) * batch.near * _GAIN for p in (batch.image, detailed(drawn, batch.image))]
        return torch.cat([self._in_rows(name, x) for x in both])

    def _near(self, name: str, batch: Batch) -> torch.Tensor:
        return self._in_rows(name, batch.near)

    def _in_rows(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return _rows(x, self._settings.row).transpose(1, 2) if name == "time" else x

    def _descend(self, network: Any, optimiser: Any, loss: torch.Tensor) -> None:
        optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(loss)
        self._fabric.clip_gradients(network, optimiser, max_norm=self._settings.clip, error_if_nonfinite=False)
        optimiser.step()

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _average(self) -> None:
        now = self.generator.module.state_dict()
        old = min(_AVERAGED, (1 + self._steps) / (10 + self._steps))
        self._steps += 1
        for name, kept in self.averaged.state_dict().items():
            if kept.is_floating_point():
                kept.lerp_(now[name], 1 - old)
            else:
                kept.copy_(now[name])


def _rows(x: torch.Tensor, row: int) -> torch.Tensor:
    """(B, ...) as (B / row, row, ...)."""
    return x.reshape(-1, row, *x.shape[1:])
