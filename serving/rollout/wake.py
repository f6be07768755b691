"""What wakes a rollout up: a change of a service on the cluster, a webhook of the registry, or the time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from components.core import TroupeError
from serving.rollout.cluster import Cluster, Gone

_LARGEST = 1 << 20
_OLDEST = 300.0
"""Seconds that a webhook may be late."""
_PAUSE = 1.0


class Watching(threading.Thread):
    """Sets an event when a service changes. A connection that ends is begun again where it ended."""

    def __init__(self, cluster: Cluster, awake: threading.Event, seconds: int = 300, pause: float = _PAUSE) -> None:
        super().__init__(daemon=True, name="watch")
        self._cluster = cluster
        self._awake = awake
        self._seconds = seconds
        self._pause = pause
        self._ended = threading.Event()

    def run(self) -> None:
        """See threading."""
        at = ""
        while not self._ended.is_set():
            try:
                if not at:
                    at = self._cluster.newest()
                    self._awake.set()  # whatever happened while nobody watched
                for event in self._cluster.watch(at, self._seconds):
                    at = str(event["object"]["metadata"].get("resourceVersion", at))
                    if event["type"] != "BOOKMARK":
                        self._awake.set()
                    if self._ended.is_set():
                        return
            except Gone:
                at = ""
            except (TroupeError, ValueError, KeyError):
                self._ended.wait(self._pause)
            self._ended.wait(min(self._pause, 0.1))

    def stop(self) -> None:
        """End after the present connection."""
        self._ended.set()


def webhook(
    host: str, port: int, awake: threading.Event, secret: str = "", clock: Callable[[], float] = time.time
) -> ThreadingHTTPServer:
    """A server that takes MLflow's webhooks as a hint to look; what they say is not believed.

    Args:
        host, port: where it listens; 0: any free port.
        awake: set by a call.
        secret: of the webhook; a call must then be signed with it. Empty: any call is taken.
        clock: Unix seconds.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LARGEST:
                self.send_error(413)
                return
            body = self.rfile.read(length)
            if secret and not self._signed(body):
                self.send_error(401)
                return
            awake.set()
            self.send_response(204)
            self.end_headers()

        def _signed(self, body: bytes) -> bool:
            # https://mlflow.org/docs/latest/ml/webhooks/#signature-verification
            delivery, sent = self.headers.get("X-MLflow-Delivery-Id", ""), self.headers.get("X-MLflow-Timestamp", "")
            if not sent.isdigit() or abs(clock() - int(sent)) > _OLDEST:
                return False
            signed = hmac.new(secret.encode(), f"{delivery}.{sent}.".encode() + body, hashlib.sha256).digest()
            expected = "v1," + base64.b64encode(signed).decode()
            return hmac.compare_digest(expected, self.headers.get("X-MLflow-Signature", ""))

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server
