"""A filter on system calls that leaves a process no way to open a socket or start a program; needs no privilege.

See seccomp(2) and the kernel's Documentation/userspace-api/seccomp_filter.rst. Numbers are those of the kernel's
system call tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

_DENIED: dict[str, tuple[int, int]] = {
    # name: number on x86_64, on aarch64
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    # a ring makes sockets without these calls
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # programs, and the sockets of other processes
    "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "kill": (62, 129), "tkill": (200, 130),
    "pidfd_send_signal": (424, 424), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280),
    "perf_event_open": (298, 241),
}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, 0, 317), "aarch64": (0xC00000B7, 1, 277)}
"""Machine -> the kernel's name of the architecture, column above, number of seccomp(2)."""

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EACCES, 0x80000000
_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _ALL_THREADS = 38, 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_sockets_and_programs() -> bool:
    """From now on every such call of this process and its children fails with EACCES; it cannot be undone.

    Sockets that are open stay usable, and one that another process hands over is, too.

    Returns:
        Whether the kernel enforces it: False where it is no Linux of a kind known here, or permits no filters.
    """
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize < 2**32:
        return False
    architecture, _, seccomp = machine
    filters = _filters(architecture, list(denied_calls().values()))
    program = _Program(len(filters) // 8, filters)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return int(libc.syscall(seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program))) == 0


def _filters(architecture: int, denied: list[int]) -> bytes:
    """The BPF program: another architecture's calls kill, the denied ones fail, all others pass."""
    ways = len(denied) + 1
    steps = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, ways, 0, 0x40000000),  # the x32 numbering of the same calls
        *((_EQUAL, ways - 1 - at, 0, number) for at, number in enumerate(denied)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", code, yes, no, value) for code, yes, no, value in steps)


def denied_calls() -> dict[str, int]:
    """Names and numbers, on this machine, of the calls that fail; empty where the machine is not known."""
    machine = _MACHINES.get(platform.machine())
    return {} if machine is None else {name: numbers[machine[1]] for name, numbers in _DENIED.items()}
