"""What a process that fetches may do: speak over the sockets that it is handed, and write one folder."""

from __future__ import annotations

import contextlib
import mimetypes
import resource
import ssl
import sys
from pathlib import Path
from typing import Any

from components.ingest.fetching.landlock import forbid_files
from components.ingest.fetching.seccomp import forbid_sockets_and_programs

_MOST_MEMORY = 1024**3
"""Bytes of address space; Python with yt-dlp takes 190 MB."""
_SYSTEM = (
    "/usr", "/lib", "/lib64", "/dev/urandom", "/sys/devices/system/cpu", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
    "/etc/crypto-policies", "/etc/ld.so.cache", "/etc/localtime", "/etc/os-release",
)  # fmt: skip
_REFUSED_EVENTS = frozenset(
    (
        "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.gethostbyname",
        "socket.gethostbyaddr", "socket.getnameinfo", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn",
        "os.system", "os.fork", "os.forkpty", "pty.spawn", "os.kill", "os.killpg",
    )
)  # fmt: skip


def confine(folder: Path) -> tuple[str, ...]:
    """Give up everything that fetching does not need; call it before there is a second thread. It cannot be undone.

    Args:
        folder: the only place that can be written.

    Returns:
        What holds: "audit" everywhere (code in Python that connects or starts a program by itself gets a
        PermissionError), "seccomp" (the kernel refuses sockets and programs to any code) and "landlock" (the kernel
        refuses other files) where the kernel has them.
    """
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    held = {"landlock": forbid_files(folder, _readable()), "seccomp": forbid_sockets_and_programs()}
    sys.addaudithook(refuse_by_audit)
    return ("audit", *(name for name, holds in held.items() if holds))


def refuse_by_audit(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook (PEP 578) that refuses what leads out of the process.

    Raises:
        PermissionError: for connections, names to look up and programs.
    """
    if event in _REFUSED_EVENTS or (event == "socket.getaddrinfo" and not _is_number(arguments[0])):
        raise PermissionError(f"{event} is not permitted: a process that fetches has no way out but its proxy")


def _is_number(host: object) -> bool:
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    return bool(text) and (":" in text or text.replace(".", "").isdigit())


def _readable() -> list[Path]:
    """Python with its packages, this code, the system's libraries, and certificates."""
    certificates = ssl.get_default_verify_paths()
    places = [
        *_SYSTEM,
        *mimetypes.knownfiles,
        *Path("/etc").glob("python3*"),
        sys.prefix, sys.exec_prefix, sys.base_prefix, *sys.path,
        certificates.cafile, certificates.capath, certificates.openssl_cafile, certificates.openssl_capath,
    ]  # fmt: skip
    return [Path(p) for p in places if p]
