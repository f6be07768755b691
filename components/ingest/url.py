"""Fetching an address: a direct link by our own client, a page that shows a video through yt-dlp."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from components.core import Progress, StageContext, TroupeError
from components.ingest.address import Target, checked_target
from components.ingest.arrival import storage_error
from components.ingest.failures import blocked, too_large, unreachable
from components.ingest.limits import FetchSettings
from components.ingest.pace import Pace
from components.ingest.page import fetch_page

_REDIRECTS = 5
_CHUNK = 256 * 1024
_CONNECT_SECONDS = 15.0
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; Troupe)", "Accept": "*/*", "Accept-Encoding": "identity"}
_PAGES = ("text/html", "application/xhtml+xml")


def fetch(
    url: str, target: Path, settings: FetchSettings, context: StageContext, *, stage: str, pages: bool = True
) -> Path:
    """Fetch what an address names into a file.

    Args:
        url: http(s) address.
        target: the file to write; it is removed where fetching fails.
        settings: limits.
        context: for progress and cancelling.
        stage: name under which progress is reported.
        pages: an HTML page may be given to yt-dlp.

    Returns:
        The file written.

    Raises:
        TroupeError: url_refused, url_unreachable, url_blocked, file_too_large, disk_full, cancelled.
    """
    transfer = _Transfer(url, target, settings)
    try:
        _watch(transfer, context, stage, settings)
        if transfer.is_page:
            if not pages:
                raise TroupeError(
                    "url_unreachable", f"{url} is a page, not a picture; give the address of the picture itself.",
                    url=url, reason="page",
                )  # fmt: skip
            return fetch_page(url, target, settings, context, stage=stage)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _watch(transfer: _Transfer, context: StageContext, stage: str, settings: FetchSettings) -> None:
    """Run the transfer beside this thread, which reports and may be told to stop while the network is silent."""
    thread = threading.Thread(target=transfer.run, daemon=True)
    pace = Pace(transfer.url, settings)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.2)
            context.report(Progress(stage, transfer.done, transfer.total, "fetching"))
            pace.check(transfer.done)
    except BaseException:
        transfer.stop()
        thread.join(5)
        raise
    if transfer.failure is not None:
        raise transfer.failure


class _Transfer:
    """One download, in a thread of its own.

    Attributes:
        done, total: bytes; total is 0 while unknown.
        is_page: the address led to an HTML page; nothing was written.
        failure: what went wrong, or None.
    """

    def __init__(self, url: str, target: Path, settings: FetchSettings) -> None:
        self.url = url
        self.done = 0
        self.total = 0
        self.is_page = False
        self.failure: Exception | None = None
        self._target = target
        self._settings = settings
        self._connection: http.client.HTTPConnection | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make the thread end soon, by closing its socket under it."""
        self._stopped.set()
        connection = self._connection
        if connection is not None and connection.sock is not None:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def run(self) -> None:
        """Fetch; whatever goes wrong is kept in `failure`."""
        try:
            self._follow(self.url)
        except TroupeError as error:
            self.failure = error
        except TimeoutError:
            self.failure = unreachable(self.url, f"nothing came for {self._settings.stall_seconds:.0f} s", "timeout")
        except ssl.SSLCertVerificationError as error:
            why = f"its certificate is not trusted ({error.verify_message})"
            own = "a bundle of your own authority is named by the variable SSL_CERT_FILE"
            self.failure = unreachable(self.url, f"{why}; {own}", "certificate")
        except ssl.SSLError as error:
            self.failure = unreachable(self.url, f"its encryption is not sound ({error.reason})", "tls")
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self.failure = unreachable(self.url, f"the connection failed ({why})", "connection")

    def _follow(self, url: str) -> None:
        for _ in range(_REDIRECTS + 1):
            place = checked_target(url, ports=self._settings.ports, networks=self._settings.private_networks)
            connection = _Connection(place, self._settings.stall_seconds)
            self._connection = connection
            try:
                connection.request("GET", place.path, headers={"Host": _host_header(place), **_HEADERS})
                response = connection.getresponse()
                if response.status not in (301, 302, 303, 307, 308):
                    self._receive(response)
                    return
                location = response.getheader("Location")
                if not location:
                    raise unreachable(url, "it redirects to nowhere", "redirect")
                url = urljoin(place.url, location)
            finally:
                connection.close()
        raise unreachable(self.url, "it redirects without end", "redirect")

    def _receive(self, response: http.client.HTTPResponse) -> None:
        check_status(self.url, response.status)
        kind = (response.getheader("Content-Type") or "").split(";")[0].strip().lower()
        if kind in _PAGES:
            self.is_page = True
            return
        self.total = response.length or 0
        limit = self._settings.max_bytes
        if self.total > limit:
            raise too_large(self.url, self.total, limit)
        self._store(response, limit)
        if self.done < self.total and not self._stopped.is_set():
            raise unreachable(self.url, f"it broke off after {self.done} of {self.total} bytes", "broken_off")

    def _store(self, response: http.client.HTTPResponse, limit: int) -> None:
        with _storing(self._target):
            out = self._target.open("wb", buffering=0)
        with out:
            while not self._stopped.is_set():
                chunk = response.read1(_CHUNK)
                if not chunk:
                    return
                self.done += len(chunk)
                if self.done > limit:
                    raise too_large(self.url, self.done, limit)
                with _storing(self._target):
                    out.write(chunk)


@contextmanager
def _storing(target: Path) -> Iterator[None]:
    """Tells a failing disk from a failing network."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, target) from error


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name means by now."""

    def __init__(self, place: Target, seconds: float) -> None:
        super().__init__(place.host, place.port, timeout=seconds)
        self._place = place
        self._seconds = seconds

    def connect(self) -> None:
        self.sock = socket.create_connection((self._place.ip, self._place.port), min(_CONNECT_SECONDS, self._seconds))
        self.sock.settimeout(self._seconds)
        if self._place.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._place.host)


def _host_header(place: Target) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if place.port == {"http": 80, "https": 443}[place.scheme] else f"{host}:{place.port}"


def check_status(url: str, status: int) -> None:
    """Refuse what is no success: url_blocked where the site says no, url_unreachable else."""
    if status in (401, 402, 403, 407, 429, 451):
        why = {429: "says that it was asked too often", 451: "withholds it for legal reasons"}
        login = f"does not hand it out (HTTP {status}: it wants a login or refuses programs)"
        raise blocked(url, why.get(status, login), f"http_{status}")
    if status != 200:
        what = "there is nothing at this address" if status in (404, 410) else "the server failed"
        raise unreachable(url, f"{what} (HTTP {status})", f"http_{status}")
