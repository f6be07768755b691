"""Networks that tell drawn pictures from true ones: patch by patch, and over time."""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

_WIDTHS = (32, 64, 128)


class PatchDiscriminator(nn.Module):  # type: ignore[misc]
    """PatchGAN (Isola et al. 2017): one verdict a patch, on a picture beside its map.

    Weights are kept at a spectral norm of one (Miyato et al. 2018), but for the last ones: were they bounded too, its
    word would hardly be heard beside lambda * L1.

    Args:
        channels: of the map and the picture together.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = (channels, *_WIDTHS)
        self.steps = nn.ModuleList([spectral_norm(nn.Conv2d(a, b, 4, 2, 1)) for a, b in itertools.pairwise(widths)])
        self.judge = nn.Conv2d(widths[-1], 1, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """(B, channels, S, S) to verdicts (B, 1, S/8, S/8) and the features on the way."""
        return _judged(self.steps, self.judge, x)


class TemporalDiscriminator(nn.Module):  # type: ignore[misc]
    """The same over frames in a row: its kernels see how pictures change."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        widths = (channels, 16, 32, 64)
        self.steps = nn.ModuleList(
            [spectral_norm(nn.Conv3d(a, b, (3, 4, 4), (1, 2, 2), (1, 1, 1))) for a, b in itertools.pairwise(widths)]
        )
        self.judge = nn.Conv3d(widths[-1], 1, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """(B, channels, T, S, S) to verdicts (B, 1, T, S/8, S/8) and the features on the way."""
        return _judged(self.steps, self.judge, x)


def _judged(steps: nn.ModuleList, judge: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    features = []
    for step in steps:
        x = nn.functional.leaky_relu(step(x), 0.2)
        features.append(x)
    return judge(x), features
