"""What a child process is told about a run, and what it may use."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from components.media import Storage, open_storage
from pipelines.runners.child import Tell
from serving.orchestrator.artifacts import room_left, store
from serving.orchestrator.database import Artifact, Run
from serving.orchestrator.services.references import fetch_limits
from serving.orchestrator.services.twins import known_hashes
from serving.orchestrator.settings import OrchestratorSettings

TASKS: Mapping[str, str] = {
    "dance": "serving.orchestrator.runs.dance_task:work",
    "photo": "serving.orchestrator.runs.analysis_task:photo",
    "reference": "serving.orchestrator.runs.analysis_task:reference",
    "cluster": "serving.orchestrator.runs.cluster_task:work",
}
"""For each kind of run what the child does; cluster: for a dance that a cluster makes."""


def task_of(run: Run) -> str:
    """The key of TASKS for a run. Analyses stay here: somebody waits for them, and they are short."""
    return "cluster" if run.kind == "dance" and run.runner == "kubeflow" else run.kind


def order_of(run: Run, settings: OrchestratorSettings) -> dict[str, Any]:
    """Everything that a child needs, as JSON: it neither reads the environment nor asks the database."""
    cores = os.cpu_count() or 1
    return {
        "run": run.id,
        "attempt": run.attempt,
        "owner": run.owner,
        "project": run.project_id,
        "photo": run.photo_id,
        "reference": run.reference_id,
        "arguments": dict(run.arguments),
        "storage": settings.storage,
        "endpoint": settings.storage_endpoint,
        "cache": str(settings.cache.absolute()),
        "cache_bytes": settings.cache_bytes,
        "workers": settings.workers or max(1, cores // max(1, settings.runs)),
        "data": str(settings.data.absolute()),
        "certificate": settings.signing_certificate,
        "key": settings.signing_key,
        "external": run.external_id,
        "cluster": {
            "address": dataclasses.asdict(settings.address),
            "experiment": settings.kubeflow_experiment,
            "placement": dataclasses.asdict(settings.placement()),
            "public_url": settings.public_url or f"http://{settings.host}:{settings.port}",
        }
        if settings.kubeflow_host and settings.kubeflow_image
        else None,
        "limits": {
            "bytes": settings.max_upload_bytes,
            "pixels": settings.max_photo_pixels,
            "seconds": settings.max_reference_seconds,
        },
    }


def address_order(session: Session, run: Run, settings: OrchestratorSettings) -> dict[str, Any]:
    """What a child that fetches an address is told besides: how much it may fetch, and which clips are there already.

    Returns:
        Nothing for a run that fetches nothing.
    """
    if "url" not in run.arguments.get("reference", {}):
        return {}
    return {
        "fetch": fetch_limits(settings).model_dump(mode="json"),
        "quota": settings.quota_bytes,
        "room": room_left(session, settings, run.owner),
        "known": known_hashes(session, run.owner),
    }


@dataclass(frozen=True)
class Bench:
    """A child's place of work.

    Attributes:
        order: see `order_of`.
        tell: how it speaks to the worker.
        folder: its own, emptied before and removed after.
        storage: of the server.
    """

    order: Mapping[str, Any]
    tell: Tell
    folder: Path
    storage: Storage

    @property
    def cache(self) -> Path:
        """Folder that holds the finished steps under "steps"."""
        return Path(self.order["cache"])

    def fetch(self, stored: Mapping[str, Any], name: str) -> Path:
        """Bring a stored file here.

        Args:
            stored: as frozen in a run's arguments.
            name: of the file, without suffix.
        """
        target = self.folder / f"{name}{Path(stored['key']).suffix}"
        self.storage.fetch(stored["key"], target)
        return target

    def keep(self, file: Path, kind: str, filename: str = "", media_type: str = "") -> dict[str, Any]:
        """Put a file into the storage; the worker adds the row that is returned once the run's claim still holds."""
        artifact = store(
            self.storage,
            file,
            kind,
            self.order["owner"],
            filename=filename,
            media_type=media_type,
            project_id=self.order["project"],
            photo_id=self.order["photo"],
            reference_id=self.order["reference"],
            run_id=self.order["run"],
        )
        return {c.key: getattr(artifact, c.key) for c in Artifact.__table__.columns if c.key != "created"}


def workshop(cache: Path, run: str, attempt: int) -> Path:
    """The folder of one attempt at a run."""
    return cache / "work" / f"{run}-{attempt}"


def bench(order: Mapping[str, Any], tell: Tell) -> Bench:
    """Make a child's place of work ready."""
    folder = workshop(Path(order["cache"]), order["run"], order["attempt"])
    folder.mkdir(parents=True, exist_ok=True)
    return Bench(order, tell, folder, open_storage(order["storage"], order["endpoint"]))
