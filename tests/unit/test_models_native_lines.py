"""What the networks' runtime writes to a terminal by itself."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LOAD = """
import os
from components.models.hand import HandLandmarker
from components.models.native_lines import kept_off_the_terminal

os.write(2, b"before\\n")
HandLandmarker().load()
with kept_off_the_terminal("a greeting"):
    os.write(2, b"ERROR: no memory\\na greeting\\nhalf a line")
os.write(2, b" after")
"""


def test_a_terminal_sees_everything_but_the_greeting() -> None:
    ours, theirs = pty.openpty()
    try:
        subprocess.run([sys.executable, "-c", LOAD], stderr=theirs, cwd=REPOSITORY, check=True, timeout=120)
        seen = os.read(ours, 65536).decode().replace("\r\n", "\n")
    finally:
        os.close(theirs)
        os.close(ours)
    assert seen == "before\nERROR: no memory\nhalf a line after"


def test_a_log_is_left_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD], stderr=subprocess.PIPE, text=True, cwd=REPOSITORY, check=True, timeout=120
    )
    assert "a greeting" in done.stderr
    assert "XNNPACK" in done.stderr, "the greeting that the test above is about is no longer written"
