"""Stored files by key: a folder here, an S3 bucket there, by URL."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from components.core.errors import TroupeError

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_CHUNK = 1 << 18


class Storage(Protocol):
    """Files under keys like "artifacts/01j.../video.mp4". A file is there whole or not at all."""

    def put(self, source: Path, key: str) -> None:
        """Store a file, replacing what was there. Raises TroupeError: disk_full, storage_unreachable."""

    def fetch(self, key: str, target: Path) -> None:
        """Copy a stored file to `target`, whole or not at all. Raises TroupeError: file_not_found."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Bytes of a stored file in blocks, from `start`; None: to its end. Raises TroupeError: file_not_found."""

    def size(self, key: str) -> int:
        """Bytes of a stored file. Raises TroupeError: file_not_found."""

    def delete(self, key: str) -> None:
        """Remove a stored file; one that is not there is no error."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Keys that start with a prefix, in no order."""

    def check(self) -> None:
        """Raise TroupeError storage_unreachable where files cannot be stored at the moment."""


def open_storage(url: str, endpoint: str = "") -> Storage:
    """The storage that a URL names.

    Args:
        url: a folder, file:///folder or s3://bucket/prefix.
        endpoint: address of an S3 server other than Amazon's.

    Raises:
        TroupeError: invalid_setting.
    """
    scheme, _, rest = url.partition("://")
    if not rest:
        return FolderStorage(Path(url))
    if scheme == "file":
        return FolderStorage(Path(rest))
    if scheme == "s3" and rest.strip("/"):
        return BucketStorage(rest.strip("/"), endpoint)
    raise TroupeError("invalid_setting", f"The storage {url!r} is neither a folder, file:// nor s3://bucket.", url=url)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


class FolderStorage:
    """Files in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def path(self, key: str) -> Path:
        """Where a key's file lies."""
        return self.root / _checked(key)

    def put(self, source: Path, key: str) -> None:
        """See Storage."""
        target = self.path(key)
        part = target.with_name(f".{target.name}.{uuid4().hex}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, part)
            except OSError:
                shutil.copyfile(source, part)
            part.replace(target)
        except OSError as error:
            raise _refused(error, self.root) from error
        finally:
            part.unlink(missing_ok=True)

    def fetch(self, key: str, target: Path) -> None:
        """See Storage."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{uuid4().hex}.part")
        try:
            try:
                os.link(self.path(key), part)
            except FileNotFoundError as error:
                raise _missing(key) from error
            except OSError:
                shutil.copyfile(self.path(key), part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See Storage."""
        try:
            file = self.path(key).open("rb")
        except FileNotFoundError as error:
            raise _missing(key) from error
        return _blocks(file, start, length)

    def size(self, key: str) -> int:
        """See Storage."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError as error:
            raise _missing(key) from error

    def delete(self, key: str) -> None:
        """See Storage; folders that become empty go too."""
        path = self.path(key)
        path.unlink(missing_ok=True)
        for parent in path.parents:
            if parent == self.root:
                break
            try:
                parent.rmdir()
            except OSError:
                break

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See Storage."""
        for path in self.root.rglob("*"):
            key = path.relative_to(self.root).as_posix()
            if key.startswith(prefix) and not path.name.startswith(".") and path.is_file():
                yield key

    def check(self) -> None:
        """See Storage."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if not os.access(self.root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "not writable", str(self.root))
        except OSError as error:
            raise _refused(error, self.root) from error


class BucketStorage:
    """Files in a bucket that speaks S3; credentials come from where AWS's own clients take them."""

    def __init__(self, root: str, endpoint: str = "") -> None:
        try:
            import s3fs
        except ImportError as error:
            raise TroupeError("extra_missing", "Storage in S3 needs the extra `serve`.", extra="serve") from error
        # No listing is remembered: another process may have written meanwhile.
        self._files: Any = s3fs.S3FileSystem(endpoint_url=endpoint or None, use_listings_cache=False)
        self._root = root

    def _path(self, key: str) -> str:
        return f"{self._root}/{_checked(key)}"

    def put(self, source: Path, key: str) -> None:
        """See Storage."""
        try:
            self._files.put_file(str(source), self._path(key))
        except OSError as error:
            raise _refused(error, self._root) from error

    def fetch(self, key: str, target: Path) -> None:
        """See Storage."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{uuid4().hex}.part")
        try:
            self._files.get_file(self._path(key), str(part))
            part.replace(target)
        except FileNotFoundError as error:
            raise _missing(key) from error
        finally:
            part.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See Storage."""
        try:
            file = self._files.open(self._path(key), "rb", cache_type="readahead", block_size=1 << 20)
        except FileNotFoundError as error:
            raise _missing(key) from error
        return _blocks(file, start, length)

    def size(self, key: str) -> int:
        """See Storage."""
        try:
            return int(self._files.info(self._path(key))["size"])
        except FileNotFoundError as error:
            raise _missing(key) from error

    def delete(self, key: str) -> None:
        """See Storage."""
        try:
            self._files.rm_file(self._path(key))
        except FileNotFoundError:
            return

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See Storage."""
        for path in self._files.find(self._root, withdirs=False):
            key = str(path)[len(self._root) + 1 :]
            if key.startswith(prefix):
                yield key

    def check(self) -> None:
        """See Storage."""
        try:
            self._files.ls(self._root.split("/")[0])
        except OSError as error:
            raise _refused(error, self._root) from error


def _blocks(file: Any, start: int, length: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = length
        while left is None or left > 0:
            block = file.read(_CHUNK if left is None else min(_CHUNK, left))
            if not block:
                return
            if left is not None:
                left -= len(block)
            yield block


def _missing(key: str) -> TroupeError:
    return TroupeError("file_not_found", "The stored file is no longer there.", key=key)


def _refused(error: OSError, root: Path | str) -> TroupeError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TroupeError("disk_full", f"The storage {root} is full; free some space and try again.", root=str(root))
    return TroupeError(
        "storage_unreachable",
        f"The storage {root} cannot be written ({error}); check TROUPE_STORAGE_URL.",
        root=str(root),
    )
