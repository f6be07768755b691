"""What a network that draws is taught by."""

from __future__ import annotations

import torch
from torch.nn import functional

_BESIDE = 0.1
"""Weight of a pixel beside the person; on the person it is 1."""
_WINDOW = 7
_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)
_C1, _C2 = 0.01**2, 0.03**2


def composed(image: torch.Tensor, matte: torch.Tensor, plate: torch.Tensor | None) -> torch.Tensor:
    """The picture before its background, (B, 3, S, S) 0..1; as it is where the background is learned too."""
    return image if plate is None else matte * image + (1 - matte) * plate


def weighted_l1(made: torch.Tensor, true: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference, mostly where `near` (B, 1, S, S) is one."""
    weight = _BESIDE + (1 - _BESIDE) * near
    return ((made - true).abs() * weight).sum() / (weight.sum() * made.shape[1])


def dissimilarity(made: torch.Tensor, true: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """One less structural similarity (Wang et al. 2004, flat window) of the luma, mostly where `near` is one."""
    grey = torch.tensor([0.299, 0.587, 0.114], device=made.device, dtype=made.dtype).view(1, 3, 1, 1)
    x, y = (made * grey).sum(1, keepdim=True), (true * grey).sum(1, keepdim=True)
    both = functional.avg_pool2d(torch.cat([x, y, x * x, y * y, x * y], 1), _WINDOW, 1, _WINDOW // 2)
    mx, my, xx, yy, xy = both.split(1, 1)
    ssim = ((2 * mx * my + _C1) * (2 * (xy - mx * my) + _C2)) / (
        (mx * mx + my * my + _C1) * (xx - mx * mx + yy - my * my + _C2)
    )
    weight = _BESIDE + (1 - _BESIDE) * near
    return ((1 - ssim) * weight).sum() / weight.sum()


def change(made: torch.Tensor, true: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """How differently two videos (B, T, 3, S, S) change from frame to frame: what is seen as flicker."""
    jump = ((made[:, 1:] - made[:, :-1]) - (true[:, 1:] - true[:, :-1])).abs()
    weight = _BESIDE + (1 - _BESIDE) * near[:, 1:]
    return (jump * weight).sum() / (weight.sum() * made.shape[2])


def detailed(drawn: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """The fine detail of a drawn picture upon what is coarse in the true one, both (B, 3, S, S).

    What lies where, differences of pixels teach; a discriminator that saw it would teach to know learned pictures by
    heart, and others come out worse.
    """
    return drawn + _coarse(true - drawn)


def _coarse(picture: torch.Tensor) -> torch.Tensor:
    """Without what is finer than about two px: a binomial of five."""
    row = torch.tensor(_BINOMIAL, device=picture.device, dtype=picture.dtype)
    kernel = (row[:, None] * row / row.sum() ** 2).expand(picture.shape[1], 1, 5, 5)
    edge = functional.pad(picture, (2, 2, 2, 2), mode="replicate")
    return functional.conv2d(edge, kernel, groups=picture.shape[1])


def tell_apart(true: torch.Tensor, drawn: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """What a discriminator wants: that a picture looks truer than what is drawn of the same pose.

    Relativistic (Jolicoeur-Martineau 2019) and in pairs: two pictures of one pose differ by how they are drawn alone,
    and that is learned in a few steps; between pictures of different poses it drowns.

    Args:
        true, drawn: verdicts (B, 1, ...) on the same patches.
        near: (B, 1, ...) of the pictures: patches count as far as they are near the person.
    """
    weight = _pooled(near, true)
    return (functional.softplus(drawn - true) * weight).sum() / weight.sum().clamp_min(1e-6)


def fool(true: torch.Tensor, drawn: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """What the generator wants of a discriminator: the opposite."""
    return tell_apart(drawn, true, near)


def _pooled(near: torch.Tensor, verdict: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(near, size=verdict.shape[2:], mode="area")


def matching(made: list[torch.Tensor], true: list[torch.Tensor]) -> torch.Tensor:
    """Mean absolute difference of features (Wang et al. 2018)."""
    return sum(((a - b.detach()).abs().mean() for a, b in zip(made, true, strict=True)), torch.zeros(())) / len(made)
