"""Identifiers that sort by the time at which they were made."""

from __future__ import annotations

import secrets
import threading
import time

LENGTH = 26
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_ONE_AT_A_TIME = threading.Lock()
_last = 0


def new_id() -> str:
    """26 lower-case Crockford base-32 digits: 48 bits of milliseconds, then 80 random bits (a monotonic ULID).

    Within a process each is greater than the one before, also in the same millisecond and after the clock was set back.

    Source: https://github.com/ulid/spec
    """
    global _last
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    with _ONE_AT_A_TIME:
        if value <= _last:
            value = _last + 1 + secrets.randbits(40)
        _last = value
    return "".join(_DIGITS[(value >> shift) & 31] for shift in range(125, -1, -5))


def made_at(name: str) -> float | None:
    """When an identifier was made (seconds since 1970), or None where it is no identifier of ours."""
    if len(name) != LENGTH or not set(name) <= set(_DIGITS):
        return None
    value = 0
    for digit in name[:10]:
        value = value << 5 | _DIGITS.index(digit)
    return value / 1000
