"""Likeness by what a network that knows pictures makes of them (Johnson et al. 2016), where its weights are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from components.core import TroupeError

_TAKEN = (3, 8, 17)
"""Layers of VGG-19 whose output is compared: the last of its first three resolutions."""
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Vgg(nn.Module):  # type: ignore[misc]
    """The first layers of VGG-19 (Simonyan and Zisserman 2015), never changed.

    Args:
        weights: torchvision's file, as vgg19-dcbb9e9d.pth.

    Raises:
        TroupeError: model_missing, model_broken.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        from torchvision.models import vgg19

        try:
            known: dict[str, Any] = torch.load(weights, map_location="cpu", weights_only=True)
        except OSError as error:
            raise TroupeError(
                "model_missing", f"The weights of VGG-19 are not at {weights}; torchvision's file is meant.",
                path=str(weights),
            ) from error  # fmt: skip
        except Exception as error:  # pickle's and zip's many kinds
            raise TroupeError("model_broken", f"{weights} holds no weights: {error}.", path=str(weights)) from error
        layers = vgg19(weights=None).features[: _TAKEN[-1] + 1]
        wanted = layers.state_dict()
        found = {name: known.get(f"features.{name}") for name in wanted}
        if any(v is None or v.shape != wanted[n].shape for n, v in found.items()):
            raise TroupeError("model_broken", f"{weights} holds weights of another network.", path=str(weights))
        layers.load_state_dict(found)
        self.layers = layers.eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """(B, 3, S, S) 0..1 to the compared features."""
        x = (image - self.mean) / self.spread
        out = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in _TAKEN:
                out.append(x)
        return out
