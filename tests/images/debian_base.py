"""The base of the images under test: a Debian 12 like the public slim one, made by debootstrap."""

from __future__ import annotations

import fcntl
import http.client
import shutil
import urllib.request
from pathlib import Path

from tests.images.buildah import STORE, buildah, by_digest, commit, run_within, scratch_folder

MIRROR = "http://deb.debian.org/debian"
NAME = "localhost/troupe-test-base:bookworm"
_LEFT_OUT = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "var/cache/apt",
)
"""What Debian's own slim images leave out."""
_DPKG = "force-unsafe-io\n" + "".join(f"path-exclude=/{folder}/*\n" for folder in _LEFT_OUT)
"""As in those: packages of a later layer leave it out too, and dpkg does not wait for the disk after every file."""
_FORCE = "security-mac,downgrade,unsafe-io"
"""The same for debootstrap: what dpkg forces anyway, and not to wait for the disk."""
_LIMIT = 900.0
"""Seconds until the base has to be there: some mirrors answer, but never come to an end."""


def no_base() -> str:
    """Why no base can be made here; empty: it can, or an earlier one is kept."""
    if _kept():
        return ""
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed (apt-get install debootstrap)"
    return silence(MIRROR)


def silence(mirror: str, limit: float = 30.0) -> str:
    """Why nothing can be fetched from a mirror, which has so many seconds for each answer; empty: it can."""
    try:
        with urllib.request.urlopen(f"{mirror}/dists/bookworm/Release", timeout=limit) as answer:
            answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"Debian's mirror {mirror} does not answer: {error}"
    return ""


def base_image() -> str:
    """The base, named by its digest; made once in a clone, which takes a minute.

    Raises:
        subprocess.CalledProcessError: debootstrap failed; what it said went to standard error.
        subprocess.TimeoutExpired: it took longer than 15 minutes.
    """
    with Path(STORE, "making-base").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return by_digest(NAME) if _kept() else _make()


def _kept() -> bool:
    return bool(buildah("images", "--quiet", "--filter", f"reference={NAME}"))


def _make() -> str:
    with scratch_folder() as folder:
        root = folder / "root"
        # In namespaces of its own, which take its mounts and what it started with them, however it ends
        apart = ("env", f"DPKG_FORCE={_FORCE}", "unshare", "--mount", "--pid", "--fork", "--kill-child")
        made = ("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(root), MIRROR)
        run_within(_LIMIT, *apart, *made)
        for left_out in _LEFT_OUT:
            shutil.rmtree(root / left_out, ignore_errors=True)
        for fetched in (*(root / "var/lib/apt/lists").glob("*_*"), *(root / "var/cache/apt").rglob("*.*")):
            fetched.unlink()
        (root / "etc/dpkg/dpkg.cfg.d/troupe").write_text(_DPKG)
        container = buildah("from", "scratch")
        buildah("add", "--quiet", container, str(root), "/")
        buildah("config", "--cmd", "/bin/bash", container)
        return commit(container, NAME)
