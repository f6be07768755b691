"""Share links: a signed, expiring address of one finished video; nothing about it is stored."""

from __future__ import annotations

import time

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.database import Artifact, Project
from serving.orchestrator.services.owned import owned

SHORTEST, LONGEST = 60.0, 366 * 86_400.0
"""Seconds for which a link may hold."""
WEEK = 7 * 86_400.0


def create(session: Session, secret: str, owner: str, project_id: str, seconds: float = WEEK) -> tuple[str, float]:
    """A token that opens a project's newest video without login.

    Args:
        session: any.
        secret: of the server.
        owner: whose project it is.
        project_id: of the project.
        seconds: for which it holds, SHORTEST to LONGEST.

    Returns:
        The token, and the time (seconds since 1970) until which it holds.

    Raises:
        TroupeError: not_found, not_ready (no video yet), invalid_setting.
    """
    if not SHORTEST <= seconds <= LONGEST:
        raise TroupeError(
            "invalid_setting", f"A link holds from {SHORTEST:g} to {LONGEST:g} seconds, not {seconds:g}.",
            setting="seconds", value=seconds,
        )  # fmt: skip
    project = owned(session, Project, owner, project_id)
    if project.result_id is None:
        raise TroupeError("not_ready", "There is no video to share yet; generate one first.", project=project_id)
    expires = float(round(time.time() + seconds))
    return str(_signer(secret).dumps([project.result_id, expires])), expires


def opened(session: Session, secret: str, token: str) -> tuple[Artifact, Project | None, float]:
    """What a token opens: the video, its project, and the time until which it holds.

    Raises:
        TroupeError: link_expired (over, or altered), not_found (deleted meanwhile).
    """
    try:
        name, expires = _signer(secret).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise TroupeError("link_expired", "This link is not valid; ask for a new one.") from error
    if time.time() >= expires:
        raise TroupeError("link_expired", "The time of this link is over; ask for a new one.", expired=expires)
    video = session.get(Artifact, name)
    if video is None:
        raise TroupeError("not_found", "The video behind this link was deleted.")
    return video, session.get(Project, video.project_id) if video.project_id else None, expires


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="troupe share link 1")
