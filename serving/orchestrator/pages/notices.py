"""Warnings as the pages say them: each once, and nothing that stands beside them anyway."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

_FOLLOWS = {"no_face_performer": "back_view"}
"""A warning that says nothing new -> the one beside which it says nothing new."""
OF_MOVES = ("no_sound", "no_beat", "no_face_reference", "dancer_absent")
"""Warnings that the facts and the list of dancers beside a clip say already."""


def worth_saying(warnings: Sequence[Mapping[str, Any]], shown: Collection[str] = ()) -> list[str]:
    """The sentences of warnings that tell somebody something.

    Args:
        warnings: code and message of each, as photos, references and runs keep them.
        shown: codes of what the page shows in another way.
    """
    codes = {str(w["code"]) for w in warnings}
    silent = {*shown, *(code for code, first in _FOLLOWS.items() if first in codes)}
    return list(dict.fromkeys(str(w["message"]) for w in warnings if w["code"] not in silent))
