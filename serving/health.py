"""Whether what this container serves answers: `python -m serving.health`, the image's HEALTHCHECK.

Kubernetes has probes of its own. Standard library only: it is started anew every half minute.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException


def addresses() -> tuple[str, ...]:
    """Where the orchestrator (`TROUPE_PORT`) and the model server say that they live."""
    return f"http://127.0.0.1:{os.environ.get('TROUPE_PORT', '8000')}/livez", "http://127.0.0.1:8080/v2/health/live"


def answering(places: Sequence[str], seconds: float = 3.0) -> str:
    """The first of these addresses that answers well within so many seconds each; empty: none does."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for place in places:
        try:
            with direct.open(place, timeout=seconds):
                return place
        except (OSError, HTTPException):
            continue
    return ""


if __name__ == "__main__":
    found = answering(addresses())
    print(found or f"none of {', '.join(addresses())} answers")
    sys.exit(0 if found else 1)
