"""What users ask for: when they come, how long their dances are, and what of it was looked at before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.simulation.figures import Figures
from tests.simulation.model import DAY, Request

LENGTHS = (5.0, 10.0, 15.0, 30.0, 60.0)
SHARES = (0.2, 0.35, 0.25, 0.15, 0.05)
"""Seconds of dance, and how often each is asked for; an assumption."""
ANALYSED = frozenset({"photo", "portray"}), frozenset({"clip", "perceive"})
"""Stages that are done once for a photo, and once for a reference."""


@dataclass(frozen=True)
class Demand:
    """What users ask for in a day.

    Attributes:
        users: how many.
        videos: that each asks for in a day, on average.
        swing: how much more than the mean is asked for at the busiest hour, as a share of it; the quietest has as
            much less. The day is a sine.
        known_photo, known_reference: share of requests whose photo, whose reference was looked at before.
    """

    users: int
    videos: float = 2.0
    swing: float = 0.8
    known_photo: float = 0.4
    known_reference: float = 0.6


def requests_of(demand: Demand, figures: Figures, seconds: float = DAY, seed: int = 0) -> Iterator[Request]:
    """Requests of a day (or its first seconds), in order: a Poisson process whose rate follows the day (thinning)."""
    random = np.random.default_rng(seed)
    mean = demand.users * demand.videos / DAY
    most = mean * (1 + demand.swing)
    takes = {
        (length, photo, reference): figures.seconds(
            length, (ANALYSED[0] if photo else frozenset()) | (ANALYSED[1] if reference else frozenset())
        )
        for length in LENGTHS
        for photo in (False, True)
        for reference in (False, True)
    }
    at = 0.0
    block = 10_000
    while True:
        gaps = random.exponential(1 / most, block)
        kept = random.random(block)
        lengths = random.choice(LENGTHS, block, p=SHARES)
        known = random.random((block, 2)) < (demand.known_photo, demand.known_reference)
        for gap, keep, length, (photo, reference) in zip(gaps, kept, lengths, known, strict=True):
            at += gap
            if at >= seconds:
                return
            if keep * most < mean * (1 - demand.swing * np.cos(2 * np.pi * at / DAY)):
                yield Request(at, takes[(float(length), bool(photo), bool(reference))])


def mean_service(demand: Demand, figures: Figures) -> float:
    """Seconds that a worker is busy with a request, on average."""
    total = 0.0
    for length, share in zip(LENGTHS, SHARES, strict=True):
        for photo, p in ((True, demand.known_photo), (False, 1 - demand.known_photo)):
            for reference, q in ((True, demand.known_reference), (False, 1 - demand.known_reference)):
                reused = (ANALYSED[0] if photo else frozenset()) | (ANALYSED[1] if reference else frozenset())
                total += share * p * q * figures.seconds(length, reused)
    return total
