"""The chart's README: what is written by hand, and a table of values from the comments of values.yaml.

python -m tests.charts.readme
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

CHART = Path(__file__).resolve().parents[2] / "charts" / "troupe"
README = CHART / "README.md"
BEGIN = "<!-- The rest is made of values.yaml by `python -m tests.charts.readme`. -->\n"
_LINE = re.compile(r"^( *)([A-Za-z][A-Za-z0-9]*):(.*)$")


@dataclass(frozen=True)
class Row:
    """A value: its name with dots, its default as YAML on one line, and what it means."""

    name: str
    default: str
    meaning: str


def described(text: str) -> list[Row]:
    """The values of a values.yaml that have no further values in them, each with the comment above it.

    A map that is written over several lines is a level of its own, one in braces is a value. What is said of a level is
    said for all that is in it and is no row.
    """
    values = yaml.safe_load(text)
    rows: list[Row] = []
    above: list[str] = []
    path: list[str] = []
    deepest = None
    for line in text.splitlines():
        found = _LINE.match(line)
        if deepest is not None and (not line.strip() or len(line) - len(line.lstrip()) > deepest):
            continue  # inside a value of several lines
        deepest = None
        if line.strip().startswith("#"):
            above.append(line.strip().lstrip("# ").rstrip())
        elif found:
            depth = len(found[1]) // 2
            path = [*path[:depth], found[2]]
            here = values
            for step in path:
                here = here[step]
            whole = bool(found[3].strip())
            if whole or path[-1] in ("resources", "tolerations"):
                rows.append(Row(".".join(path), json.dumps(here, ensure_ascii=False), " ".join(above)))
                deepest = len(found[1]) if not whole else None
            above = []
        elif not line.strip():
            above = []
    return rows


def page() -> str:
    """The README as it has to be."""
    head, _, _ = README.read_text().partition(BEGIN)
    rows = described((CHART / "values.yaml").read_text())
    lines = [f"| `{row.name}` | `{row.default}` | {row.meaning.replace('|', '/')} |" for row in rows]
    table = "\n".join(["| value | default | meaning |", "| --- | --- | --- |", *lines])
    return f"{head}{BEGIN}\n## Values\n\n{table}\n"


if __name__ == "__main__":
    README.write_text(page())
