"""The refusals of fetching."""

from __future__ import annotations

from components.core import TroupeError

_WAY_OUT = "download the video yourself and give the file."


def unreachable(url: str, why: str, reason: str) -> TroupeError:
    """An address that does not answer as it should."""
    return TroupeError(
        "url_unreachable",
        f"{url[:200]} could not be fetched: {why}. Try again, or {_WAY_OUT}",
        url=url[:2000],
        reason=reason,
    )


def blocked(url: str, why: str, reason: str) -> TroupeError:
    """A site that does not hand the video out."""
    return TroupeError("url_blocked", f"{url[:200]} {why}: {_WAY_OUT}", url=url[:2000], reason=reason)


def too_large(url: str, size: int, limit: int) -> TroupeError:
    """A file that has, or comes to have, too many bytes."""
    return TroupeError(
        "file_too_large",
        f"{url[:200]} has more than {limit / 1e6:.0f} MB, the most that is taken. Cut or compress it first.",
        url=url[:2000],
        bytes=size,
        limit=limit,
    )
