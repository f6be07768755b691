"""Fetching an address: a direct link or a page that shows a video, in a process whose only way out is our proxy."""

from __future__ import annotations

import contextlib
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.core import ERRORS, Progress, StageContext, TroupeError
from components.ingest.address import Resolve, check_form, system_addresses
from components.ingest.failures import too_large, unreachable
from components.ingest.fetching.child import Child
from components.ingest.fetching.order import Order
from components.ingest.fetching.proxy import Proxy
from components.ingest.limits import FetchSettings
from components.ingest.pace import Pace
from components.ingest.page import assemble, page_failure

_PERIOD = 0.1
"""Seconds between two reports, and after which a stop takes effect."""


def fetch(
    url: str,
    target: Path,
    settings: FetchSettings,
    context: StageContext,
    *,
    stage: str,
    pages: bool = True,
    resolve: Resolve = system_addresses,
) -> Path:
    """Fetch what an address names into a file.

    Args:
        url: http(s) address.
        target: the file to write; where fetching fails there is none.
        settings: limits.
        context: for progress and cancelling.
        stage: name under which progress is reported.
        pages: an HTML page may be given to yt-dlp.
        resolve: how names become addresses.

    Returns:
        The file written.

    Raises:
        TroupeError: url_refused, url_unreachable, url_blocked, file_too_large, disk_full, cancelled.
    """
    check_form(url, ports=settings.ports, networks=settings.private_networks)
    folder = target.absolute().with_name(f"{target.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    order = Order(
        url,
        str(folder),
        pages,
        settings.max_bytes,
        settings.stall_seconds,
        settings.ports,
        tuple(str(n) for n in settings.private_networks),
    )
    try:
        with Proxy(url, settings, resolve) as proxy, Child(order, proxy) as child:
            end, from_page = _watch(child, proxy, folder, url, settings, context, stage)
            if "files" not in end:
                raise _failure(url, end, proxy, from_page)
        files = _checked(folder, end["files"])
        if from_page and not pages:
            raise TroupeError(
                "url_unreachable", f"{url} is a page, not a picture; give the address of the picture itself.",
                url=url, reason="page",
            )  # fmt: skip
        if sum(f.stat().st_size for f in files) > settings.max_bytes:
            raise too_large(url, 0, settings.max_bytes)
        assemble(url, files, target)
        return target
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _watch(
    child: Child, proxy: Proxy, folder: Path, url: str, settings: FetchSettings, context: StageContext, stage: str
) -> tuple[Mapping[str, Any], bool]:
    """Report, and hold the transfer to its limits, until the process says how it ended.

    Returns:
        Its last message; whether the address led to a page.
    """
    pace = Pace(url, settings)
    done, total, from_page = 0, 0, False
    while True:
        said = child.messages(_PERIOD)
        if said is None:
            return {}, from_page
        for message in said:
            if message.keys() & {"files", "error", "page_failure"}:
                return message, from_page
            if message.keys() & {"ready", "page"}:
                from_page = "page" in message
                pace.begin_again(proxy.done)
            done, total = int(message.get("done", done)), int(message.get("total", total))
        if from_page:
            done, total = proxy.done, 0
            if (size := _stored(folder)) > settings.max_bytes:
                raise too_large(url, size, settings.max_bytes)
        context.report(Progress(stage, done, total, "fetching the video of the page" if from_page else "fetching"))
        pace.check(proxy.done)


def _failure(url: str, end: Mapping[str, Any], proxy: Proxy, from_page: bool) -> TroupeError:
    """Why nothing was fetched; what the proxy refused counts more than what the process makes of it."""
    noted = proxy.failure
    if noted is not None and (not from_page or noted.code in ("url_refused", "file_too_large")):
        return noted
    if "page_failure" in end:
        return page_failure(url, str(end["page_failure"]))
    error = end.get("error")
    if isinstance(error, dict) and error.get("code") in ERRORS and isinstance(error.get("values"), dict):
        values = {str(k): v for k, v in error["values"].items()}
        return TroupeError(error["code"], str(error.get("message"))[:4000], **values)
    return unreachable(url, "the process that fetched it ended", "process")


def _stored(folder: Path) -> int:
    size = 0
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            size += file.lstat().st_size
    return size


def _checked(folder: Path, names: object) -> list[Path]:
    """The files that the process names, provided that they are plain files of its folder."""
    if not isinstance(names, list):
        return []
    named = {Path(str(name)).name for name in names}
    return [f for f in sorted(folder.iterdir()) if f.name in named and stat.S_ISREG(f.lstat().st_mode)]
