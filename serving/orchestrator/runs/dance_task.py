"""What a child process does for a dance: make the video, show a first picture early, mark it, store it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.core import Progress
from pipelines.dance.job import dance, reference_kind
from pipelines.dance.wiring import DANCE_WIRING
from pipelines.runners.child import Tell
from pipelines.runners.local import StepResult
from pipelines.wiring import Step
from serving.orchestrator.provenance.certificate import signing_of
from serving.orchestrator.provenance.lineage import lineage_of, troupe_version
from serving.orchestrator.provenance.mark import sign
from serving.orchestrator.runs.first_look import first_look
from serving.orchestrator.runs.order import Bench, bench

FIXED: Mapping[str, float] = {"photo": 0.3, "clip": 0.5, "portray": 4.0, "scenery": 0.5, "finish": 0.5}
"""Usual seconds of the stages whose length does not depend on the dance's (two cores, 720x1280)."""
PER_SECOND: Mapping[str, float] = {"perceive": 0.6, "express": 0.03, "animate": 0.05, "compose": 0.35}
"""Usual seconds of the others per second of dance."""
FINISH = "finish"
SETTINGS = (
    "size", "fps", "performer", "dancer", "expression", "lip_sync", "start", "duration", "quality", "label",
)  # fmt: skip


def work(order: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Make the video of a run.

    Args:
        order: see `order.order_of`.
        tell: plan, stage, progress, log and preview.

    Returns:
        result (as `pipelines.dance.job.summary` gives it), and the rows video and lineage of stored files.

    Raises:
        TroupeError: what the user can mend.
    """
    place = bench(order, tell)
    arguments: Mapping[str, Any] = order["arguments"]
    photo = place.fetch(arguments["photo"], "photo")
    known = arguments["reference"]
    reference = known["name"] if "name" in known else str(place.fetch(known, "reference"))
    background = arguments["background"]
    if not isinstance(background, str):
        background = str(place.fetch(background, "background"))
    steps = _steps(reference, arguments)
    seconds = arguments.get("seconds") or 10.0
    tell.say("plan", stages=[*([s.name, usual(s.name, seconds)] for s in steps), [FINISH, FIXED[FINISH]]])
    teller = _Teller(place)
    plain = place.folder / "plain.mp4"
    result = dance(
        str(photo),
        reference,
        plain,
        background=background,
        whole=True,  # as the reference was analysed
        overwrite=True,
        workers=order["workers"],
        cache=place.cache,
        cache_bytes=order["cache_bytes"],
        report=tell.report,
        started=lambda name: tell.say("stage", stage=name, state="running"),
        finished=teller.finished,
        **{name: arguments[name] for name in SETTINGS},
    )
    del result["output"], result["figures"]
    tell.say("stage", stage=FINISH, state="running")
    video, lineage = finish(place, plain, steps, result)
    return {"result": result, "artifacts": [video, lineage], "video": video["id"], "lineage": lineage["id"]}


def _steps(reference: str, arguments: Mapping[str, Any]) -> tuple[Step, ...]:
    kind, _ = reference_kind(reference)
    cut = bool(arguments["start"] or arguments["duration"])
    return DANCE_WIRING.active({"reference_kind": kind, "judged": False, "cut": cut})


def usual(stage: str, seconds: float) -> float:
    return FIXED.get(stage, 0.05) + PER_SECOND.get(stage, 0.0) * seconds


class _Teller:
    """Tells what becomes of each step, and gives a first look once everything that is in the video is known."""

    def __init__(self, place: Bench) -> None:
        self._place = place
        self._nouns: dict[str, Any] = {}
        self._warned: set[tuple[str, str]] = set()

    def finished(self, step: StepResult, noun: Any) -> None:
        tell = self._place.tell
        tell.say("stage", stage=step.name, state="reused" if step.reused else "done", seconds=round(step.seconds, 3))
        self._nouns[step.name] = noun
        for holder in (noun, *getattr(noun, "performers", ()), *getattr(noun, "choreographies", ())):
            for notice in getattr(holder, "notices", ()):
                if (notice.code, notice.message) not in self._warned:
                    self._warned.add((notice.code, notice.message))
                    tell.say("log", message=notice.message, level="warning", code=notice.code)
        if step.name == "animate":
            tell.report(Progress("animate", 1, 1, "first picture"))
            label = bool(self._place.order["arguments"]["label"])
            for file, kind, media_type in first_look(self._nouns, self._place.folder, label=label):
                tell.say("preview", row=self._place.keep(file, kind, media_type=media_type))


def finish(
    place: Bench, plain: Path, steps: tuple[Step, ...], result: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the lineage, sign the video with it inside, store both."""
    order = place.order
    arguments = order["arguments"]
    inputs = {
        name: value.get("sha256") or f"built-in:{value['name']}"
        for name in ("photo", "reference", "background")
        if isinstance(value := arguments[name], Mapping)
    }
    settings = {name: arguments[name] for name in (*SETTINGS, "background") if name not in inputs}
    created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    lineage = lineage_of(order["run"], created, inputs, settings, steps, result["stages"])
    signing = signing_of(order["certificate"], order["key"], Path(order["data"]))
    signed = place.folder / "video.mp4"
    short = {name: lineage[name] for name in ("schema", "run", "created", "inputs")}
    sign(plain, signed, signing, title=arguments["title"], version=troupe_version(), lineage=short)
    name = _file_name(arguments["title"])
    video = place.keep(signed, "video", f"{name}.mp4", "video/mp4")
    lineage["video"] = {"sha256": video["sha256"], "bytes": video["bytes"]}
    beside = place.folder / "lineage.json"
    beside.write_text(json.dumps(lineage, indent=1, ensure_ascii=False))
    return video, place.keep(beside, "lineage", f"{name}.json", "application/json")


def _file_name(title: str) -> str:
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in title)
    return " ".join(kept.split())[:80] or "dance"
