"""`troupe serve` as a person starts it, for a browser to look at."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path


class Server:
    """A server in a folder of its own, which can be ended and started anew at the same address."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.address = ""
        self._port = "0"
        self._environment = {
            **os.environ,
            "TROUPE_DATA": str(folder / "data"),
            "TROUPE_CACHE": str(folder / "cache"),
            "TROUPE_RUN_NICE": "0",
            **environment,
        }
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Begin, and wait until it says where it is."""
        command = [sys.executable, "-m", "troupe", "serve", "--port", self._port]
        self._process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        said: queue.Queue[str] = queue.Queue()
        output = self._process.stdout
        assert output is not None

        def listen() -> None:
            for line in output:
                said.put(line)

        threading.Thread(target=listen, daemon=True).start()
        self.address = said.get(timeout=120).strip().rsplit(" ", 1)[-1]
        self._port = self.address.rsplit(":", 1)[-1]

    def stop(self) -> None:
        """End it with all that it began."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
