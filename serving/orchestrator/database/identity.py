"""Identifiers that sort by the time at which they were made."""

from __future__ import annotations

import secrets
import time

LENGTH = 26
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """26 lower-case Crockford base-32 digits: 48 bits of milliseconds, then 80 random bits (the ULID layout).

    Source: https://github.com/ulid/spec
    """
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_DIGITS[(value >> shift) & 31] for shift in range(125, -1, -5))
