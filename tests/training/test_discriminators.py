"""What a discriminator sees: blur on a person, after few steps, and it teaches to sharpen."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.transforms.functional import gaussian_blur

from training.deepdance.batches import Loader
from training.deepdance.losses import detailed, fool, tell_apart
from training.deepdance.networks.discriminators import PatchDiscriminator, TemporalDiscriminator
from training.deepdance.networks.unet import initialise
from training.deepdance.pairs import read_pairs
from training.lifecycle.records import Prepared

ROW = 4


def detail(pictures: torch.Tensor, near: torch.Tensor) -> float:
    """Mean difference of neighbours near the person."""
    return float(((pictures[..., 1:] - pictures[..., :-1]).abs() * near[..., 1:]).sum() / near.sum())


@pytest.mark.parametrize("time", [False, True], ids=["patch", "time"])
def test_blur_is_seen_and_taken_away(time: bool, prepared: Prepared) -> None:
    """The blur is that of half a px: little beside what makes one pose look other than the next."""
    pairs = read_pairs(Path(prepared.folder))
    batch = Loader(pairs, False, 1)(pairs.train[:16])
    near = batch.near
    true, drawn = ((p - 0.5) * near * 4 for p in (batch.image, gaussian_blur(batch.image, [5, 5], [0.5, 0.5])))
    if time:
        true, drawn, near = (x.reshape(-1, ROW, *x.shape[1:]).transpose(1, 2) for x in (true, drawn, near))
    torch.manual_seed(0)
    network: nn.Module = initialise(TemporalDiscriminator() if time else PatchDiscriminator())
    optimiser = torch.optim.Adam(network.parameters(), 2e-3, (0.5, 0.99))
    losses = []
    for _ in range(40):
        verdicts, _ = network(torch.cat([true, drawn]))
        of_true, of_drawn = verdicts.chunk(2)
        loss = tell_apart(of_true, of_drawn, near)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 0.5 and losses[-1] < 0.3, "at 0.69 they look alike"
    made = drawn.clone().requires_grad_(True)
    taught = torch.optim.Adam([made], 0.01)
    before = detail(drawn, near)
    for _ in range(10):
        verdicts, _ = network(torch.cat([true, made * near]))
        of_true, of_drawn = verdicts.chunk(2)
        taught.zero_grad()
        fool(of_true, of_drawn, near).backward()
        taught.step()
    assert detail(made.detach() * near, near) > before, "what fools it is sharper"


def test_what_is_coarse_a_discriminator_is_not_shown(prepared: Prepared) -> None:
    """A drawing that is too dark, or turned to another colour, looks as the truth does; one that is soft does not."""
    pairs = read_pairs(Path(prepared.folder))
    true = Loader(pairs, False, 1)(pairs.train[:8]).image
    ramp = torch.linspace(0, 0.2, true.shape[-1])
    assert torch.allclose(detailed(true, true), true, atol=1e-6)
    assert (detailed(true - ramp, true) - true).abs()[..., 3:-3].max() < 1e-3
    soft = gaussian_blur(true, [5, 5], [1.0, 1.0])
    assert (detailed(soft, true) - true).abs().mean() > 0.5 * (soft - true).abs().mean()
