"""What a person sees in a terminal: a bar per stage with the time left, and tables."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeft
from rich.table import Table

from components.core import Progress as Step
from components.core import Report


@contextlib.contextmanager
def bars() -> Iterator[tuple[Report, Callable[[str], None]]]:
    """Show one bar a stage on standard error while the block runs.

    Yields:
        The report to hand to a runner, and what to call with the name of each stage as it begins.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeLeft(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        current: dict[str, TaskID] = {}

        def finish() -> None:
            for task in current.values():
                total = shown.tasks[task].total or 1
                shown.update(task, total=total, completed=total, note="")

        def started(stage: str) -> None:
            finish()
            current[stage] = shown.add_task(stage, total=None, note="")

        def report(step: Step) -> None:
            name = step.stage if step.stage in current else next(reversed(current), "")
            if name:
                shown.update(current[name], total=step.total or None, completed=step.done, note=step.note)

        yield report, started
        finish()


def table(left: str, right: str, lines: Sequence[tuple[str, Any]]) -> None:
    """Print two columns on standard output."""
    shown = Table(left, right)
    for name, value in lines:
        shown.add_row(escape(str(name)), f"{value:.4g}" if isinstance(value, float) else escape(str(value)))
    Console().print(shown)


def rows(titles: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    """Print a table on standard output; its first column is what a person types, so it is never cut."""
    shown = Table()
    for i, title in enumerate(titles):
        shown.add_column(title, no_wrap=i == 0)
    for line in lines:
        shown.add_row(*(f"{v:g}" if isinstance(v, float) else escape(str(v)) for v in line))
    Console().print(shown)


def listing(items: Sequence[Any], as_json: bool, fields: Sequence[str]) -> None:
    """Print a list of dataclasses: these fields as a table, or all of them as JSON."""
    values = [dataclasses.asdict(item) for item in items]
    if as_json:
        json.dump(values, sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        rows(fields, [[value[field] for field in fields] for value in values])
