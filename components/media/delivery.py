"""Files that a stage on a cluster takes from the server's storage, and the finished video that it puts there.

Variables of the process: TROUPE_STORAGE_URL and TROUPE_STORAGE_ENDPOINT (see `open_storage`), and for the step that
makes the video TROUPE_DELIVER, the key under which it is stored.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from components.core.errors import TroupeError
from components.media.storage import Storage, open_storage

STORED = "stored:"
"""Begins a source that is the key of a stored file."""


@contextlib.contextmanager
def brought(source: str) -> Iterator[str]:
    """A source as a stage takes it: a stored file is fetched for as long as the block runs, anything else stays.

    Args:
        source: path, URL, name, or "stored:" and a key.

    Raises:
        TroupeError: file_not_found, storage_unreachable, invalid_setting.
    """
    if not source.startswith(STORED):
        yield source
        return
    key = source.removeprefix(STORED)
    with tempfile.TemporaryDirectory(prefix="troupe-") as folder:
        file = Path(folder) / Path(key).name
        _storage().fetch(key, file)
        yield str(file)


def deliver(folder: Path) -> None:
    """Put the file of a stored Clip where TROUPE_DELIVER says, {sha256} in it being the file's own; without that
    variable nothing happens.

    Args:
        folder: artifact folder of a Clip.

    Raises:
        TroupeError: storage_unreachable, disk_full, invalid_setting.
    """
    key = os.environ.get("TROUPE_DELIVER", "")
    if key:
        uri = json.loads((folder / "meta.json").read_text())["uri"]
        file = folder / uri["uri"]
        if "{sha256}" in key:
            with file.open("rb") as handle:
                key = key.replace("{sha256}", hashlib.file_digest(handle, "sha256").hexdigest())
        _storage().put(file, key)


def _storage() -> Storage:
    url = os.environ.get("TROUPE_STORAGE_URL", "")
    if not url:
        raise TroupeError("invalid_setting", "TROUPE_STORAGE_URL is not set; a stored file cannot be reached.")
    return open_storage(url, os.environ.get("TROUPE_STORAGE_ENDPOINT", ""))
