"""Runs the `troupe` command as a person would, in this process or in one of its own, with a cache of the test's."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class Answer:
    """What the command answered: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON; fails where it holds anything else."""
        return json.loads(self.out)


def troupe(*arguments: str | Path, cache: Path, env: Mapping[str, str] | None = None) -> Answer:
    """Run the command in this process."""
    import troupe as command

    old_argv, old_env = sys.argv, dict(os.environ)
    sys.argv = ["troupe", *map(str, arguments)]
    os.environ["TROUPE_CACHE"] = str(cache)
    os.environ |= env or {}
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            command.main()
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    finally:
        sys.argv = old_argv
        os.environ.clear()
        os.environ |= old_env
    return Answer(code, out.getvalue(), err.getvalue())


def start_troupe(*arguments: str | Path, cache: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "troupe", *map(str, arguments)],
        cwd=REPOSITORY,
        env=os.environ | {"TROUPE_CACHE": str(cache)} | dict(env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
