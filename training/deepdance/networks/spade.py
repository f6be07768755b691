"""A generator whose features are told at every level where the bones are: SPADE (Park et al. 2019)."""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn import functional

from training.deepdance.networks.unet import widths_of

_HIDDEN = 24


class Modulated(nn.Module):  # type: ignore[misc]
    """Normalises features and gives them the scale and shift that the map asks for at each place."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.read = nn.Conv2d(channels, _HIDDEN, 3, 1, 1)
        self.say = nn.Conv2d(_HIDDEN, 2 * width, 3, 1, 1)

    def forward(self, x: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        """(B, width, H, W) by maps (B, channels, H, W)."""
        scale, shift = self.say(functional.leaky_relu(self.read(maps), 0.1)).chunk(2, 1)
        return functional.leaky_relu(self.norm(x) * (1 + scale) + shift, 0.1)


class Spade(nn.Module):  # type: ignore[misc]
    """Maps to features of the same size.

    Args:
        channels: of the maps.
        made: channels of what it gives.
        size: px, a power of two from 16.
    """

    def __init__(self, channels: int, made: int, size: int) -> None:
        super().__init__()
        self.fold = 2 if size >= 128 else 1
        widths = widths_of(size)[::-1]
        self.least = size // self.fold // 2 ** (len(widths) - 1)
        self.begin = nn.Conv2d(channels, widths[0], 3, 1, 1)
        self.tell = nn.ModuleList([Modulated(w, channels) for w in widths])
        pairs = [*itertools.pairwise(widths), (widths[-1], widths[-1])]
        self.convolve = nn.ModuleList([nn.Conv2d(a, b, 3, 1, 1) for a, b in pairs])
        self.leave = nn.Conv2d(widths[-1], made * self.fold**2, 3, 1, 1)
        self.size = size

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(B, channels, S, S) to (B, made, S, S), of any range."""
        at = self.least
        x = self.begin(functional.avg_pool2d(maps, self.size // at))
        last = len(self.tell) - 1
        for i, (tell, convolve) in enumerate(zip(self.tell, self.convolve, strict=True)):
            shrink = self.size // at
            x = convolve(tell(x, functional.avg_pool2d(maps, shrink) if shrink > 1 else maps))
            if i < last:
                x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
                at *= 2
        x = self.leave(functional.leaky_relu(x, 0.1))
        return functional.pixel_shuffle(x, 2) if self.fold == 2 else x
