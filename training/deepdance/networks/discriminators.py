"""Networks that tell drawn pictures from true ones: patch by patch, and over time."""

from __future__ import annotations

import torch
from torch import nn

_WIDTHS = (16, 32, 64)
_WIDTHS_TIME = (12, 24, 48)


class PatchDiscriminator(nn.Module):  # type: ignore[misc]
    """PatchGAN (Isola et al. 2017): one verdict a patch.

    Its first layer looks at full resolution, where blur is seen. It is shown the person alone: beside a map it would
    have to learn first what the map means, and blur is blur in any pose.

    Args:
        channels: of the picture.
    """

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        first, *widths = _WIDTHS
        steps: list[nn.Module] = [nn.Conv2d(channels, first, 3, 1, 1)]
        for width in widths:
            steps.append(nn.Sequential(nn.Conv2d(first, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width)))
            first = width
        self.steps = nn.ModuleList(steps)
        self.judge = nn.Conv2d(first, 1, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """(B, channels, S, S) to verdicts (B, 1, S/4, S/4) and the features on the way."""
        return _judged(self.steps, self.judge, x)


class TemporalDiscriminator(nn.Module):  # type: ignore[misc]
    """The same over frames in a row: its kernels see how pictures change."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        first, *widths = _WIDTHS_TIME
        steps: list[nn.Module] = [nn.Conv3d(channels, first, 3, 1, 1)]
        for width in widths:
            convolve = nn.Conv3d(first, width, (3, 4, 4), (1, 2, 2), (1, 1, 1), bias=False)
            steps.append(nn.Sequential(convolve, nn.BatchNorm3d(width)))
            first = width
        self.steps = nn.ModuleList(steps)
        self.judge = nn.Conv3d(first, 1, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """(B, channels, T, S, S) to verdicts (B, 1, T, S/4, S/4) and the features on the way."""
        return _judged(self.steps, self.judge, x)


def _judged(steps: nn.ModuleList, judge: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    features = []
    for step in steps:
        x = nn.functional.leaky_relu(step(x), 0.2)
        features.append(x)
    return judge(x), features
