"""An application to ask, and what tests ask it for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient

from serving.orchestrator.application import create_app
from serving.orchestrator.database import Run
from serving.orchestrator.settings import OrchestratorSettings


@contextmanager
def asking(settings: OrchestratorSettings) -> Iterator[TestClient]:
    """A client of an application that has started."""
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        yield client


def picture(side: int = 96, seed: int = 0) -> bytes:
    """A small PNG; another one for every seed."""
    noise = np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)
    return bytes(cv2.imencode(".png", noise)[1])


def upload(client: TestClient, content: bytes, name: str = "me.png", where: str = "photos") -> Any:
    """The answer to an upload."""
    return client.post(f"/api/v1/{where}", files={"file": (name, content)})


def project(client: TestClient, seed: int = 0, **fields: Any) -> dict[str, Any]:
    """A project with a photo and a built-in choreography, and the consent of everybody shown."""
    photo = upload(client, picture(seed=seed)).json()["id"]
    reference = client.post("/api/v1/references/built-in", json={"name": "groove"}).json()["id"]
    wanted = {"photo_id": photo, "reference_id": reference, "consent": True, **fields}
    made = client.post("/api/v1/projects", json=wanted)
    assert made.status_code == 201, made.text
    return dict(made.json())


def run_ids(client: TestClient, **wanted: str) -> list[str]:
    """Identifiers of runs, newest first."""
    return [run["id"] for run in client.get("/api/v1/runs", params=wanted).json()["items"]]


def finish(client: TestClient, run: str, file: Path) -> str:
    """Do what a worker does in the end: store a video and let the run succeed; returns the video's artifact."""
    from serving.orchestrator.artifacts import store
    from serving.orchestrator.runs.states import enter

    assert isinstance(client.app, FastAPI)
    context = client.app.state.context
    with context.database.writing() as session:
        row = session.get_one(Run, run)
        video = store(
            context.storage, file, "video", row.owner,
            filename="Tänzer \"1\".mp4", media_type="video/mp4", project_id=row.project_id, run_id=run,
        )  # fmt: skip
        session.add(video)
        row.video_id = video.id
        enter(session, row, "running")
        enter(session, row, "succeeded")
        return str(video.id)
