"""How a source reaches the stage's folder: a file of this machine is copied, an address is fetched."""

from __future__ import annotations

import errno
import hashlib
import re
from pathlib import Path

from components.core import Progress, StageContext, TroupeError

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]*)://")
_CHUNK = 4 * 1024**2


def is_address(source: str) -> bool:
    """The source is an address, not the name of a file; a file that exists is always a file."""
    if re.match(r"^https?:", source, re.IGNORECASE) and not Path(source).exists():
        return True
    return bool(_SCHEME.match(source)) and not Path(source).exists()


def checked_file(source: str, max_bytes: int) -> Path:
    """The absolute path of a plain, non-empty file that is not too large.

    Raises:
        TroupeError: file_not_found, unsupported_media (a folder or device), unreadable_media, file_too_large.
    """
    if not source or "\0" in source:
        raise TroupeError("file_not_found", "The name of the file is empty; give a path.", path=source)
    path = Path(source).expanduser() if source.startswith("~") and not Path(source).exists() else Path(source)
    try:
        file = path.resolve()
        if not file.exists():
            raise TroupeError("file_not_found", f"There is no file {source}; check the name.", path=source)
        if not file.is_file():
            kind = "a folder" if file.is_dir() else "no plain file"
            raise TroupeError("unsupported_media", f"{source} is {kind}; give a media file.", path=source)
        size = file.stat().st_size
    except (OSError, RuntimeError) as error:
        raise TroupeError(
            "file_not_found", f"{source} cannot be reached ({error}); check the name.", path=source
        ) from error
    if size == 0:
        raise TroupeError(
            "unreadable_media", f"{source} is empty (0 bytes); copy or download it again.", path=source, bytes=0
        )
    if size > max_bytes:
        raise TroupeError(
            "file_too_large",
            f"{source} has {size / 1e6:.0f} MB; at most {max_bytes / 1e6:.0f} MB are taken. Cut or compress it first.",
            path=source, bytes=size, limit=max_bytes,
        )  # fmt: skip
    try:
        with file.open("rb"):
            pass
    except OSError as error:
        raise TroupeError(
            "unreadable_media", f"{source} cannot be opened ({error.strerror}); check its permissions.", path=source
        ) from error
    return file


def bring(file: Path, target: Path, stage: str, context: StageContext) -> str:
    """Copy a file into the stage's folder and return its sha256 (hex).

    It is not linked: who writes over their clip in place would change what was kept of it.

    Raises:
        TroupeError: disk_full, output_unwritable; unreadable_media where the disk fails while reading.
    """
    total = file.stat().st_size
    done = 0
    sha = hashlib.sha256()
    try:
        with file.open("rb") as source, target.open("wb") as copy:
            while chunk := source.read(_CHUNK):
                sha.update(chunk)
                copy.write(chunk)
                done += len(chunk)
                context.report(Progress(stage, done, total, "copying"))
    except OSError as error:
        target.unlink(missing_ok=True)
        raise storage_error(error, target) from error
    return sha.hexdigest()


def storage_error(error: OSError, target: Path) -> TroupeError:
    """The refusal that an OSError while storing media means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return TroupeError(
            "disk_full", f"The disk is full: {target.parent} cannot take the media; free some space.",
            path=str(target),
        )  # fmt: skip
    if error.errno == errno.EIO:
        return TroupeError("unreadable_media", f"The disk fails while the media is read ({error}).", path=str(target))
    return TroupeError("output_unwritable", f"{target.parent} cannot be written ({error.strerror}).", path=str(target))
