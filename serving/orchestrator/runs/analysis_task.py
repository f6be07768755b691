"""What a child process does for an analysis: has a photo or reference looked at and stores what is shown of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from pipelines.dance.job import notice_values, reference_kind
from pipelines.runners.child import Tell
from pipelines.runners.local import StepResult
from serving.orchestrator.runs.order import bench

STORE = "store"
"""Name of the stage that stores the files."""


def photo(order: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Find the people of a photo.

    Returns:
        result, columns of the photo, persons (columns each) and the rows of stored files.

    Raises:
        TroupeError: what the user can mend.
    """
    from serving.orchestrator.analysis.photo import analyse

    place = bench(order, tell)
    file = place.fetch(order["arguments"]["photo"], "photo")
    tell.say("plan", stages=[["photo", 0.3], ["portray", 4.0], [STORE, 0.2]])
    found = analyse(
        file,
        place.folder / "shown",
        cache=place.cache,
        workers=order["workers"],
        report=tell.report,
        started=lambda name: tell.say("stage", stage=name, state="running"),
        finished=lambda step, noun: _tell(tell, step, noun),
    )
    tell.say("stage", stage=STORE, state="running")
    artifacts = [place.keep(found.display, "display", media_type="image/jpeg")]
    persons = []
    for person in found.persons:
        row = dict(person.values)
        for kind in ("mask", "layer", "composite"):
            artifacts.append(place.keep(getattr(person, kind), kind))
            row[f"{kind}_id"] = artifacts[-1]["id"]
        persons.append(row)
    return {"result": {"persons": len(persons)}, "columns": found.columns, "persons": persons, "artifacts": artifacts}


def reference(order: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Follow the dancers of a reference; one that is given by its address is fetched and stored too.

    Returns:
        result, columns of the reference and the rows of stored files.

    Raises:
        TroupeError: what the user can mend.
    """
    from serving.orchestrator.analysis.reference import PREVIEW, analyse

    place = bench(order, tell)
    known = order["arguments"]["reference"]
    if "key" in known:
        source = str(place.fetch(known, "reference"))
    else:
        source = known["name"] if "name" in known else known["url"]
    kind, source = reference_kind(source)
    steps = [["clip", 1.0], ["perceive", 6.0]] if kind == "clip" else [["repertoire", 0.5], ["soundtrack", 0.5]]
    tell.say("plan", stages=[*steps, [PREVIEW, 1.5], [STORE, 0.2]])
    found = analyse(
        source,
        kind,
        place.folder / "shown",
        cache=place.cache,
        workers=order["workers"],
        report=tell.report,
        started=lambda name: tell.say("stage", stage=name, state="running"),
        finished=lambda step, noun: _tell(tell, step, noun),
        max_seconds=order["limits"]["seconds"],
    )
    tell.say("stage", stage=STORE, state="running")
    columns = dict(found.columns)
    if columns["embedding"] is not None:
        columns["embedding"] = base64.b64encode(columns["embedding"]).decode()
    artifacts = []
    if "url" in known and found.clip is not None:
        artifacts.append(place.keep(found.clip, "reference"))
        columns["sha256"] = found.sha256
    for name in ("preview", "poster", "pose", "face"):
        file = getattr(found, name)
        if file is not None:
            artifacts.append(place.keep(file, name))
            columns[f"{name}_id"] = artifacts[-1]["id"]
    return {"result": {"dancers": len(columns["dancers"])}, "columns": columns, "artifacts": artifacts}


def _tell(tell: Tell, step: StepResult, noun: Any) -> None:
    tell.say("stage", stage=step.name, state="reused" if step.reused else "done", seconds=round(step.seconds, 3))
    for notice in getattr(noun, "notices", ()):
        values = notice_values(notice)
        tell.say("log", message=values["message"], level="warning", code=values["code"])
