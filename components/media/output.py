"""What can go wrong while a file is written, as refusals; and how a finished file takes its place."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.core import TroupeError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Turns OSError (FFmpeg's too) into disk_full or output_unwritable."""
    try:
        yield
    except OSError as error:
        raise output_error(error, file) from error


def output_error(error: OSError, file: Path) -> TroupeError:
    """The refusal that an OSError while writing `file` means."""
    if error.errno in _FULL:
        return TroupeError("disk_full", f"The disk is full: {file} cannot be written; free some space.", path=str(file))
    reason = error.strerror or str(error)
    return TroupeError(
        "output_unwritable", f"{file} cannot be written ({reason}); choose another place.", path=str(file)
    )


@contextmanager
def replacing(file: Path, *, overwrite: bool) -> Iterator[Path]:
    """A path beside `file` to write to; it takes the name `file` on success and is removed on failure.

    Raises:
        TroupeError: output_exists, output_unwritable, disk_full.
    """
    if file.exists() and not overwrite:
        raise exists(file)
    part = file.with_name(f".{os.getpid()}.{file.name}")
    try:
        with writing(file):
            yield part
            if overwrite:
                part.replace(file)
            else:
                _place(part, file)
    finally:
        discard(part)


def discard(file: Path) -> None:
    """Remove a half-written file, if there is one and it can be removed."""
    with contextlib.suppress(OSError):
        file.unlink()


def _place(part: Path, file: Path) -> None:
    """Rename that never overwrites: a hard link fails where the name is taken."""
    try:
        os.link(part, file)
    except FileExistsError as error:
        raise exists(file) from error
    except OSError:
        if file.exists():
            raise exists(file) from None
        part.replace(file)


def exists(file: Path) -> TroupeError:
    """The refusal to overwrite."""
    return TroupeError("output_exists", f"{file} already exists; choose another name or remove it.", path=str(file))
