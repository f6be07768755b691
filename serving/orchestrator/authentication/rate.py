"""How fast somebody may ask: a bucket of tokens for each, refilled at a steady rate, within this process."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from components.core.errors import TroupeError

_MOST = 50_000
"""Buckets that are kept; the one that was not asked for longest goes first, full or nearly so."""


class Rate:
    """A token bucket per key (https://en.wikipedia.org/wiki/Token_bucket): bursts of a minute's worth pass.

    Args:
        per_minute: tokens a bucket holds, and how many it is given a minute; 0: no limit.
        clock: seconds that only grow.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Use one token.

        Raises:
            TroupeError: too_many_requests with the seconds until there is one again.
        """
        self._use(key, 1.0)

    def check(self, key: str) -> None:
        """See whether there is a token, and leave it. Raises as `take`."""
        self._use(key, 0.0)

    def _use(self, key: str, count: float) -> None:
        if not self._size:
            return
        now = self._clock()
        left, at = self._buckets.get(key, (self._size, now))
        left = min(self._size, left + (now - at) * self._size / 60.0)
        if left < 1.0:
            seconds = math.ceil((1.0 - left) * 60.0 / self._size)
            raise TroupeError(
                "too_many_requests", f"That is faster than this server permits; wait {seconds} s.", seconds=seconds
            )
        self._buckets[key] = (left - count, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
