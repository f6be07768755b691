"""Lines that native code writes to the terminal by itself, where they would tear a progress bar."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_off_the_terminal(line: str) -> Iterator[None]:
    """Drop one line from what is written to standard error meanwhile; all else follows when the block ends.

    It works on the file descriptor, as native code does not know sys.stderr. Where standard error is no terminal, a log
    for example, nothing is done.

    Args:
        line: all of it, without the line's end.
    """
    if not os.isatty(2):
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            written.seek(0)
            for text in written:
                if text.decode(errors="replace").strip() != line:
                    os.write(2, text)
