"""Objects of an owner: one by its id, or the newest by a cursor."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError

MOST = 200
"""Objects that a listing gives at once."""

T = TypeVar("T")


def owned(session: Session, table: type[T], owner: str, name: str) -> T:
    """An object by id.

    Raises:
        TroupeError: not_found, for unknown and foreign ids alike.
    """
    found: Any = session.get(table, name)
    if found is None or found.owner != owner:
        raise missing(table.__name__.lower(), name)
    return found  # type: ignore[no-any-return]


def missing(what: str, name: str) -> TroupeError:
    """The refusal of an id that names nothing of this owner."""
    return TroupeError("not_found", f"There is no such {what}; check the address.", **{what: name})


def newest(table: Any, owner: str, limit: int, before: str | None) -> Select[Any]:
    """A select of an owner's objects, newest first, below a cursor.

    Args:
        table: with the columns id and owner; ids sort by time.
        owner: whose.
        limit: 1..MOST.
        before: the id where the page before ended, or None.

    Raises:
        TroupeError: invalid_request.
    """
    if not 1 <= limit <= MOST:
        raise TroupeError("invalid_request", f"limit must be from 1 to {MOST}, not {limit}.", field="limit")
    query = select(table).where(table.owner == owner)
    if before:
        query = query.where(table.id < before)
    return query.order_by(table.id.desc()).limit(limit)


def shown_name(name: str) -> str:
    """A name that somebody gave, as it may be shown: its last part, without control characters, at most 200."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:200].strip()
