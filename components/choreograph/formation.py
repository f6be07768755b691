"""Several performers together: who stands where, how far apart they dance, and who is in front."""

from __future__ import annotations

import numpy as np

from components.choreograph.place import Fit
from components.choreograph.proportions import BONES
from components.choreograph.retarget import Driver
from components.choreograph.smooth import Array
from components.core import RIG

TIGHTEST, WIDEST = 0.5, 1.25
"""Limits of how much closer or wider than the dancers the performers dance about each other."""
DEPTH = 5.0
"""Px of depth for a px that the floor lies lower in the picture: cameras look down on a floor at a flat angle."""
LARGER = 0.3
"""Px that somebody seems to stand lower for a px of body length: people are of about one size."""
_TALL = [BONES.index((RIG.index(a), RIG.index(b))) for a, b in (
    ("pelvis", "chest"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"))]  # fmt: skip


def spread(drivers: list[Driver], laid: list[Fit], standing: list[float]) -> float:
    """How wide the dancers' paths become so that the performers keep the dancers' formation.

    Performers dance about where they stand in the photo. When they stand closer together than the dancers do, paths
    shrink as much: two dancers who cross then let their performers cross, and a gap that stays open stays open.

    Args:
        drivers, laid: per performer.
        standing: px across the photo where each performer stands.

    Returns:
        Factor of all paths, 1 for one performer.
    """
    here = np.array(standing)
    there = np.array(
        [fit.ratio * np.median(d.joints[:, 0, 0] - d.camera[:, 0]) for d, fit in zip(drivers, laid, strict=True)]
    )
    here, there = here - here.mean(), there - there.mean()
    power = float((there**2).sum())
    size = float(np.mean([fit.bones[0] for fit in laid]))
    if len(here) < 2 or power < (0.3 * size) ** 2:
        return 1.0
    return float(np.clip((here * there).sum() / power, TIGHTEST, WIDEST))


def depths(grounds: list[Array], laid: list[Fit]) -> list[Array]:
    """How far from the viewer each performer is: who stands lower in the picture and who is larger is nearer.

    Args:
        grounds: per performer (T,) px: the floor under them.
        laid: per performer, for their size.

    Returns:
        Per performer (T,) px, 0 in the middle of all, negative towards the viewer.
    """
    near = [ground + LARGER * fit.bones[_TALL].sum() * fit.growth for ground, fit in zip(grounds, laid, strict=True)]
    middle = float(np.median(np.concatenate(near)))
    return [-DEPTH * (n - middle) for n in near]
