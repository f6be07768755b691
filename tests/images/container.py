"""A container of an image under test: commands are run in it as a cluster would run them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.images.buildah import BUILDAH, buildah

WRITABLE = ("tmp", "cache", "data")
"""Folders that a pod mounts; everything else is read-only there."""
_OF_THE_TOOL = ("dev", "proc", "sys", "run", "etc/hosts", "etc/hostname", "etc/resolv.conf")
"""What buildah itself mounts or writes when it starts a command."""


class Container:
    """A context manager that makes a container and deletes it with all that was written in it.

    Args:
        image: its name.

    Attributes:
        root: where its file system lies on this machine.
    """

    def __init__(self, image: str) -> None:
        self.image = image
        self._name = ""
        self.root = Path()

    def __enter__(self) -> Container:
        self._name = buildah("from", "--pull-never", self.image)
        self.root = Path(buildah("mount", self._name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        buildah("umount", self._name, check=False)
        buildah("rm", self._name)

    @property
    def settings(self) -> dict[str, Any]:
        """What the image says of itself: User, Env, Entrypoint, Cmd, Labels, Healthcheck, ..."""
        image = json.loads(buildah("inspect", "--type", "image", self.image))
        settings: dict[str, Any] = image["Docker"]["config"]
        return settings

    def command(self, *arguments: str, environment: Mapping[str, str] | None = None) -> list[str]:
        """The command line, on this machine, of a program in the container, as the image's user."""
        given = [a for name, value in (environment or {}).items() for a in ("--env", f"{name}={value}")]
        return [*BUILDAH, "run", "--isolation", "chroot", *given, self._name, "--", *arguments]

    def run(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; with `check`, fail with all it said where it failed."""
        done = subprocess.run(self.command(*arguments, environment=environment), capture_output=True, text=True)
        assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def put(self, source: Path, place: str) -> None:
        """Copy a file or folder of this machine to a path in the container, where its user can read and write it."""
        buildah("copy", "--quiet", "--chown", "65532:65532", self._name, str(source), place)

    def at(self, path: str) -> Path:
        """Where a path of the container lies on this machine."""
        return self.root / path.lstrip("/")

    def written_elsewhere(self) -> list[str]:
        """What was made or changed outside the folders that a pod can write, since the image."""
        upper = Path(os.fspath(self.root)).parent / "diff"
        apart = (*WRITABLE, *_OF_THE_TOOL)
        found = []
        for folder, _, files in os.walk(upper):
            for name in files:
                path = Path(folder, name).relative_to(upper).as_posix()
                if not any(path == a or path.startswith(f"{a}/") for a in apart):
                    found.append(path)
        return found
