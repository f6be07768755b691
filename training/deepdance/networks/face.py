"""A branch that draws the head once more, larger: a few px hold most of what makes a person recognisable."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from components.animate.deepdance.skeleton_map import NOSE
from training.deepdance.networks.unet import Block

SHARE = 0.25
"""Side of the square around the nose, of the picture's."""


class FaceRefinement(nn.Module):  # type: ignore[misc]
    """Corrects the picture around the nose.

    Args:
        channels: of the maps.
        size: px of the picture.
    """

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        side = max(16, size // 2)
        self.correct = nn.Sequential(Block(channels + 3, 24), Block(24, 24), Block(24, 24), nn.Conv2d(24, 3, 3, 1, 1))
        nn.init.zeros_(self.correct[-1].weight)
        nn.init.zeros_(self.correct[-1].bias)
        self.register_buffer("whole", _grid(size), persistent=False)
        self.register_buffer("near", _grid(side), persistent=False)

    def forward(self, image: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        """(B, 3, S, S) of any range, corrected, by maps (B, channels, S, S)."""
        centre = self.centre(maps)[:, None, None]
        there = self.near * SHARE + centre
        crop = functional.grid_sample(torch.cat([image, maps], 1), there, "bilinear", "border", False)
        back = (self.whole - centre) / SHARE
        return image + functional.grid_sample(self.correct(crop), back, "bilinear", "zeros", False)

    def centre(self, maps: torch.Tensor) -> torch.Tensor:
        """(B, 2) x, y of the nose, -1 to 1 over the picture."""
        weight = (maps[:, NOSE] + 1) / 2 + 1e-4
        total = weight.sum((1, 2))
        x = (weight * self.whole[..., 0]).sum((1, 2)) / total
        y = (weight * self.whole[..., 1]).sum((1, 2)) / total
        return torch.stack([x, y], 1)


def _grid(size: int) -> torch.Tensor:
    """(1, size, size, 2) x, y of the centres of pixels, -1 to 1 from edge to edge."""
    at = (torch.arange(size) + 0.5) * (2 / size) - 1
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x, y], -1)[None]
