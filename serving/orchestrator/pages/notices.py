"""Warnings and refusals as the pages take them: each said once, and which of them last."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

_FOLLOWS = {"no_face_performer": "back_view"}
"""A warning that says nothing new -> the one beside which it says nothing new."""
OF_MOVES = ("no_sound", "no_beat", "no_face_reference", "dancer_absent")
"""Warnings that the facts and the list of dancers beside a clip say already."""

LASTING = frozenset(
    (
        "unreadable_media", "unsupported_media", "no_picture_track", "picture_too_large", "picture_too_small",
        "clip_too_short", "clip_too_long", "clip_too_large", "unreadable_motion", "no_person_found", "person_too_small",
        "only_a_face", "no_dancer_found", "no_such_performer", "no_such_dancer", "unknown_background",
        "unknown_choreography", "invalid_setting", "url_refused",
    )
)  # fmt: skip
"""What work is refused for as long as nothing is changed: to try it once more would be no use."""


def worth_saying(warnings: Sequence[Mapping[str, Any]], shown: Collection[str] = ()) -> list[str]:
    """The sentences of warnings that tell somebody something.

    Args:
        warnings: code and message of each, as photos, references and runs keep them.
        shown: codes of what the page shows in another way.
    """
    codes = {str(w["code"]) for w in warnings}
    silent = {*shown, *(code for code, first in _FOLLOWS.items() if first in codes)}
    return list(dict.fromkeys(str(w["message"]) for w in warnings if w["code"] not in silent))
