"""A stage seen from outside: what its `run` takes and gives, read from its signature, and one way to call it."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import os
import shutil
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from components.core.artifact import load, save, schema_of
from components.core.errors import TroupeError
from components.core.progress import Progress, Report, StageContext, silent
from components.core.remote import Telling


class ComponentOutput(Protocol):
    """What a Kubeflow output artifact looks like from here."""

    path: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """The contract of a stage module.

    Attributes:
        module: dotted name of the module that holds `run`.
        nouns: parameter name -> noun type, for inputs that are artifacts.
        values: names of the inputs that are plain text (a path or URL).
        settings: the settings class.
        output: the noun that `run` returns.
        resumable: a killed run's workdir is handed to the next run of the same work instead of being emptied.
    """

    module: str
    nouns: Mapping[str, type]
    values: tuple[str, ...]
    settings: type
    output: type
    resumable: bool


def stage_of(module: str) -> Stage:
    """Read a stage's contract from its module's `run`.

    Raises:
        TypeError: `run` does not look like a stage.
    """
    code: ModuleType = importlib.import_module(module)
    hints = typing.get_type_hints(code.run)
    nouns: dict[str, type] = {}
    values: list[str] = []
    for name, parameter in inspect.signature(code.run).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            continue
        if hints[name] is str:
            values.append(name)
        else:
            nouns[name] = hints[name]
    if "settings" not in hints or "context" not in hints or "return" not in hints:
        raise TypeError(f"{module}.run needs settings, context and a return type")
    return Stage(
        module, nouns, tuple(values), hints["settings"], hints["return"], bool(getattr(code, "RESUMABLE", False))
    )


def call(
    module: str,
    inputs: Mapping[str, str | Path],
    settings: Mapping[str, Any],
    out: Path,
    *,
    report: Report = silent,
    workers: int = 1,
    self_contained: bool = False,
) -> Any:
    """Load a stage's inputs from artifact folders, run it in `out`, and store its output there.

    This is the body of every face: the runner of this machine, the Kubeflow component and the predictor call it.

    Args:
        module: dotted name of the stage module.
        inputs: for each input an artifact folder, or plain text where the stage takes text.
        settings: fields of the stage's settings.
        out: the folder that becomes the artifact; what a resumable stage left in it is kept.
        report: where progress goes.
        workers: processes the stage may use.
        self_contained: copy files of other artifacts that the output names into `out`, so that it can travel alone.

    Returns:
        The output noun.

    Raises:
        TroupeError: as the stage says.
    """
    stage = stage_of(module)
    code = importlib.import_module(module)
    arguments: dict[str, Any] = {
        name: str(source) if name in stage.values else load(stage.nouns[name], Path(source))
        for name, source in inputs.items()
    }
    out.mkdir(parents=True, exist_ok=True)
    context = StageContext(out.absolute(), report, workers)
    noun = code.run(**arguments, settings=_checked(stage.settings, settings), context=context)
    save(noun, out)
    if self_contained:
        adopt_files(out)
    return noun


def _checked(settings: type, values: Mapping[str, Any]) -> Any:
    try:
        return settings(**values)
    except ValueError as error:
        faults: list[dict[str, Any]] = getattr(error, "errors", list)()
        first = faults[0] if faults else {"loc": (), "msg": str(error)}
        name = ".".join(str(part) for part in first["loc"]) or settings.__name__
        raise TroupeError("invalid_setting", f"{name}: {first['msg']}.", setting=name) from error


def adopt_files(folder: Path) -> None:
    """Copy every file outside `folder` that its meta.json names into it, and name the copies instead."""
    meta = folder / "meta.json"
    text = meta.read_text()

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: walk(v) for k, v in value.items()}
        if isinstance(value, list):
            return [walk(v) for v in value]
        if isinstance(value, str) and value.startswith("/") and Path(value).is_file():
            target = folder / "files" / f"{hash_of(value):016x}{Path(value).suffix}"
            target.parent.mkdir(exist_ok=True)
            if not target.exists():
                shutil.copyfile(value, target)
            return {"uri": str(target.relative_to(folder))}
        return value

    meta.write_text(json.dumps(walk(json.loads(text)), indent=1, ensure_ascii=False))


def hash_of(text: str) -> int:
    """A stable 64-bit hash of a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def run_component(module: str, inputs: Mapping[str, str], settings: Mapping[str, Any], output: ComponentOutput) -> None:
    """The body of every Kubeflow component: call the stage, make its artifact self-contained, say what it is.

    Args:
        module: dotted name of the stage module.
        inputs: artifact folders and plain text by name.
        settings: fields of the stage's settings.
        output: the artifact to fill.

    Raises:
        TroupeError: as the stage says; the task then fails with code and sentence in its log.
    """
    out = Path(output.path)
    shutil.rmtree(out, ignore_errors=True)

    telling = Telling()

    def log(progress: Progress) -> None:
        share = f"{progress.done}/{progress.total}" if progress.total else str(progress.done)
        print(f"{progress.stage}: {share} {progress.note}".rstrip(), flush=True)
        telling.report(progress)

    telling.begin()
    try:
        noun = call(module, inputs, settings, out, report=log, workers=_workers(), self_contained=True)
    except TroupeError as error:
        telling.refuse(error)
        raise
    output.metadata["schema"] = schema_of(type(noun))
    for notice in getattr(noun, "notices", ()):
        print(f"warning {notice.code}: {notice.message}", flush=True)
        telling.warn(notice.code, notice.message)
    telling.end()


def _workers() -> int:
    """Processes that this pod may keep busy: TROUPE_WORKERS, as it sees all cores of its node."""
    return int(os.environ.get("TROUPE_WORKERS", "0")) or os.cpu_count() or 1
