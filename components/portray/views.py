"""What a photo does not show of a person: said as warnings."""

from __future__ import annotations

from components.core import Notice
from components.portray.anatomy import Anatomy


def notices(body: Anatomy, yaw: float) -> tuple[Notice, ...]:
    """Warnings for one person."""
    found = []
    if abs(yaw) > 110:
        found.append(Notice("back_view", "This person is seen from behind; the face cannot be animated.", {}))
    return tuple(found)
