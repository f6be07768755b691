"""The version under which a pipeline is uploaded: `<semver>+<revision>`."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
from pathlib import Path

from components.core.errors import TroupeError

_REVISION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")
_HASH = re.compile(r"[0-9a-f]{13,40}")
_SHORT = 12
UNKNOWN = "unknown"


def pipeline_version() -> str:
    """`<semver>+<revision>` of these sources: TROUPE_REVISION (an image has no git), or git's, with `.dirty` where
    something that is not committed was changed; UNKNOWN without both.

    Raises:
        TroupeError: invalid_setting: TROUPE_REVISION is no revision.
    """
    revision = os.environ.get("TROUPE_REVISION", "")
    if revision and not _REVISION.fullmatch(revision):
        raise TroupeError(
            "invalid_setting",
            f"TROUPE_REVISION is {revision!r}; a revision has letters, digits, dots and hyphens.",
            setting="TROUPE_REVISION",
        )
    revision = revision or _of_git() or UNKNOWN
    return f"{importlib.metadata.version('troupe')}+{revision[:_SHORT] if _HASH.fullmatch(revision) else revision}"


def resource_name(pipeline: str, version: str) -> str:
    """A version's name for clusters that keep pipelines as Kubernetes objects: a DNS name, unique in its namespace."""
    return re.sub(r"[^a-z0-9.-]", "-", f"{pipeline}-{version}".lower())


def _of_git() -> str:
    here = Path(__file__).parent
    try:
        head = subprocess.run(
            ["git", "rev-parse", f"--short={_SHORT}", "HEAD"], cwd=here, capture_output=True, text=True
        )
        changed = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=here, capture_output=True)
    except OSError:
        return ""
    return head.stdout.strip() + (".dirty" if head.returncode == 0 and changed.returncode else "")
