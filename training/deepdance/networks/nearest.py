"""The stored picture of the nearest stored pose, as a network that can be exported like any other."""

from __future__ import annotations

import torch
from torch import nn


class NearestNetwork(nn.Module):  # type: ignore[misc]
    """Looks up.

    Args:
        poses: (N, V) float32.
        frames: (N, 4, S, S) uint8: picture and matte.
    """

    def __init__(self, poses: torch.Tensor, frames: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("poses", poses)
        self.register_buffer("frames", frames)

    def forward(self, pose: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, V) to (B, 3, S, S) and (B, 1, S, S), 0..1."""
        difference = pose[:, None] - self.poses[None]
        found = self.frames[(difference * difference).sum(-1).argmin(1)].float() / 255
        return found[:, :3], found[:, 3:]
