"""A file by its direct link: our own HTTP client, in the process without a way out, through the proxy."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from components.ingest.address import authority, check_form
from components.ingest.arrival import storage_error
from components.ingest.failures import blocked, too_large, unreachable
from components.ingest.fetching.order import Order
from components.ingest.fetching.way_out import ADDRESS

_REDIRECTS = 5
_CHUNK = 256 * 1024
_PERIOD = 0.1
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; Troupe)", "Accept": "*/*", "Accept-Encoding": "identity"}
_PAGES = ("text/html", "application/xhtml+xml")

Tell = Callable[[int, int], None]
"""Called with bytes so far and bytes in all, 0 while unknown."""


def download(order: Order, file: Path, tell: Tell) -> bool:
    """Fetch what an address names.

    Args:
        order: what, and the limits.
        file: to write.
        tell: progress.

    Returns:
        Whether there is a file; False where the address leads to an HTML page, of which nothing is written.

    Raises:
        TroupeError: url_refused, url_unreachable, url_blocked, file_too_large, disk_full.
    """
    try:
        return _follow(order, file, tell)
    except TimeoutError as error:
        raise unreachable(order.url, f"nothing came for {order.stall_seconds:.0f} s", "timeout") from error
    except ssl.SSLCertVerificationError as error:
        why = f"its certificate is not trusted ({error.verify_message})"
        own = "a bundle of your own authority is named by the variable SSL_CERT_FILE"
        raise unreachable(order.url, f"{why}; {own}", "certificate") from error
    except ssl.SSLError as error:
        raise unreachable(order.url, f"its encryption is not sound ({error.reason})", "tls") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise unreachable(order.url, f"the connection failed ({why})", "connection") from error


def _follow(order: Order, file: Path, tell: Tell) -> bool:
    url = order.url
    for _ in range(_REDIRECTS + 1):
        scheme, host, port, path = check_form(url, ports=order.ports, networks=order.private_networks)
        here = f"{scheme}://{authority(scheme, host, port)}{path}"
        if scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                *ADDRESS, timeout=order.stall_seconds, context=ssl.create_default_context()
            )
            connection.set_tunnel(host, port)
        else:
            connection = http.client.HTTPConnection(*ADDRESS, timeout=order.stall_seconds)
        try:
            headers = {"Host": authority(scheme, host, port), "Connection": "close", **_HEADERS}
            connection.request("GET", path if scheme == "https" else here, headers=headers)
            response = connection.getresponse()
            if response.status not in (301, 302, 303, 307, 308):
                return _receive(order, response, file, tell)
            location = response.getheader("Location")
            if not location:
                raise unreachable(url, "it redirects to nowhere", "redirect")
            url = urljoin(here, location)
        finally:
            connection.close()
    raise unreachable(order.url, "it redirects without end", "redirect")


def _receive(order: Order, response: http.client.HTTPResponse, file: Path, tell: Tell) -> bool:
    check_status(order.url, response.status)
    kind = (response.getheader("Content-Type") or "").split(";")[0].strip().lower()
    if kind in _PAGES:
        return False
    total = response.length or 0
    if total > order.max_bytes:
        raise too_large(order.url, total, order.max_bytes)
    done, told = 0, 0.0
    with _storing(file):
        out = file.open("wb", buffering=0)
    with out:
        while chunk := response.read1(_CHUNK):
            done += len(chunk)
            if done > order.max_bytes:
                raise too_large(order.url, done, order.max_bytes)
            with _storing(file):
                out.write(chunk)
            if time.monotonic() - told > _PERIOD:
                told = time.monotonic()
                tell(done, total)
    if done < total:
        raise unreachable(order.url, f"it broke off after {done} of {total} bytes", "broken_off")
    tell(done, total)
    return True


@contextmanager
def _storing(target: Path) -> Iterator[None]:
    """Tells a failing disk from a failing network."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, target) from error


def check_status(url: str, status: int) -> None:
    """Refuse what is no success: url_blocked where the site says no, url_unreachable else."""
    if status in (401, 402, 403, 407, 429, 451):
        why = {429: "says that it was asked too often", 451: "withholds it for legal reasons"}
        login = f"does not hand it out (HTTP {status}: it wants a login or refuses programs)"
        raise blocked(url, why.get(status, login), f"http_{status}")
    if status != 200:
        what = "there is nothing at this address" if status in (404, 410) else "the server failed"
        raise unreachable(url, f"{what} (HTTP {status})", f"http_{status}")
