"""Transposed convolutions from a vector of joints: the plainest network that draws."""

from __future__ import annotations

import itertools

import torch
from torch import nn

_FIRST = 4
_WIDTHS = (192, 160, 96, 64, 32, 24, 16)


class VectorNetwork(nn.Module):  # type: ignore[misc]
    """Joints to features of a picture.

    Args:
        values: length of the vector.
        made: channels of what it gives.
        size: px, a power of two from 16.
    """

    def __init__(self, values: int, made: int, size: int) -> None:
        super().__init__()
        doublings = (size // _FIRST).bit_length() - 1
        widths = _WIDTHS[: doublings + 1]
        self.spread = nn.Sequential(
            nn.Linear(values, 512), nn.LeakyReLU(0.1), nn.Linear(512, widths[0] * _FIRST**2), nn.LeakyReLU(0.1)
        )
        steps: list[nn.Module] = []
        for a, b in itertools.pairwise(widths):
            steps += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.1)]
        self.grow = nn.Sequential(*steps)
        self.leave = nn.Conv2d(widths[-1], made, 3, 1, 1)

    def forward(self, pose: torch.Tensor) -> torch.Tensor:
        """(B, values) to (B, made, S, S), of any range."""
        x = self.spread(pose)
        return self.leave(self.grow(x.reshape(-1, _WIDTHS[0], _FIRST, _FIRST)))
