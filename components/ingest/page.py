"""A page that shows a video: yt-dlp finds and fetches it, in a process that reaches public addresses alone."""

from __future__ import annotations

import contextlib
import re
import shutil
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from components import media
from components.core import Progress, StageContext, TroupeError
from components.core.processes import worker_pool
from components.ingest.failures import blocked, too_large, unreachable
from components.ingest.limits import FetchSettings
from components.ingest.pace import Pace
from components.ingest.page_process import PRIVATE, download

_BLOCKS: tuple[tuple[str, str, str], ...] = (
    (r"not a bot|captcha|unusual traffic", "bot_check", "wants proof that you are not a program"),
    (r"javascript runtime|js runtime|challenge solving|signature solving|n challenge", "needs_javascript",
     "hides its video behind JavaScript that is not run here"),
    (r"private video|is private", "private", "says that the video is private"),
    (r"age.?restrict|confirm your age", "age", "shows it only to those who have logged in to prove their age"),
    (r"log.?in|sign.?in|cookies|account|members.only|subscri|premium|authenticat", "login", "wants a login"),
    (r"drm", "drm", "protects the video with DRM"),
    (r"your (country|location|region)|geo.?restrict", "region",
     "does not show it in your country"),
    (r"HTTP Error (401|403|429|451)|too many requests|forbidden|blocked", "refused", "refuses programs"),
    (r"live event|is live|premieres in", "live", "shows a live stream, not a video"),
)  # fmt: skip


def fetch_page(url: str, target: Path, settings: FetchSettings, context: StageContext, *, stage: str) -> Path:
    """Fetch the video that a page shows.

    Raises:
        TroupeError: url_unreachable, url_blocked, file_too_large, disk_full, cancelled.
    """
    folder = target.with_name(f"{target.name}.page")
    folder.mkdir()
    pace = Pace(url, settings)
    try:
        with worker_pool(1) as pool:
            work = pool.submit(download, url, str(folder), settings)
            while True:
                with contextlib.suppress(NotYet):
                    names, failure = work.result(timeout=0.2)
                    break
                done = sum(f.stat().st_size for f in _files(folder))
                context.report(Progress(stage, done, 0, "fetching the video of the page"))
                pace.check(done)
                if done > settings.max_bytes:
                    raise too_large(url, done, settings.max_bytes)
        if failure:
            raise page_failure(url, failure)
        _assemble(url, [folder / n for n in names], target)
        return target
    except BrokenProcessPool as error:
        raise unreachable(url, "the process that fetched it ended", "process") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def page_failure(url: str, message: str) -> TroupeError:
    """The refusal that a message of yt-dlp means."""
    short = re.sub(r"\x1b\[[0-9;]*m|^ERROR:\s*", "", message).split("; please report")[0].strip()[:300]
    if re.search(r"No space left|Errno 28", message):
        return TroupeError("disk_full", "The disk is full: the video cannot be stored; free some space.", url=url)
    if PRIVATE in message:
        return TroupeError(
            "url_refused", f"{url[:200]} leads to an address that is not on the public network; it is not fetched.",
            url=url[:2000],
        )  # fmt: skip
    for pattern, reason, why in _BLOCKS:
        if re.search(pattern, message, re.IGNORECASE):
            return blocked(url, f"{why} ({short})", reason)
    if re.search(r"unsupported url|no video|unable to extract", message, re.IGNORECASE):
        return unreachable(url, f"no video was found on the page ({short})", "no_video")
    return unreachable(url, short or "the video of the page could not be fetched", "page")


def _files(folder: Path) -> list[Path]:
    return [f for f in folder.iterdir() if f.is_file()] if folder.is_dir() else []


def _assemble(url: str, files: list[Path], target: Path) -> None:
    """Pictures and sound that came apart are put into one file."""
    if not files:
        raise unreachable(url, "no video was found on the page", "no_video")
    if len(files) == 1:
        files[0].rename(target)
        return
    infos = [media.probe(f) for f in files]
    picture = next((f for f, i in zip(files, infos, strict=True) if i.picture is not None), files[0])
    sound = next((f for f, i in zip(files, infos, strict=True) if i.sound is not None and f != picture), None)
    if sound is None:
        picture.rename(target)
    else:
        media.merge(picture, sound, target)
