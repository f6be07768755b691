"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import func, select, text

from components.core.errors import TroupeError
from serving.orchestrator.context import Context
from serving.orchestrator.database import Worker


def ready(context: Context) -> tuple[bool, dict[str, Any]]:
    """Ask everything that serving needs: the database, the storage, and a worker that was seen lately.

    A missing worker is told but does not make a process unready that serves only: its runs wait.

    Returns:
        Whether requests can be served, and the state of each part: ok, or what is wrong.
    """
    parts: dict[str, Any] = {}
    try:
        with context.database.reading() as session:
            session.execute(text("select 1"))
            seen = session.scalar(select(func.max(Worker.seen)))
        parts["database"] = "ok"
    except Exception as error:
        parts["database"], seen = f"{type(error).__name__}: does not answer", None
    try:
        context.storage.check()
        parts["storage"] = "ok"
    except TroupeError as error:
        parts["storage"] = error.message
    good = all(state == "ok" for state in parts.values())
    silent = None if seen is None else time.time() - seen
    fresh = silent is not None and silent < 2 * context.settings.lease
    parts["worker"] = "ok" if fresh else "none was seen" if silent is None else f"silent for {silent:.0f} s"
    if context.settings.runs > 0 and not fresh:
        good = False
    return good, parts
