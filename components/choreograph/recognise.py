"""A group photo that is a frame of the reference: its moment tells who of the photo is who of the dance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.choreograph.place import Fit

AGREE = 4
"""Frames by which two people may differ about the moment of the photo."""
MOST_PAIRS = 64


def moment(fits: Mapping[tuple[int, int], Fit], performers: Sequence[int]) -> int | None:
    """The frame of the reference that a group photo shows.

    Args:
        fits: every performer laid onto every dancer.
        performers: who is in the photo.

    Returns:
        The frame on which most people agree, at least two and half of them; or None.
    """
    exact = {pair: fit.frame for pair, fit in fits.items() if fit.exact and fit.frame is not None}
    best, votes = None, 0
    for frame in sorted(set(exact.values())):
        here = len({p for (p, _), f in exact.items() if abs(f - frame) <= AGREE})
        if here > votes:
            best, votes = frame, here
    return best if votes >= max(2, (len(performers) + 1) // 2) else None


def reordered(pairs: Sequence[tuple[int, int]], across: Mapping[int, float]) -> tuple[tuple[int, int], ...]:
    """The same dancers from left to right as they stand at one moment.

    Args:
        pairs: performer and dancer, performers from left to right, every dancer once.
        across: px across the reference of each dancer at that moment.
    """
    dancers = sorted((d for _, d in pairs), key=lambda d: across[d])
    return tuple((p, d) for (p, _), d in zip(pairs, dancers, strict=True))
