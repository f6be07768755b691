"""What has to hold after a kill: nothing half-written, finished steps as they were, the same video, a whole story."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
from sqlalchemy import select

from serving.orchestrator.database import Artifact, Run
from serving.orchestrator.provenance.mark import verify
from serving.orchestrator.runs.events import Event
from serving.orchestrator.services import runs
from tests.serving.worker_samples import Place


def nothing_is_half_written(place: Place) -> None:
    files = place.settings.data / "files"
    assert [p for p in files.rglob("*") if p.name.endswith(".part")] == []
    with place.database.reading() as session:
        for row in session.scalars(select(Artifact)):
            digest = hashlib.sha256(b"".join(place.storage.read(row.key)))
            assert digest.hexdigest() == row.sha256, f"{row.kind} is not whole"


def pictures(place: Place, run: Run, folder: Path) -> str:
    """A hash of what is seen in a run's video, whose mark has to hold."""
    with place.database.reading() as session:
        row = session.get(Artifact, run.video_id)
        assert row is not None
    video = folder / f"{run.id}.mp4"
    place.storage.fetch(row.key, video)
    assert verify(video).valid
    digest = hashlib.sha256()
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray(format="gray").tobytes())
    return digest.hexdigest()


def finished_steps(place: Place) -> dict[Path, int]:
    return {
        meta: meta.stat().st_mtime_ns
        for meta in (place.settings.cache / "steps").glob("*/meta.json")
        if meta.parent.suffix != ".part"
    }


def story(place: Place, run: str) -> list[Event]:
    with place.database.reading() as session:
        return runs.events_after(session, run, 0, 100_000)
