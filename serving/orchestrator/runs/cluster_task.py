"""What a child process does for a dance on a cluster: submits it, waits for it, marks and stores the video."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.core import TroupeError
from components.media.delivery import STORED
from pipelines.dance.job import music_of, parse_size
from pipelines.dance.wiring import DANCE_WIRING, NO_CUT, NOBODY_LEARNED
from pipelines.kubeflow.connection import Address
from pipelines.kubeflow.placement import Placement
from pipelines.runners.child import Tell
from pipelines.runners.interface import Work
from pipelines.runners.kubeflow import KubeflowRunner
from serving.orchestrator.runs.dance_task import FINISH, finish, usual
from serving.orchestrator.runs.order import bench


def work(order: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Have a cluster make the video of a run. Stopping this process stops the run on the cluster.

    Args, returns: as `dance_task.work`.

    Raises:
        TroupeError: runner_unreachable, worker_died, cancelled, invalid_setting, storage_unreachable.
    """
    if order["cluster"] is None:
        raise TroupeError(
            "invalid_setting",
            "The run was asked for on a cluster, whose TROUPE_KUBEFLOW_HOST and TROUPE_KUBEFLOW_IMAGE this server no "
            "longer has; set them, or ask for the video again.",
            setting="TROUPE_KUBEFLOW_HOST",
        )
    place = bench(order, tell)
    cluster: Mapping[str, Any] = order["cluster"]
    arguments: Mapping[str, Any] = order["arguments"]
    reference = arguments["reference"]
    kind = "motion" if "name" in reference or reference["key"].endswith(".bvh") else "clip"
    steps = DANCE_WIRING.active({"reference_kind": kind, "judged": False, **NO_CUT, **NOBODY_LEARNED})
    runner = KubeflowRunner(
        Address(**cluster["address"]), Placement(**cluster["placement"]), experiment=cluster["experiment"]
    )
    handle = order["external"] or runner.find(order["run"])
    if handle is None:
        seconds = arguments.get("seconds") or 10.0
        tell.say("plan", stages=[*([s.name, usual(s.name, seconds)] for s in steps), [FINISH, 0.5]])
        token = secrets.token_urlsafe(32)
        # The worker writes in the order in which it is told: the token is known before the first step can use it.
        tell.say("token", sha256=hashlib.sha256(token.encode()).hexdigest())
        environment = {
            "TROUPE_EVENTS_URL": f"{cluster['public_url'].rstrip('/')}/api/v1/runs/{order['run']}/events",
            "TROUPE_EVENTS_TOKEN": token,
            "TROUPE_STORAGE_URL": order["storage"],
            "TROUPE_STORAGE_ENDPOINT": order["endpoint"],
        }
        handle = runner.submit(Work(order["run"], f"dance-{kind}", parameters(arguments, kind), environment))
    tell.say("external", runner="kubeflow", id=handle)
    try:
        runner.ended(handle)
    except KeyboardInterrupt:
        runner.cancel(handle)
        raise
    key = runner.result(handle)["key"]
    plain = place.folder / "plain.mp4"
    place.storage.fetch(key, plain)
    tell.say("stage", stage=FINISH, state="running")
    result = _summary(plain)
    video, lineage = finish(place, plain, steps, result)
    with contextlib.suppress(TroupeError):
        place.storage.delete(key)
    return {"result": result, "artifacts": [video, lineage], "video": video["id"], "lineage": lineage["id"]}


def parameters(arguments: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """A run's frozen arguments as the parameters of the compiled pipeline: files by their keys in the storage."""
    width, height = parse_size(arguments["size"])
    reference, background = arguments["reference"], arguments["background"]
    source = reference["name"] if "name" in reference else STORED + reference["key"]
    values = {
        name: arguments[name]
        for name in ("fps", "performer", "dancer", "expression", "lip_sync", "start", "quality", "label")
    }
    return values | {
        "photo": STORED + arguments["photo"]["key"],
        "reference": source,
        "width": width,
        "height": height,
        "background": background if isinstance(background, str) else STORED + background["key"],
        "duration": arguments["duration"] or 0.0,
        "music": music_of(source) if kind == "motion" else "auto",
    }


def _summary(video: Path) -> dict[str, Any]:
    """What is told about a finished video that was made elsewhere."""
    from components.media import probe

    info = probe(video)
    picture = info.picture
    assert picture is not None
    return {
        "stages": {},
        "frames": picture.frames,
        "width": picture.width,
        "height": picture.height,
        "fps": float(picture.fps),
        "duration": round(float(picture.duration), 3),
        "warnings": [],
    }
