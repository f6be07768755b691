"""A process that reads its own program and certificates, and writes one folder; needs no privilege.

See landlock(7) and the kernel's Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_REMOVE_FILE, _MAKE_FILE = 1 << 5, 1 << 8
_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
"""Version -> what can be forbidden on files; later versions add devices, see below."""
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _TRUNCATE | _REMOVE_FILE | _MAKE_FILE
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_TCP, _ABSTRACT_SOCKETS_AND_SIGNALS = 0b11, 0b11


def forbid_files(writable: Path, readable: Iterable[Path]) -> bool:
    """From now on this process reads below `readable`, writes below `writable` and reaches no other file.

    Threads that run already are not held; call it before there are any.

    Args:
        writable: an existing folder.
        readable: folders and files; those that are not there are left out.

    Returns:
        Whether the kernel enforces it: False before Linux 5.13 or where it is switched off.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = int(libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION))
    if version < 1:
        return False
    rights = _RIGHTS.get(version, (1 << 16) - 1)
    attributes = struct.pack("=Q", rights)
    if version >= 4:
        attributes += struct.pack("=Q", _TCP)
    if version >= 6:
        attributes += struct.pack("=Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    rules = int(libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    if rules < 0:
        return False
    try:
        permitted = dict.fromkeys(readable, _READ) | {Path("/dev/null"): _READ_FILE | _WRITE_FILE, writable: _WRITE}
        for path, access in permitted.items():
            if path.exists():
                _permit(libc, rules, path, access & rights)
        return (
            libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges, without which nobody may restrict itself
            and int(libc.syscall(_RESTRICT_SELF, rules, 0)) == 0
        )
    finally:
        os.close(rules)


def _permit(libc: ctypes.CDLL, rules: int, path: Path, access: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= _OF_FILES
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", access, place), 0)
    finally:
        os.close(place)
