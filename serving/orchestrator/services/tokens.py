"""Keys to the API: made, listed, revoked. Only a hash of each is kept, so that a stolen database opens nothing."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.context import SCOPES
from serving.orchestrator.database import ApiToken

PREFIX = "troupe_"
"""What every token begins with, so that scanners find one that was committed or pasted by mistake."""
_BYTES = 32
_MOST_NAME = 100
_OWNER = re.compile(r"[\x21-\x7e]{1,255}")
_DAY = 86_400.0


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256. No slow hash is needed, as a token is 256 random bits, not a password."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def create(
    session: Session, owner: str, name: str, scopes: Iterable[str] = ("read", "write"), days: float | None = None
) -> tuple[ApiToken, str]:
    """A new token.

    Args:
        session: of a writing transaction.
        owner: whose objects it opens: 1 to 255 visible ASCII characters.
        name: what it is for, 1 to 100 characters.
        scopes: of read, write, admin.
        days: for which it holds; None: until it is revoked.

    Returns:
        Its row, and the token itself, which is never seen again.

    Raises:
        TroupeError: invalid_setting.
    """
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise _wrong("scope", f"one or more of {', '.join(SCOPES)}", unknown[0] if unknown else "")
    if not _OWNER.fullmatch(owner):
        raise _wrong("owner", "1 to 255 visible ASCII characters", owner[:100])
    if not 1 <= len(name) <= _MOST_NAME or not name.isprintable():
        raise _wrong("name", f"1 to {_MOST_NAME} printable characters", name[:_MOST_NAME])
    if days is not None and not 0 < days <= 36_500:
        raise _wrong("days", "more than 0 and at most 36500", days)
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    now = time.time()
    row = ApiToken(
        owner=owner, name=name, sha256=digest(token), scopes=wanted, created=now,
        expires=None if days is None else now + days * _DAY,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row, token


def listing(session: Session, owner: str | None = None) -> list[ApiToken]:
    """Tokens, newest first: everybody's, or an owner's."""
    query = select(ApiToken).order_by(ApiToken.id.desc())
    return list(session.scalars(query if owner is None else query.where(ApiToken.owner == owner)))


def revoke(session: Session, name: str) -> ApiToken:
    """Make a token worthless for good; a second time changes nothing.

    Args:
        session: of a writing transaction.
        name: its id, or the token itself, as found where it should not be.

    Raises:
        TroupeError: not_found.
    """
    known = ApiToken.sha256 == digest(name) if name.startswith(PREFIX) else ApiToken.id == name
    found = session.scalar(select(ApiToken).where(known))
    if found is None:
        raise TroupeError("not_found", "There is no such token; `troupe tokens list` shows all.")
    if found.revoked is None:
        found.revoked = time.time()
        session.flush()
    return found


def shown(row: ApiToken) -> dict[str, Any]:
    """A token as it is listed: without its hash, times as ISO 8601 (UTC)."""
    over = row.expires is not None and time.time() >= row.expires
    return {
        "id": row.id,
        "name": row.name,
        "owner": row.owner,
        "scopes": row.scopes,
        "state": "revoked" if row.revoked is not None else "expired" if over else "valid",
        **{what: _moment(getattr(row, what)) for what in ("created", "expires", "used", "revoked")},
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _wrong(what: str, rule: str, value: object) -> TroupeError:
    return TroupeError("invalid_setting", f"{what} must be {rule}, not {value!r}.", setting=what, value=value)
