"""The main job on this machine: checks the request, runs the wiring, and puts the video where it was asked for."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.core import Notice, Report, TroupeError, silent
from components.core.artifact import encode
from pipelines.dance.learned import learned
from pipelines.dance.wiring import DANCE_WIRING
from pipelines.runners.local import RunResult, StepResult, run
from pipelines.runners.store import prune

QUALITIES = ("draft", "standard", "fine")
LIP_SYNC = ("off", "face", "voice")
_LONGEST_NAME = 220
"""Bytes of a file's name: file systems take 255, of which a name that is used while the file is written needs some."""
URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")


def dance(
    photo: str,
    reference: str,
    out: Path,
    *,
    size: str = "auto",
    background: str = "original",
    expression: float = 1.0,
    lip_sync: str = "face",
    fps: float = 30.0,
    start: float = 0.0,
    duration: float | None = None,
    quality: str = "standard",
    performer: str = "auto",
    dancer: str = "auto",
    label: bool = False,
    engine: str = "puppet",
    model: str = "",
    models: str = "",
    registry: str = "",
    judged: bool = False,
    whole: bool = False,
    overwrite: bool = False,
    keep: bool = False,
    workers: int | None = None,
    cache: Path | None = None,
    cache_bytes: int = 5_000_000_000,
    report: Report = silent,
    started: Callable[[str], None] | None = None,
    finished: Callable[[StepResult, Any], None] | None = None,
) -> dict[str, Any]:
    """Make a dance video.

    Args:
        photo: path or URL of a picture.
        reference: path or URL of a video, path of a BVH file, or name of a built-in choreography.
        out: the MP4 to write.
        size: "auto" or "WxH" in px.
        background: original, a preset's name, a picture's path, #rrggbb or green.
        expression: 0..2.
        lip_sync: off, face or voice.
        fps: of the video.
        start, duration: seconds of the reference; None: to its end.
        quality: draft, standard or fine.
        performer, dancer: auto, all, or numbers with commas.
        label: mark the video visibly as generated.
        engine: puppet, or deepdance: a learned person is drawn where the photo's person stands.
        model: the learned person.
        models: server that draws them; empty: this process.
        registry: where models are looked up; empty: this machine's.
        judged: also measure the finished video against the reference (videos only).
        whole: look at all of a video and cut its part out afterwards: slower once, and quick for every further part.
            The part is not judged then.
        overwrite: replace a file that is there.
        keep: put all intermediate results into a folder beside the video.
        workers: processes a step may use; None: as many as cores.
        cache: folder of finished steps; None: a temporary one.
        cache_bytes: size to which the folder is cut afterwards.
        report: receives progress.
        started: told the name of each step as it begins.
        finished: told what became of each step, and its noun.

    Returns:
        output, seconds (in all), stages (seconds and reused per step), frames, width, height, fps, duration, figures
        (empty unless judged) and warnings (code, message, values).

    Raises:
        TroupeError: what the user can mend.
    """
    from components.scenery.stage import check_background

    width, height = parse_size(size)
    check_settings(expression, lip_sync, fps, start, duration, quality)
    check_background(background)
    target = check_output(out, overwrite)
    photo = _existing(photo, "photo")
    kind, reference = reference_kind(reference)
    cut = whole and kind == "clip" and bool(start or duration)
    span = {"start": start, "duration": duration or 0.0}
    arguments = {
        "photo": photo,
        "reference": reference,
        "reference_kind": kind,
        "width": width,
        "height": height,
        "fps": fps,
        "performer": performer,
        "dancer": dancer,
        "background": background,
        "expression": expression,
        "lip_sync": lip_sync,
        **({"cut": True, **{f"cut_{name}": value for name, value in span.items()}} if cut else span),
        "quality": quality,
        "music": music_of(reference) if kind == "motion" else "auto",
        "label": label,
        **learned(engine, model, models, registry),
        "judged": judged and kind == "clip",
    }
    with contextlib.ExitStack() as stack:
        if cache is None:
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="troupe-")))
        store = cache / "steps"
        result = run(DANCE_WIRING, arguments, store, report=report, workers=workers, started=started, finished=finished)
        video = result.output
        deliver(Path(video.uri), target, overwrite)
        if keep:
            _keep(result, target)
        prune(store, cache_bytes)
    return summary(result, target)


def summary(result: RunResult, target: Path) -> dict[str, Any]:
    """What is told about a finished run, as plain values."""
    video = result.output
    figures = result.nouns.get("judge")
    return {
        "output": str(target),
        "seconds": round(result.seconds, 3),
        "stages": {s.name: {"seconds": round(s.seconds, 3), "reused": s.reused} for s in result.steps},
        "frames": video.frames,
        "width": video.width,
        "height": video.height,
        "fps": float(video.fps),
        "duration": round(video.duration, 3),
        "figures": plain(figures) if figures is not None else {},
        "warnings": [notice_values(n) for n in result.notices],
    }


def notice_values(notice: Notice) -> dict[str, Any]:
    """A warning as plain values."""
    return {"code": notice.code, "message": notice.message, "values": dict(notice.values)}


def plain(noun: Any) -> Any:
    """A noun without arrays as JSON values."""
    with tempfile.TemporaryDirectory() as folder:
        value = encode(noun, Path(folder), "noun")
    if isinstance(value, dict):
        value.pop("type", None)
    return value


def parse_size(size: str) -> tuple[int, int]:
    """Width and height in px from "WxH"; (0, 0) for "auto".

    Raises:
        TroupeError: invalid_setting.
    """
    if size == "auto":
        return 0, 0
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", size.strip())
    if match is None:
        raise TroupeError("invalid_setting", f"The size {size!r} is not WIDTHxHEIGHT, as 720x1280.", size=size)
    width, height = int(match[1]), int(match[2])
    if width % 2 or height % 2 or not (64 <= width <= 4096 and 64 <= height <= 4096):
        raise TroupeError(
            "invalid_setting", f"The size {size} must be even numbers from 64 to 4096, as 720x1280.", size=size
        )
    return width, height


def check_settings(
    expression: float, lip_sync: str, fps: float, start: float, duration: float | None, quality: str
) -> None:
    """Raise invalid_setting with the name, the rule and the value of the first setting that is out of bounds."""
    rules: tuple[tuple[str, Any, bool, str], ...] = (
        ("expression", expression, 0 <= expression <= 2, "from 0 to 2"),
        ("lip-sync", lip_sync, lip_sync in LIP_SYNC, "one of " + ", ".join(LIP_SYNC)),
        ("fps", fps, 1 <= fps <= 120, "from 1 to 120"),
        ("start", start, 0 <= start < float("inf"), "0 seconds or more"),
        ("duration", duration, duration is None or 0 < duration < float("inf"), "more than 0 seconds"),
        ("quality", quality, quality in QUALITIES, "one of " + ", ".join(QUALITIES)),
    )
    for name, value, good, rule in rules:
        if not good:
            raise TroupeError("invalid_setting", f"{name} must be {rule}, not {value!r}.", setting=name, value=value)


def reference_kind(reference: str) -> tuple[str, str]:
    """Whether a reference is a "clip" or a "motion", and the path or name that the stages take.

    Raises:
        TroupeError: file_not_found, unknown_choreography.
    """
    if URL.match(reference):
        return "clip", reference
    path = Path(reference)
    if not reference or _is_there(path):
        return ("motion" if path.suffix.lower() == ".bvh" else "clip"), _existing(reference, "reference")
    from components.repertoire.choreographies import catalogue

    names = [c.name for c in catalogue()]
    if reference in names:
        return "motion", reference
    if path.suffix or "/" in reference:
        _existing(reference, "reference")
    raise TroupeError(
        "unknown_choreography",
        f"{reference!r} is neither a file nor a built-in choreography; those are {', '.join(names)}.",
        reference=reference,
        known=names,
    )


def music_of(reference: str) -> str:
    """The style of music of a built-in choreography, "auto" for anything else."""
    from components.repertoire.choreographies import catalogue
    from components.soundtrack.styles import STYLES

    styles = {c.name: c.style for c in catalogue()}
    style = styles.get(reference, "auto")
    return style if style in STYLES else "auto"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long names nothing
        return False


def _existing(source: str, what: str) -> str:
    if URL.match(source):
        return source
    if not source:
        raise TroupeError("file_not_found", f"The name of the {what} is empty; give a path or an address.", path=source)
    path = Path(source)
    if not _is_there(path):
        raise TroupeError("file_not_found", f"The {what} {source[:200]} does not exist; check the path.", path=source)
    if path.is_dir():
        raise TroupeError("unreadable_media", f"The {what} {source} is a folder; name a file in it.", path=source)
    return str(path.absolute())


def check_output(out: Path, overwrite: bool) -> Path:
    """The absolute path of an output that can be written; nothing is created.

    Raises:
        TroupeError: output_exists, output_unwritable, invalid_setting (not an .mp4).
    """
    target = out.absolute()
    if target.suffix.lower() != ".mp4":
        raise TroupeError("invalid_setting", f"The output {out} must end in .mp4.", output=str(out))
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in target.parts):
        raise TroupeError("output_unwritable", "The name of the output is too long; shorten it.", output=str(out))
    if target.is_dir():
        raise TroupeError("output_unwritable", f"The output {out} is a folder; name a file in it.", output=str(out))
    if target.exists() and not overwrite:
        raise TroupeError("output_exists", f"{out} exists; choose another name or add --overwrite.", output=str(target))
    parent = target.parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise TroupeError(
            "output_unwritable", f"{out} cannot be written: {parent} is not a folder of yours.", output=str(target)
        )
    return target


def deliver(source: Path, target: Path, overwrite: bool) -> None:
    """Put a finished file at its place in one step: it is there whole or not at all.

    Raises:
        TroupeError: disk_full, output_unwritable, output_exists.
    """
    from components.media.output import replacing, writing

    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target, overwrite=overwrite) as part:
        shutil.copyfile(source, part)  # no link: who edits their video must not edit the finished step


def _keep(result: RunResult, target: Path) -> None:
    from components.media.output import writing

    folder = target.with_suffix(".artifacts")
    for step in result.steps:
        place = folder / step.name
        shutil.rmtree(place, ignore_errors=True)
        try:
            with writing(folder):
                shutil.copytree(step.folder, place, copy_function=_copy)
        except TroupeError:
            shutil.rmtree(place, ignore_errors=True)
            raise


def _copy(source: str, target: str) -> None:
    from components.media.output import writing

    with writing(Path(target).parent):  # before copytree gathers errors, which loses what they were
        shutil.copyfile(source, target)
