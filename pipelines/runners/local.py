"""This machine's runner: walks a wiring in one process and keeps every output under what it was made from."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.core import Notice, Progress, Report, TroupeError, silent
from components.core.artifact import load
from components.core.processes import give_back
from components.core.stage import call, stage_of
from pipelines.runners.version import stage_version
from pipelines.wiring import Step, Wiring

_INTERRUPTED = ("cancelled", "worker_died")
"""What does not end resumable work for good: the same work, started again, goes on with what there is of it."""


@dataclass(frozen=True)
class StepResult:
    """What became of one step: its artifact, how long it took (s), whether an earlier output was used, and for which
    item of a list it ran (counted from 0; None: it runs once)."""

    name: str
    folder: Path
    seconds: float
    reused: bool
    item: int | None = None


@dataclass(frozen=True)
class RunResult:
    """What became of a run.

    Attributes:
        steps: in the order in which they ran.
        output: noun of the wiring's result step; a tuple of them where it runs for each item of a list.
        notices: warnings of all steps, each once.
        seconds: wall time in all.
        nouns: of all steps that run once.
    """

    steps: tuple[StepResult, ...]
    output: Any
    notices: tuple[Notice, ...]
    seconds: float
    nouns: Mapping[str, Any] = field(default_factory=dict)


def run(
    wiring: Wiring,
    arguments: Mapping[str, Any],
    store: Path,
    *,
    report: Report = silent,
    workers: int | None = None,
    started: Callable[[str], None] | None = None,
    finished: Callable[[StepResult, Any], None] | None = None,
) -> RunResult:
    """Run a wiring's active steps one after the other; finished ones are taken from the store.

    Args:
        wiring: the pipeline.
        arguments: its parameters.
        store: folder of step outputs, shared by runs.
        report: progress of the step that runs.
        workers: processes a step may use; None: as many as cores.
        started: told the name of each step before it runs or is reused.
        finished: told what became of each step, and its noun.

    Raises:
        TroupeError: as the stages say; the store then holds the finished steps and no half-written one. disk_full and
            output_unwritable where it cannot be written.
    """
    began = time.monotonic()
    filled = wiring.fill(arguments)
    with _storing(store):
        store.mkdir(parents=True, exist_ok=True)
    steps = wiring.active(filled)
    once = _Walk(store, filled, report, workers or os.cpu_count() or 1, started, finished)
    once.walk(s for s in steps if not s.for_each)
    listed = next((s.for_each for s in steps if s.for_each), "")
    each = [once.within(number, item) for number, item in enumerate(filled[listed] if listed else ())]
    for walk in each:  # an item is finished before the next begins: its result can be used meanwhile
        walk.walk(s for s in steps if s.for_each)
    walks = (once, *each)
    outputs = tuple(w.nouns[wiring.result] for w in (each or (once,)))
    done = {(r.name, r.item): r for w in walks for r in w.done.values()}
    return RunResult(
        tuple(done.values()),
        outputs if any(s.name == wiring.result and s.for_each for s in steps) else once.nouns[wiring.result],
        tuple(_notices(n for w in walks for n in w.nouns.values())),
        time.monotonic() - began,
        once.nouns,
    )


@dataclass
class _Walk:
    """Runs steps one after the other, each fed by those before it."""

    store: Path
    arguments: Mapping[str, Any]
    report: Report
    workers: int
    started: Callable[[str], None] | None
    finished: Callable[[StepResult, Any], None] | None
    item: int | None = None
    keys: dict[str, str] = field(default_factory=dict)
    done: dict[str, StepResult] = field(default_factory=dict)
    nouns: dict[str, Any] = field(default_factory=dict)

    def within(self, number: int, item: Mapping[str, Any]) -> _Walk:
        """A walk for one item of a list, which knows what this one did."""
        return dataclasses.replace(
            self,
            arguments={**self.arguments, **item},
            item=number,
            keys=dict(self.keys),
            done=dict(self.done),
            nouns=dict(self.nouns),
        )

    def walk(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if self.started is not None:
                self.started(step.name)
            sources = {name: next(s for s in options if s in self.done) for name, options in step.inputs.items()}
            key = _key(step, self.arguments, {name: self.keys[s] for name, s in sources.items()})
            folder = self.store / f"{step.name}-{key[:24]}"
            inputs: dict[str, str | Path] = {name: self.done[s].folder for name, s in sources.items()}
            inputs |= {name: str(self.arguments[parameter]) for name, parameter in step.values.items()}
            settings = {name: self.arguments[parameter] for name, parameter in step.settings.items()}
            at = time.monotonic()
            noun, reused = _obtain(step, inputs, settings, folder, self.report, self.workers)
            result = StepResult(step.name, folder, time.monotonic() - at, reused, self.item)
            self.keys[step.name], self.done[step.name], self.nouns[step.name] = key, result, noun
            if self.finished is not None:
                self.finished(result, noun)


def _obtain(
    step: Step,
    inputs: Mapping[str, str | Path],
    settings: Mapping[str, Any],
    folder: Path,
    report: Report,
    workers: int,
) -> tuple[Any, bool]:
    stage = stage_of(step.stage)
    with _locked(folder.with_suffix(".lock"), lambda: report(Progress(step.name, 0, 0, "waiting for another run"))):
        if (folder / "meta.json").exists() and not step.fresh:
            with contextlib.suppress(TroupeError):
                noun: Any = load(stage.output, folder)
                os.utime(folder)
                return noun, True
        shutil.rmtree(folder, ignore_errors=True)
        part = folder.with_suffix(".part")
        if part.exists() and not stage.resumable:
            shutil.rmtree(part)
        try:
            call(step.stage, inputs, settings, part, report=report, workers=workers)
        except BaseException as error:
            if not stage.resumable or (isinstance(error, TroupeError) and error.code not in _INTERRUPTED):
                shutil.rmtree(part, ignore_errors=True)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _full(folder.parent) from error
            raise
        part.rename(folder)
        give_back()
        return load(stage.output, folder), False


@contextlib.contextmanager
def _storing(store: Path) -> Iterator[None]:
    """Turn what the disk refuses where finished steps are kept into disk_full or output_unwritable."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(store) from error
        raise TroupeError(
            "output_unwritable",
            f"{store} cannot be written ({error.strerror}); set TROUPE_CACHE to a folder of yours.",
            path=str(store),
        ) from error


def _full(store: Path) -> TroupeError:
    return TroupeError(
        "disk_full",
        f"The disk that holds {store} is full; free some space and run the same command again.",
        path=str(store),
    )


@contextlib.contextmanager
def _locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a file lock, so that two runs of the same work do it once; `waiting` is called while another holds it."""
    with _storing(path.parent):
        lock = path.open("w")
    with lock as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(0.2)
        yield


def _key(step: Step, arguments: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    parts = {
        "stage": step.stage,
        "version": stage_version(step.stage),
        "inputs": dict(inputs),
        "values": {name: _content(arguments[p]) for name, p in step.values.items()},
        "settings": {name: _content(arguments[p]) for name, p in step.settings.items()},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _content(value: Any) -> Any:
    """A value as it counts for the key: a file by its bytes, anything else by itself."""
    if isinstance(value, str) and value and len(value) < 4096 and "\0" not in value:
        with contextlib.suppress(OSError):
            path = Path(value)
            if path.is_file():
                with path.open("rb") as handle:
                    return {"sha256": hashlib.file_digest(handle, "sha256").hexdigest()}
    return value


def _notices(nouns: Iterable[Any]) -> Iterator[Notice]:
    seen: set[tuple[str, str]] = set()
    for noun in nouns:
        groups = [noun, *getattr(noun, "performers", ()), *getattr(noun, "choreographies", ())]
        for notice in (n for g in groups for n in getattr(g, "notices", ())):
            if (notice.code, notice.message) not in seen:
                seen.add((notice.code, notice.message))
                yield notice
