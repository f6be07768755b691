"""Whose token it is: looked up in the database, remembered for a moment."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from serving.orchestrator.api.answers import read
from serving.orchestrator.context import Context, Principal
from serving.orchestrator.database import ApiToken

REMEMBERED = 2.0
"""Seconds for which a token is known without a look: so long a revoked one may still open."""
STAMPED = 60.0
"""Seconds between two notes of when a token was last used."""
_MOST = 10_000
_COLUMNS = (
    ApiToken.id, ApiToken.owner, ApiToken.name, ApiToken.scopes, ApiToken.expires, ApiToken.used, ApiToken.revoked,
)  # fmt: skip

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """A token that is valid.

    Attributes:
        id: of its row.
        principal: whose it is.
        expires: seconds since 1970, or None.
        until: of the monotonic clock: when it has to be looked up again.
    """

    id: str
    principal: Principal
    expires: float | None
    until: float


class Keyring:
    """The valid tokens of a server.

    Args:
        context: database.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, Key] = {}
        self._stamping: set[asyncio.Task[None]] = set()

    def remembered(self, sign: str) -> Key | None:
        """A token that was looked up a moment ago.

        Args:
            sign: its digest or its id.
        """
        found = self._known.get(sign)
        if found is None or found.until <= time.monotonic() or _over(found.expires):
            return None
        return found

    async def look_up(self, sign: str) -> Key | None:
        """A token, if it is valid; asks the database.

        Args:
            sign: its digest or its id.
        """

        def work(session: Session) -> Any:
            return session.execute(select(*_COLUMNS).where(or_(ApiToken.sha256 == sign, ApiToken.id == sign))).first()

        row = await read(self._context, work)
        if row is None or row.revoked is not None or _over(row.expires):
            self._known.pop(sign, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        who = Principal(row.owner, frozenset(row.scopes), row.name)
        key = self._known[sign] = Key(row.id, who, row.expires, time.monotonic() + REMEMBERED)
        if row.used is None or row.used < time.time() - STAMPED:
            task = asyncio.create_task(asyncio.to_thread(self._stamp, row.id), name="token stamp")
            self._stamping.add(task)  # the loop itself keeps no hold of it
            task.add_done_callback(self._stamping.discard)
        return key

    def _stamp(self, name: str) -> None:
        """Note that a token was used now, unless another process just did."""
        now = time.time()
        try:
            with self._context.database.writing() as session:
                session.execute(
                    update(ApiToken)
                    .where(ApiToken.id == name, or_(ApiToken.used.is_(None), ApiToken.used < now - STAMPED))
                    .values(used=now)
                )
        except Exception:  # a full disk keeps nobody from reading
            log.warning("when a token was used cannot be noted", exc_info=True)


def _over(expires: float | None) -> bool:
    return expires is not None and time.time() >= expires
