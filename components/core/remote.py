"""A stage that runs far away tells the server that asked for it how it goes.

Variables of the process: TROUPE_EVENTS_URL (where events are posted), TROUPE_EVENTS_TOKEN (of this run alone) and
TROUPE_STEP (what the server calls this stage). Where they are absent nobody is told.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from components.core.errors import TroupeError
from components.core.progress import Progress

PERIOD = 1.0
"""Seconds between two words on a stage's progress."""
TIMEOUT = 10.0
_OVER = (404, 409, 410)
"""Answers by which the server says that the run was cancelled or has ended."""


class Telling:
    """Posts events; one that cannot be posted is left out, for the work matters more than the word on it."""

    def __init__(self) -> None:
        self._url = os.environ.get("TROUPE_EVENTS_URL", "")
        self._token = os.environ.get("TROUPE_EVENTS_TOKEN", "")
        self._step = os.environ.get("TROUPE_STEP", "")
        self._said = self._began = 0.0

    def begin(self) -> None:
        """Say that the stage begins. Raises TroupeError: cancelled."""
        self._began = time.monotonic()
        self._post("stage", state="running")

    def report(self, progress: Progress) -> None:
        """Say how far it is. Raises TroupeError: cancelled."""
        now = time.monotonic()
        if now - self._said >= PERIOD:
            self._said = now
            self._post("progress", done=progress.done, total=progress.total, note=progress.note)

    def warn(self, code: str, message: str) -> None:
        """Say a warning."""
        self._post("log", level="warning", code=code, message=message)

    def end(self) -> None:
        """Say that the stage is over."""
        self._post("stage", state="done", seconds=round(time.monotonic() - self._began, 3))

    def refuse(self, error: TroupeError) -> None:
        """Say why the stage cannot be done."""
        if error.code != "cancelled":
            self._post("refusal", code=error.code, message=error.message)

    def outcome(self, state: str, message: str) -> None:
        """Say how the whole run ended, in the log and to the server.

        Args:
            state: SUCCEEDED, FAILED or CANCELLED.
            message: why, where it failed.
        """
        print(f"outcome: {state} {message}".rstrip(), flush=True)
        self._post("outcome", state=state, message=message)

    def _post(self, kind: str, **data: Any) -> None:
        if not self._url:
            return
        body = json.dumps({"kind": kind, "data": {"stage": self._step, **data}}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(self._url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                pass
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):
                if error.code in _OVER and kind in ("stage", "progress"):
                    raise TroupeError("cancelled", "The run was stopped on request.") from error
                print(f"the event could not be posted: {error}", file=sys.stderr, flush=True)
        except OSError as error:
            print(f"the event could not be posted: {error}", file=sys.stderr, flush=True)
