"""Runs worked on by the worker's own program, with real media: what is stored, and what cancelling and stopping do."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from PIL import Image
from sqlalchemy import select

from components.media import clip_of, decode
from serving.orchestrator.database import Artifact, Photo, Project, Reference, Run
from serving.orchestrator.database import Worker as WorkerRow
from serving.orchestrator.provenance.mark import verify
from serving.orchestrator.runs.events import Event
from serving.orchestrator.runs.supervisor import WorkerProcess, environment
from serving.orchestrator.services import runs
from serving.orchestrator.settings import OrchestratorSettings
from tests.conftest import DrawnMedia
from tests.serving.run_samples import ask, look, photo_of, project_of, reference_of
from tests.serving.worker_samples import Place, ended, family, place_in, wait_until, working

SMALL = {"size": "180x240", "quality": "draft", "background_mode": "colour", "background": "#204060"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_in(tmp_path_factory.mktemp("place")) as made:
        yield made


@pytest.fixture(scope="module")
def photo(place: Place, drawn: DrawnMedia) -> str:
    return photo_of(place.database, place.storage, drawn.photo)


@pytest.fixture(scope="module")
def built_in(place: Place) -> str:
    return reference_of(place.database, place.storage, None, name="disco")


@pytest.fixture(scope="module")
def finished(place: Place, photo: str, built_in: str) -> Run:
    """A short dance, labelled, that was worked on undisturbed."""
    project = project_of(
        place.database, photo, built_in, duration=0.6, title="Ada: dances/1", visible_label=True, **SMALL
    )
    run = ask(place.database, project)
    with working(place):
        return ended(place, run.id)


def stored(place: Place, name: str | None) -> tuple[Artifact, bytes]:
    with place.database.reading() as session:
        artifact = session.get(Artifact, name)
        assert artifact is not None
    return artifact, b"".join(place.storage.read(artifact.key))


def events(place: Place, run: str) -> list[Event]:
    with place.database.reading() as session:
        return runs.events_after(session, run, 0, 10_000)


def test_the_video_is_stored_marked_and_signed_last(place: Place, finished: Run, tmp_path: Path) -> None:
    assert finished.state == "succeeded", finished.error
    row, content = stored(place, finished.video_id)
    assert row.kind == "video" and row.media_type == "video/mp4" and row.filename == "Ada dances 1.mp4"
    assert row.owner == "local" and row.project_id == finished.project_id and row.bytes == len(content)
    video = tmp_path / "video.mp4"
    video.write_bytes(content)
    verdict = verify(video)
    assert verdict.valid and verdict.generated and verdict.lineage["run"] == finished.id
    with av.open(str(video)) as container:
        frames = [f.to_ndarray(format="gray") for f in container.decode(video=0)]
    assert len(frames) == 18 and frames[0].shape == (240, 180)
    corner = frames[9][-40:, -110:]
    assert corner.max() > 200 and frames[9][-40:, :40].max() < 120, "the visible label is not in its corner"


def test_the_lineage_names_what_went_in_and_what_came_out(place: Place, finished: Run, drawn: DrawnMedia) -> None:
    import hashlib

    row, content = stored(place, finished.lineage_id)
    lineage = json.loads(content)
    assert row.media_type == "application/json" and lineage["run"] == finished.id
    assert lineage["inputs"]["photo"] == hashlib.sha256(drawn.photo.read_bytes()).hexdigest()
    assert lineage["inputs"]["reference"] == "built-in:disco"
    assert lineage["video"]["sha256"] == hashlib.sha256(stored(place, finished.video_id)[1]).hexdigest()
    assert lineage["settings"]["background"] == "#204060" and lineage["settings"]["label"] is True
    names = [s["name"] for s in lineage["stages"]]
    assert "compose" in names and "perceive" not in names
    assert all(len(s["version"]) == 64 for s in lineage["stages"])


def test_a_picture_can_be_seen_before_the_video_is_drawn(place: Place, finished: Run) -> None:
    told = events(place, finished.id)
    preview = next(e for e in told if e.kind == "preview")
    composing = next(e for e in told if e.kind == "progress" and e.data["stage"] == "compose")
    assert preview.sequence < composing.sequence
    row, content = stored(place, preview.data["artifact"])
    assert row.id == finished.preview_id and row.media_type == "image/jpeg"
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (180, 240)
        r, g, b = picture.convert("RGB").getpixel((3, 3))  # type: ignore[misc]
    assert abs(r - 0x20) < 12 and abs(g - 0x40) < 12 and abs(b - 0x60) < 12


def test_the_first_seconds_go_round_before_the_video_is_drawn(place: Place, finished: Run, tmp_path: Path) -> None:
    told = events(place, finished.id)
    _, loop = (e for e in told if e.kind == "preview")
    assert loop.sequence < next(e.sequence for e in told if e.kind == "progress" and e.data["stage"] == "compose")
    row, content = stored(place, loop.data["artifact"])
    assert row.id != finished.preview_id and row.media_type == loop.data["media_type"] == "video/mp4"
    (tmp_path / "loop.mp4").write_bytes(content)
    frames = np.stack([f.astype(np.int16) for f in decode(clip_of(tmp_path / "loop.mp4"))])
    assert frames.shape == (10, 240, 180, 3)  # six pictures of 0.6 s at ten a second, there and back
    apart = [float(np.abs(frames[i] - frames[-i]).mean()) for i in (1, 2)]
    assert max(apart) < float(np.abs(frames[5] - frames[0]).mean())


def test_events_tell_the_story_in_order_and_progress_never_goes_back(place: Place, finished: Run) -> None:
    told = events(place, finished.id)
    assert [e.sequence for e in told] == list(range(1, len(told) + 1))
    assert [e.data["state"] for e in told if e.kind == "state"] == ["queued", "running", "succeeded"]
    assert told[-1].last and not any(e.last for e in told[:-1])
    shares = [e.data["progress"] for e in told if e.kind in ("stage", "progress")]
    assert shares == sorted(shares) and 0.9 < shares[-1] <= 1.0
    begun = [e.data["stage"] for e in told if e.kind == "stage" and e.data["state"] == "running"]
    assert begun == [s["name"] for s in finished.stages] and begun[-1] == "finish"
    assert all(s["state"] == "done" and s["share"] == 1.0 for s in finished.stages)
    assert all(e.data["seconds_left"] is not None for e in told if e.kind == "progress")
    times = [e.created for e in told if e.kind == "progress"]
    assert len(times) <= 4 * (times[-1] - times[0]) + len(begun) + 1, "more than four words a second"


def test_the_project_shows_the_result(place: Place, finished: Run) -> None:
    with place.database.reading() as session:
        project = session.get(Project, finished.project_id)
        assert project is not None and project.status == "succeeded" and project.result_id == finished.video_id
        assert project.progress == 1.0
    assert finished.result is not None and finished.result["frames"] == 18
    assert "output" not in finished.result
    assert list((place.settings.cache / "work").iterdir()) == [], "a folder of the run was left"


def test_a_repeated_key_returns_the_first_run(place: Place, photo: str, built_in: str) -> None:
    project = project_of(place.database, photo, built_in, duration=0.6, **SMALL)
    first = ask(place.database, project, key="k1")
    assert ask(place.database, project, key="k1").id == first.id
    assert ask(place.database, project, key="k2").id != first.id
    with place.database.writing() as session:
        for run in runs.listing(session, "local", project_id=project):
            runs.cancel(session, "local", run.id)


def test_a_run_is_frozen_when_it_is_asked_for(place: Place, photo: str, built_in: str) -> None:
    project = project_of(place.database, photo, built_in, duration=0.4, fps=10.0, **SMALL)
    run = ask(place.database, project)
    with place.database.writing() as session:
        found = session.get(Project, project)
        assert found is not None
        found.fps, found.duration = 60.0, 5.0
    with working(place):
        assert ended(place, run.id).result["frames"] == 4  # type: ignore[index]


def test_cancelling_ends_all_processes_within_about_a_second(place: Place, photo: str, built_in: str) -> None:
    run = ask(place.database, project_of(place.database, photo, built_in, size="1080x1920", background_mode="green"))
    with working(place) as worker:
        wait_until(lambda: look(place.database, run.id).stage == "compose")
        processes = family(worker)
        assert processes
        assert all(p.nice() >= place.settings.run_nice for p in processes)
        began = time.monotonic()
        with place.database.writing() as session:
            runs.cancel(session, "local", run.id)
        wait_until(lambda: look(place.database, run.id).state == "cancelled", 10.0, 0.02)
        assert time.monotonic() - began < 3.0
        wait_until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes), 3.0)
        with place.database.reading() as session:
            project = session.get(Project, run.project_id)
            assert project is not None and project.status == "cancelled"
            assert (
                session.scalar(select(Artifact.id).where(Artifact.run_id == run.id, Artifact.kind == "video")) is None
            )


def test_a_worker_that_is_told_to_stop_gives_its_run_back_at_once(place: Place, photo: str, built_in: str) -> None:
    project = project_of(place.database, photo, built_in, duration=2.0, size="720x1280", background_mode="green")
    run = ask(place.database, project)
    with working(place) as worker:
        wait_until(lambda: look(place.database, run.id).stage == "compose")
        processes = family(worker)
        with place.database.reading() as session:
            assert [w.capacity for w in session.scalars(select(WorkerRow))] == [1]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    assert look(place.database, run.id).state == "queued" and look(place.database, run.id).losses == 0
    wait_until(lambda: not any(p.is_running() and p.status() != "zombie" for p in processes), 5.0)
    with place.database.reading() as session:
        assert list(session.scalars(select(WorkerRow))) == []
    with working(place):
        again = ended(place, run.id)
    assert again.state == "succeeded" and again.attempt == 2
    told = events(place, run.id)
    assert [e.data["state"] for e in told if e.kind == "state"] == [
        "queued", "running", "queued", "running", "succeeded",
    ]  # fmt: skip
    reused = {e.data["stage"] for e in told if e.kind == "stage" and e.data["state"] == "reused"}
    assert {"photo", "portray", "choreograph", "animate"} <= reused, "finished stages were done twice"


def test_a_run_that_cannot_be_made_fails_with_the_sentence_and_can_be_tried_again(
    place: Place, built_in: str, tmp_path: Path
) -> None:
    Image.new("RGB", (300, 400), (90, 120, 160)).save(tmp_path / "empty.png")
    nobody = photo_of(place.database, place.storage, tmp_path / "empty.png")
    run = ask(place.database, project_of(place.database, nobody, built_in, duration=0.5, **SMALL))
    with working(place):
        failed = ended(place, run.id)
    assert failed.state == "failed" and failed.error is not None
    assert failed.error["code"] == "no_person_found" and "photo" in failed.error["message"]
    assert str(place.settings.data) not in json.dumps(failed.error), "the server's folders are told"
    assert events(place, run.id)[-1].data["error"]["code"] == "no_person_found"
    with place.database.writing() as session:
        assert runs.retry(session, "local", run.id).arguments == failed.arguments
        runs.cancel(session, "local", runs.listing(session, "local")[0].id)


def test_a_full_disk_fails_the_run_which_can_be_tried_again_once_there_is_space(
    tiny_disk: Callable[[int], Path], drawn: DrawnMedia, tmp_path: Path
) -> None:
    disk = tiny_disk(20_000_000)
    with place_in(tmp_path, cache=disk / "cache") as place:
        photo = photo_of(place.database, place.storage, drawn.photo)
        reference = reference_of(place.database, place.storage, None, name="disco")
        run = ask(place.database, project_of(place.database, photo, reference, duration=0.5, **SMALL))
        stuffing = disk / "stuffing"
        stuffing.write_bytes(bytes(19_000_000))
        with working(place):
            failed = ended(place, run.id)
            assert failed.state == "failed" and failed.error is not None and failed.error["code"] == "disk_full"
            stuffing.unlink()
            with place.database.writing() as session:
                again = runs.retry(session, "local", run.id).id
            assert ended(place, again).state == "succeeded"


def test_analyses_fill_what_the_page_shows_and_the_dance_begins_with_them(
    drawn: DrawnMedia, tmp_path: Path, postgres: str, bucket: tuple[str, str]
) -> None:
    """On PostgreSQL and an object store."""
    with place_in(tmp_path, postgres, storage_url=bucket[0], storage_endpoint=bucket[1]) as place:
        photo = photo_of(place.database, place.storage, drawn.photo, status="waiting")
        reference = reference_of(place.database, place.storage, drawn.clip, status="waiting")
        with place.database.writing() as session:
            looks = [
                runs.enqueue_analysis(session, "local", photo_id=photo).id,
                runs.enqueue_analysis(session, "local", reference_id=reference).id,
            ]
        run = ask(place.database, project_of(place.database, photo, reference, start=0.4, duration=0.8, **SMALL))
        with working(place):
            for look_at in looks:
                assert ended(place, look_at).state == "succeeded", look(place.database, look_at).error
            last = ended(place, run.id)
        assert last.state == "succeeded", last.error
        assert last.result is not None and last.result["frames"] == 24, "only the wanted part is danced"
        with place.database.reading() as session:
            seen, heard = session.get(Photo, photo), session.get(Reference, reference)
            assert seen is not None and heard is not None
            assert seen.status == "ready" and (seen.width, seen.height) == (480, 640)
            (person,) = seen.persons
            assert person.index == 0 and len(person.pose) == 33 and person.face is not None
            preview = session.scalar(select(Artifact).where(Artifact.photo_id == photo, Artifact.kind == "preview"))
            assert preview is not None and preview.media_type == "image/jpeg"
            x0, y0, x1, y1 = person.box
            assert 0 <= x0 < x1 <= 480 and y1 - y0 > 300
            assert heard.status == "ready" and heard.frames == 40 and heard.fps == 25.0 and heard.has_audio
            assert len(heard.dancers) == 1 and heard.embedding is not None
            names = [person.mask_id, person.layer_id, person.composite_id]
            names += [preview.id, heard.pose_id, heard.preview_id, heard.poster_id, last.video_id]
        for name in names:
            row, content = stored(place, name)
            assert row.owner == "local" and row.bytes == len(content) > 0
        reused = {s["name"] for s in last.stages if s["state"] == "reused"}
        assert {"photo", "portray", "clip", "perceive"} <= reused, "the dance looked at everything once more"


def test_settings_reach_the_worker_whole(tmp_path: Path) -> None:
    settings = OrchestratorSettings(
        data=tmp_path, cache=tmp_path / "c", secret="s%' \"x", cors_origins=("https://a.example", "b"), runs=3,
        signing_key="k.pem", visible_label=True, retention_days=1.5,
    )  # fmt: skip
    before = dict(os.environ)
    os.environ |= environment(settings)
    try:
        assert OrchestratorSettings() == settings
    finally:
        os.environ.clear()
        os.environ |= before


def test_a_worker_that_dies_is_started_again_and_ends_with_the_server(tmp_path: Path) -> None:
    with place_in(tmp_path) as place:
        worker = WorkerProcess(place.settings)
        worker.start()
        first = worker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: worker.pid is None)

        def back() -> bool:
            worker.watch()
            return worker.pid is not None

        wait_until(back, 10.0)
        second = worker.pid
        assert second is not None and second != first
        worker.stop()
        assert worker.pid is None and not psutil.pid_exists(second)
