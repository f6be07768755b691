"""What a run that is worked on elsewhere tells over HTTP, authenticated by the token of that one run."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.database import Run
from serving.orchestrator.database.tables import FINISHED
from serving.orchestrator.runs.results import note
from serving.orchestrator.services.owned import missing

_MOST_STAGES = 100
_MOST_TEXT = 2000


def post(session: Session, name: str, token: str, kind: str, data: Mapping[str, Any]) -> int:
    """Bring an event into a run.

    Args:
        session: of a writing transaction.
        name: of the run.
        token: the run's own.
        kind: plan, stage, progress, log, refusal (why the run will fail), or outcome (how it ended on the cluster).
        data: its values.

    Returns:
        The sequence of the run's newest event.

    Raises:
        TroupeError: not_found (an unknown run and a wrong token alike), conflict (it has ended), invalid_request.
    """
    run = session.scalar(select(Run).where(Run.id == name).with_for_update())
    given = hashlib.sha256(token.encode()).hexdigest()
    if run is None or not hmac.compare_digest(given, run.event_token or ""):
        raise missing("run", name)
    if run.state in FINISHED or run.cancel_requested:
        # The step that tells takes this as a word to stop.
        raise TroupeError("conflict", "The run has ended or shall end.", state=run.state)
    note(session, run, kind, _checked(kind, data))
    session.refresh(run, ["events"])
    return run.events


def _checked(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The values that an event of a kind has, each of its type."""
    try:
        if kind == "plan":
            return {"stages": [(_text(n), _number(w)) for n, w in list(data["stages"])[:_MOST_STAGES]]}
        if kind == "log":
            level = data.get("level", "info")
            said = {"message": _text(data["message"]), "level": level if level in ("info", "warning") else "info"}
            return said | ({"code": _text(data["code"])} if "code" in data else {})
        if kind == "outcome":
            return {"state": _text(data["state"]), "message": _text(data.get("message", ""))}
        if kind == "refusal":
            return {"code": _text(data["code"]), "message": _text(data["message"])}
        if kind == "progress":
            note_text = _text(data.get("note", ""))
            done, total = (int(_number(data[k])) for k in ("done", "total"))
            return {"stage": _text(data["stage"]), "done": done, "total": total, "note": note_text}
        if data["state"] not in ("running", "done", "reused"):
            raise ValueError("state")
        seconds = _number(data.get("seconds", 0.0))
        return {"stage": _text(data["stage"]), "state": data["state"], "seconds": seconds}
    except (KeyError, TypeError, ValueError) as error:
        raise TroupeError("invalid_request", f"An event {kind} lacks {error} or has it in another form.") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value.replace("\0", "")[:_MOST_TEXT]


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or abs(number) > 1e12:
        raise ValueError("a number")
    return number
