"""How freed memory is kept for the next message of a megabyte."""

from __future__ import annotations

import ctypes
import functools
import sys

_MMAP_THRESHOLD, _TRIM_THRESHOLD, _ARENA_MAX = -3, -1, -8
_KEPT = 32 << 20
"""Bytes; glibc's largest threshold."""


@functools.cache
def keep_freed_memory() -> bool:
    """Let glibc keep up to twice 32 MiB of what is freed, instead of giving it back after each message.

    A message of a megabyte is copied half a dozen times on its way through gRPC and protobuf. Each copy else is mapped
    anew, and its first touch faults page by page: measured, 3.5 of 6 ms of a call. Once a process; elsewhere than on
    glibc nothing is done.

    Returns:
        Whether the C library took it.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        option = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    taken = [option(_MMAP_THRESHOLD, _KEPT), option(_TRIM_THRESHOLD, 2 * _KEPT), option(_ARENA_MAX, 1)]
    return all(taken)
