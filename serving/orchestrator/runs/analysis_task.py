"""What a child process does for an analysis: has a photo or reference looked at and stores what is shown of it."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from components.core import StageContext, TroupeError
from components.media import digest
from pipelines.dance.job import notice_values, reference_kind
from pipelines.runners.child import Tell
from pipelines.runners.local import StepResult
from serving.orchestrator.artifacts import no_room
from serving.orchestrator.runs.order import Bench, bench
from serving.orchestrator.services.owned import shown_name

FETCH, STORE = "fetch", "store"
"""Names of the stages that fetch what an address holds, and that store the files."""


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
    shown = order["arguments"].get("shown", False)
    artifacts = [] if shown else [place.keep(found.display, "preview", media_type="image/jpeg")]
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
        result, columns of the reference and the rows of stored files; or only twin, the hash of what was fetched, where
        the owner has that already.

    Raises:
        TroupeError: what the user can mend.
    """
    from serving.orchestrator.analysis.reference import PREVIEW, analyse

    place = bench(order, tell)
    known = order["arguments"]["reference"]
    source = str(place.fetch(known, "reference")) if "key" in known else known.get("name", "")
    kind = reference_kind(source)[0] if source else "clip"
    steps = [["clip", 1.0], ["perceive", 6.0]] if kind == "clip" else [["repertoire", 0.5], ["soundtrack", 0.5]]
    fetching = [] if source else [[FETCH, 1.0]]
    tell.say("plan", stages=[*fetching, *steps, [PREVIEW, 1.5], [STORE, 0.2]])
    sha256 = ""
    if not source:
        file = _fetched(place, known["url"])
        sha256 = digest(file)
        if sha256 in order["known"]:
            return {"result": {}, "twin": sha256}
        source = str(file)
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
    if sha256:
        assert found.clip is not None
        artifacts.append(place.keep(found.clip, "reference"))
        columns["sha256"] = sha256
    for name in ("preview", "poster", "pose", "face"):
        file = getattr(found, name)
        if file is not None:
            artifacts.append(place.keep(file, name))
            columns[f"{name}_id"] = artifacts[-1]["id"]
    return {"result": {"dancers": len(columns["dancers"])}, "columns": columns, "artifacts": artifacts}


def _fetched(place: Bench, url: str) -> Path:
    """What an address holds, as a file: no more of it than may be uploaded, and than its owner may still store."""
    from components.ingest.limits import FetchSettings
    from components.ingest.url import fetch

    place.tell.say("stage", stage=FETCH, state="running")
    began = time.monotonic()
    limits, room = FetchSettings.model_validate(place.order["fetch"]), place.order["room"]
    if room is not None:
        if not room:
            raise no_room(place.order["quota"], room)
        limits = limits.model_copy(update={"max_bytes": min(limits.max_bytes, room)})
    folder = place.folder / FETCH
    folder.mkdir()
    name = shown_name(urlsplit(url).path).lstrip(".")[-80:]
    context = StageContext(folder, place.tell.report)
    try:
        file = fetch(url, folder / (name or "clip"), limits, context, stage=FETCH)
    except TroupeError as error:
        if error.code == "file_too_large" and room is not None and limits.max_bytes == room:
            raise no_room(place.order["quota"], room) from error
        raise
    place.tell.say("stage", stage=FETCH, state="done", seconds=round(time.monotonic() - began, 3))
    return file


def _tell(tell: Tell, step: StepResult, noun: Any) -> None:
    tell.say("stage", stage=step.name, state="reused" if step.reused else "done", seconds=round(step.seconds, 3))
    for notice in getattr(noun, "notices", ()):
        values = notice_values(notice)
        tell.say("log", message=values["message"], level="warning", code=values["code"])
