"""Presets: the scenes that can be chosen by name, as the scenery room paints them."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from components.scenery.presets import presets
from serving.orchestrator.database import Preset


def seed(session: Session) -> None:
    """Make the table hold what the scenery room can paint; thumbnails that are there are kept."""
    known = {p.name: p for p in session.scalars(select(Preset))}
    for position, found in enumerate(presets()):
        row = known.pop(found.name, None) or Preset(name=found.name)
        row.title, row.description, row.position = found.title, found.description, position
        session.add(row)
    session.flush()
    if known:
        session.execute(delete(Preset).where(Preset.name.in_(known)))


def listing(session: Session) -> list[Preset]:
    """All presets, in the order in which they are shown."""
    return list(session.scalars(select(Preset).order_by(Preset.position)))
