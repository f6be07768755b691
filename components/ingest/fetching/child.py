"""Starts, hears and ends the process that fetches."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import components
from components.ingest.failures import unreachable
from components.ingest.fetching import process
from components.ingest.fetching.order import Order
from components.ingest.fetching.proxy import Proxy
from components.ingest.limits import FetchSettings

_LONGEST_LINE = 1 << 20
_LONGEST_START = 30.0
_KEPT = ("LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class Child:
    """A process that fetches; a context manager that ends it at once when left.

    It gets none of this process's environment but language and certificates, so no secrets, and no open file but its
    channel to the proxy. The kernel ends it with the thread that made it.

    Args:
        order: what it is to fetch.
        proxy: its way out.
    """

    def __init__(self, order: Order, proxy: Proxy) -> None:
        root = str(Path(components.__file__).resolve().parents[1])
        path = [*(str(Path(p).absolute()) for p in sys.path if p), root]
        start = f"import sys; sys.path[:] = {path!r}; from {process.__name__} import main; main()"
        channel = proxy.channel.fileno()
        self._unread = b""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", start, str(os.getpid()), str(channel), order.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(channel,),
            cwd=order.folder,
            env=_environment(os.environ, order.folder),
            start_new_session=True,
        )
        proxy.channel.close()  # with the only copy in the child, its end is seen
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as words:
            words.write(json.dumps(asdict(order)).encode() + b"\n")

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def messages(self, seconds: float) -> list[Mapping[str, Any]] | None:
        """What it said, waiting for a word at most so long.

        Returns:
            Its messages, perhaps none; None where it ended or says what cannot be understood.
        """
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return []
        data = os.read(descriptor, 1 << 16)
        *lines, self._unread = (self._unread + data).split(b"\n")
        if not data or len(self._unread) > _LONGEST_LINE:
            return None
        try:
            said = [json.loads(line) for line in lines]
        except ValueError:
            return None
        return said if all(isinstance(s, dict) for s in said) else None


def confinement_here() -> tuple[str, ...]:
    """What holds a process that fetches on this machine (see `confine`): one is started, which reaches nobody.

    Raises:
        TroupeError: url_unreachable, where such a process does not start.
    """
    url = "http://troupe.invalid/"
    settings = FetchSettings()
    with TemporaryDirectory() as folder:
        order = Order(url, folder, False, 1, 1.0, settings.ports, ())
        with Proxy(url, settings, resolve=lambda host, port: []) as proxy, Child(order, proxy) as child:
            until = time.monotonic() + _LONGEST_START
            while (said := child.messages(1.0)) is not None and time.monotonic() < until:
                for message in said:
                    if "ready" in message:
                        return tuple(map(str, message["ready"]))
    raise unreachable(url, "the process that fetches does not start", "process")


def _environment(own: Mapping[str, str], folder: str) -> dict[str, str]:
    """Variables of the process: none that carries a secret, none that changes what yt-dlp does."""
    kept = {name: own[name] for name in _KEPT if name in own}
    certificates = {name: str(Path(own[name]).absolute()) for name in _CERTIFICATES if own.get(name)}
    return {
        **kept,
        **certificates,
        "HOME": folder,
        "TMPDIR": folder,
        "YTDLP_NO_PLUGINS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
