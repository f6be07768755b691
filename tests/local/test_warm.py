"""What set-up compiles, so that no video waits for a compiler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, DrawnMedia

COUNT = """
import json
from components.core.kernel import KERNELS
from pipelines.warm import warm

compiled = warm()
idle = [f"{k.py_func.__module__}.{k.py_func.__name__}" for k in KERNELS if not k.signatures]
print(json.dumps([len(KERNELS), compiled, idle]))
"""


@pytest.mark.soak
def test_after_set_up_no_job_compiles_anything(drawn: DrawnMedia, tmp_path: Path) -> None:
    kept = tmp_path / "kernels"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(kept), "TROUPE_CACHE": str(tmp_path / "cache")}

    def run(*command: str) -> str:
        return subprocess.run(
            [sys.executable, *command], env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    kernels, compiled, idle = json.loads(run("-c", COUNT))
    assert kernels > 50
    assert compiled >= kernels
    assert idle == []
    known = {path: path.stat().st_mtime_ns for path in kept.rglob("*") if path.is_file()}
    out = tmp_path / "out.mp4"
    # Two workers and several pieces: what a worker reads from disk has other types than what one process hands on.
    wide = ("--size", "640x360", "--fps", "60", "--performer", "all", "--overwrite", "-o", str(out))
    run("-m", "troupe", "dance", str(drawn.photo), str(drawn.clip), *wide, "--background", "disco")
    run("-m", "troupe", "dance", str(drawn.photo), str(drawn.clip), *wide, "--background", "original", "--json")
    run("-m", "troupe", "demo", "-o", str(tmp_path / "demo"), "--duration", "1")
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*") if path.is_file()} == known
