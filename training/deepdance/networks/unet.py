"""A U-Net (Ronneberger et al. 2015) small enough to be trained and run on two CPU cores."""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn import functional

_WIDTHS = (24, 48, 96, 160, 192, 192, 192)
"""Channels at full resolution, at half of it, and so on down to 4 px."""
_LARGE = 128
"""Px from which the network works at half the resolution, its first and last step folding 2x2 px into channels."""


def widths_of(size: int) -> tuple[int, ...]:
    """Channels of each level for pictures of a size."""
    if size < _LARGE:
        return _WIDTHS[: max(2, size.bit_length() - 2)]
    return (32, 64, 128, 192, 192, 192, 192)[: size.bit_length() - 3]


class Block(nn.Module):  # type: ignore[misc]
    """Convolution, batch norm (a server folds it into the convolution), and a soft rectifier."""

    def __init__(self, given: int, made: int, stride: int = 1, kernel: int = 3) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(given, made, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(made)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, given, H, W) to (B, made, H / stride, W / stride)."""
        return functional.leaky_relu(self.norm(self.convolve(x)), 0.1)


class Rise(nn.Module):  # type: ignore[misc]
    """One level up: fewer channels, twice the resolution, and what the way down kept of it beside."""

    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        self.narrow = Block(given, made)
        self.join = Block(2 * made, made, kernel=1)
        self.refine = Block(made, made)

    def forward(self, x: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        """(B, given, H, W) and (B, made, 2H, 2W) to (B, made, 2H, 2W)."""
        larger = functional.interpolate(self.narrow(x), scale_factor=2.0, mode="nearest")
        return self.refine(self.join(torch.cat([larger, kept], 1)))


class UNet(nn.Module):  # type: ignore[misc]
    """Maps to features of the same size.

    Args:
        channels: of the maps.
        made: channels of what it gives.
        size: px, a power of two from 16.
    """

    def __init__(self, channels: int, made: int, size: int) -> None:
        super().__init__()
        self.fold = 2 if size >= _LARGE else 1
        widths = widths_of(size)
        self.enter = Block(channels * self.fold**2, widths[0])
        self.down = nn.ModuleList([Block(a, b, stride=2) for a, b in itertools.pairwise(widths)])
        self.bottom = Block(widths[-1], widths[-1])
        ups = list(zip(widths[1:], widths, strict=False))[::-1]
        self.up = nn.ModuleList([Rise(a, b) for a, b in ups])
        self.leave = nn.Conv2d(widths[0], made * self.fold**2, 3, 1, 1)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(B, channels, S, S) to (B, made, S, S), of any range."""
        x = functional.pixel_unshuffle(maps, 2) if self.fold == 2 else maps
        x = self.enter(x)
        kept = [x]
        for down in self.down:
            x = down(x)
            kept.append(x)
        x = self.bottom(x)
        for up, beside in zip(self.up, kept[-2::-1], strict=True):
            x = up(x, beside)
        x = self.leave(x)
        return functional.pixel_shuffle(x, 2) if self.fold == 2 else x


def initialise(module: nn.Module) -> nn.Module:
    """The module with weights as He et al. (2015) draw them."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.Conv3d):
            nn.init.kaiming_normal_(part.weight, 0.1, nonlinearity="leaky_relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module
