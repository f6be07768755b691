"""The network that draws: from a vector or from maps to a picture and a matte."""

from __future__ import annotations

import torch
from torch import nn

from components.animate.deepdance.skeleton_map import JOINTS
from training.deepdance.networks.face import FaceRefinement
from training.deepdance.networks.spade import Spade
from training.deepdance.networks.unet import UNet, initialise
from training.deepdance.networks.vector import VectorNetwork
from training.deepdance.pairs import channels


class Generator(nn.Module):  # type: ignore[misc]
    """Draws the person.

    Args:
        kind: "vector", "unet" or "spade".
        size: px.
        history: poses it is told.
        face: whether the head is drawn once more; not with "vector".
    """

    def __init__(self, kind: str, size: int, history: int, face: bool) -> None:
        super().__init__()
        self.body: nn.Module
        if kind == "vector":
            self.body = VectorNetwork(JOINTS * 2 * history, 4, size)
        else:
            self.body = (Spade if kind == "spade" else UNet)(channels(history), 4, size)
        initialise(self.body)
        self.face = FaceRefinement(channels(history), size) if face else None

    def forward(self, given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, values) or (B, channels, S, S) to a picture (B, 3, S, S) and a matte (B, 1, S, S), 0..1."""
        drawn = self.body(given)
        image = drawn[:, :3]
        if self.face is not None:
            image = self.face(image, given)
        return torch.sigmoid(image), torch.sigmoid(drawn[:, 3:])
