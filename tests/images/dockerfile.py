"""Reads a Dockerfile as stages of instructions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: after AS.
        base: after FROM.
        lines: instructions in their order: name and text, continued lines joined by one space.
    """

    name: str
    base: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def instructions(self) -> dict[str, list[str]]:
        """Texts by the name of their instruction."""
        found: dict[str, list[str]] = {}
        for name, text in self.lines:
            found.setdefault(name, []).append(text)
        return found


def stages(file: Path) -> list[Stage]:
    """The stages of a file; what stands before the first FROM belongs to none."""
    text = "".join(line for line in file.read_text().splitlines(keepends=True) if not line.lstrip().startswith("#"))
    joined = re.sub(r"[ \t]*\\\n[ \t]*", " ", text)
    found: list[Stage] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            base, _, stage = rest.partition(" AS ")
            found.append(Stage(stage, base))
        elif found:
            found[-1].lines.append((name, rest.strip()))
    return found
