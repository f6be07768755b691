"""What came of a page that shows a video: the files that yt-dlp fetched, or what it said."""

from __future__ import annotations

import re
from pathlib import Path

from components import media
from components.core import TroupeError
from components.ingest.failures import blocked, unreachable

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


def page_failure(url: str, message: str) -> TroupeError:
    """The refusal that a message of yt-dlp means."""
    short = re.sub(r"\x1b\[[0-9;]*m|^ERROR:\s*", "", message).split("; please report")[0].strip()[:300]
    if re.search(r"No space left|Errno 28", message):
        return TroupeError("disk_full", "The disk is full: the video cannot be stored; free some space.", url=url)
    for pattern, reason, why in _BLOCKS:
        if re.search(pattern, message, re.IGNORECASE):
            return blocked(url, f"{why} ({short})", reason)
    if re.search(r"unsupported url|no video|unable to extract", message, re.IGNORECASE):
        return unreachable(url, f"no video was found on the page ({short})", "no_video")
    return unreachable(url, short or "the video of the page could not be fetched", "page")


def assemble(url: str, files: list[Path], target: Path) -> None:
    """Make one file of what was fetched: pictures and sound that came apart are put together.

    Raises:
        TroupeError: url_unreachable (no file), unreadable_media, disk_full.
    """
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
