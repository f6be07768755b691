"""The API over HTTP, on SQLite with a folder and on PostgreSQL with S3."""

from __future__ import annotations

import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import func, select

from serving.orchestrator.application import ROUTERS
from serving.orchestrator.artifacts import store
from serving.orchestrator.database import Artifact, Project, Run
from serving.orchestrator.runs import events
from serving.orchestrator.services import shares
from serving.orchestrator.services.retention import sweep
from serving.orchestrator.settings import OrchestratorSettings
from tests.serving.api_samples import asking, finish, picture, project, run_ids, upload


def _code(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["detail"]
    return str(body["code"])


def _keys(client: TestClient) -> list[str]:
    return sorted(client.app.state.context.storage.keys())  # type: ignore[attr-defined]


def test_a_photo_is_recognised_by_its_bytes(client: TestClient) -> None:
    first = upload(client, picture(), "../../etc/me.png")
    assert first.status_code == 201
    photo = first.json()
    assert photo["name"] == "me.png"
    assert photo["status"] == "waiting"
    assert first.headers["location"] == f"/api/v1/photos/{photo['id']}"
    again = upload(client, picture(), "other.png").json()
    assert again["id"] == photo["id"]
    assert len(_keys(client)) == 1
    assert len(run_ids(client, kind="photo")) == 1
    stored = client.get(f"/api/v1/artifacts/{photo['artifact_id']}")
    assert stored.content == picture()
    assert stored.headers["content-type"] == "image/png"


@pytest.mark.parametrize("form", ["TIFF", "JPEG2000"])
def test_a_photo_that_browsers_do_not_show_has_a_preview_at_once(client: TestClient, form: str) -> None:
    """Red above blue, stored lying on its side where the format can say so."""
    upright = Image.new("RGB", (100, 140), (20, 40, 220))
    upright.paste((220, 40, 20), (0, 0, 100, 70))
    content = io.BytesIO()
    if form == "TIFF":
        exif = Image.Exif()
        exif[0x0112] = 6
        upright.transpose(Image.Transpose.ROTATE_90).save(content, form, exif=exif)
    else:
        upright.save(content, form)
    photo = upload(client, content.getvalue(), "me").json()
    shown = client.get(f"/api/v1/artifacts/{photo['preview_id']}")
    assert shown.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(shown.content)) as picture_shown:
        assert picture_shown.size == (100, 140)
        above, below = (picture_shown.convert("RGB").getpixel((50, y)) for y in (30, 110))
    assert above[0] > 180 > above[2] and below[2] > 180 > below[0]  # type: ignore[index]
    assert upload(client, content.getvalue(), "again").json()["preview_id"] == photo["preview_id"]
    made = client.post("/api/v1/projects", json={"photo_id": photo["id"]}).json()["id"]
    behind = client.put(f"/api/v1/projects/{made}/background", files={"file": ("b", content.getvalue())}).json()
    stored = client.get(f"/api/v1/artifacts/{behind['id']}")
    assert stored.headers["content-type"] == "image/jpeg"
    assert upload(client, picture()).json()["preview_id"] is None, "browsers show a PNG itself"
    assert client.delete(f"/api/v1/projects/{made}").status_code == 204
    assert not [key for key in _keys(client) if "preview" in key]


def test_uploads_are_recognised_by_content(client: TestClient) -> None:
    assert _code(upload(client, b"no picture at all", "me.jpg"), 422) == "unreadable_media"
    assert _code(upload(client, picture(), "clip.mp4", "references"), 415) == "unsupported_media"
    assert _code(upload(client, picture(16), "tiny.png"), 422) == "picture_too_small"
    assert _code(upload(client, b"", "empty.png"), 422) == "unreadable_media"
    assert "me.jpg" in upload(client, b"no picture at all", "me.jpg").json()["detail"]
    assert _keys(client) == []
    assert run_ids(client) == []
    uploads = client.app.state.context.uploads  # type: ignore[attr-defined]
    assert list(uploads.iterdir()) == []


def test_a_form_that_is_none(client: TestClient) -> None:
    assert _code(client.post("/api/v1/photos", content=b"abc"), 400) == "invalid_request"
    head = {"content-type": "multipart/form-data; boundary=x"}
    assert _code(client.post("/api/v1/photos", content=b"--y\r\n\r\n", headers=head), 400) == "invalid_request"
    cut = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nabc'
    assert _code(client.post("/api/v1/photos", content=cut, headers=head), 400) == "invalid_request"
    assert _code(client.post("/api/v1/photos", files={"other": ("a.png", b"abc")}), 400) == "invalid_request"


def test_limits_and_quota(tmp_path: Path) -> None:
    small = OrchestratorSettings(data=tmp_path, runs=0, max_upload_bytes=20_000, quota_bytes=30_000)
    with asking(small) as client:
        assert len(picture(64)) < 20_000 < len(picture(96))
        assert _code(upload(client, picture(96)), 413) == "file_too_large"
        assert upload(client, picture(64)).status_code == 201
        assert upload(client, picture(64, seed=1)).status_code == 201
        assert _code(upload(client, picture(64, seed=2)), 403) == "quota_exceeded"
        assert client.get("/api/v1/account").json()["bytes"] == 2 * len(picture(64))


def test_projects_are_checked_field_by_field(client: TestClient) -> None:
    made = client.post("/api/v1/projects", json={"title": "Anna"}).json()
    where = f"/api/v1/projects/{made['id']}"
    assert made["status"] == "draft"
    assert made["consent"] is None
    changed = client.patch(where, json={"consent": True, "expression": 0.5}).json()
    assert (changed["title"], changed["expression"]) == ("Anna", 0.5)
    assert abs(changed["consent"] - time.time()) < 60
    assert _code(client.patch(where, json={"expression": 3}), 400) == "invalid_request"
    assert _code(client.patch(where, json={"colour": "red"}), 400) == "invalid_request"
    assert _code(client.patch(where, json={"size": "30x30"}), 422) == "invalid_setting"
    assert _code(client.patch(where, json={"performer": "first"}), 422) == "invalid_setting"
    assert _code(client.patch(where, json={"photo_id": "0" * 26}), 404) == "not_found"
    wrong = {"background_mode": "preset", "background": "moon"}
    assert _code(client.patch(where, json=wrong), 422) == "unknown_background"
    assert client.get(where).json() == changed
    assert client.delete(where).status_code == 204
    assert _code(client.get(where), 404) == "not_found"


def test_lists_are_read_page_by_page(client: TestClient) -> None:
    made = [client.post("/api/v1/projects", json={"title": str(i)}).json()["id"] for i in range(5)]
    found: list[str] = []
    before: dict[str, str] = {}
    for _ in range(3):
        part = client.get("/api/v1/projects", params={"limit": 2, **before}).json()
        found += [p["id"] for p in part["items"]]
        before = {"before": part["next"]}
    assert found == sorted(made, reverse=True)
    assert part["next"] is None
    assert _code(client.get("/api/v1/projects", params={"limit": 201}), 400) == "invalid_request"


def test_a_repeated_key_returns_the_first_run(client: TestClient) -> None:
    wanted = {"project_id": project(client)["id"]}
    key = {"Idempotency-Key": "one"}
    first = client.post("/api/v1/runs", json=wanted, headers=key)
    again = client.post("/api/v1/runs", json=wanted, headers=key)
    other = client.post("/api/v1/runs", json=wanted, headers={"Idempotency-Key": "two"})
    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 202)
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    assert len(run_ids(client, kind="dance")) == 2
    elsewhere = {"project_id": project(client)["id"]}
    assert _code(client.post("/api/v1/runs", json=elsewhere, headers=key), 409) == "conflict"


def test_a_run_needs_a_whole_project(client: TestClient) -> None:
    empty = client.post("/api/v1/projects", json={"consent": True}).json()["id"]
    assert _code(client.post("/api/v1/runs", json={"project_id": empty}), 409) == "not_ready"
    silent = project(client, consent=False)["id"]
    assert _code(client.post("/api/v1/runs", json={"project_id": silent}), 409) == "consent_missing"


def test_a_run_is_stopped_and_tried_again(client: TestClient) -> None:
    wanted = project(client)
    run = client.post("/api/v1/runs", json={"project_id": wanted["id"]}).json()["id"]
    stopped = client.post(f"/api/v1/runs/{run}/cancel")
    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")
    assert client.get(f"/api/v1/projects/{wanted['id']}").json()["status"] == "cancelled"
    again = client.post(f"/api/v1/runs/{run}/retry").json()
    assert (again["retried_from"], again["state"]) == (run, "queued")
    assert _code(client.post(f"/api/v1/runs/{again['id']}/retry"), 409) == "conflict"


def _sse(text: str) -> list[tuple[int | None, str, dict[str, Any]]]:
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            found.append((int(lines["id"]) if "id" in lines else None, lines["event"], json.loads(lines["data"])))
    return found


def test_events_are_resumed_where_a_client_left_off(client: TestClient, tmp_path: Path) -> None:
    run = client.post("/api/v1/runs", json={"project_id": project(client)["id"]}).json()["id"]
    with client.app.state.context.database.writing() as session:  # type: ignore[attr-defined]
        for i in range(4):
            events.append(session, run, "log", {"message": str(i)})
    file = tmp_path / "video.mp4"
    file.write_bytes(b"video")
    finish(client, run, file)
    whole = client.get(f"/api/v1/runs/{run}/events")
    assert whole.headers["content-type"].startswith("text/event-stream")
    told = _sse(whole.text)
    assert [number for number, _, _ in told[:-1]] == list(range(1, 8))
    assert told[-1] == (None, "close", {})
    assert told[-2][2]["state"] == "succeeded"
    rest = _sse(client.get(f"/api/v1/runs/{run}/events", headers={"Last-Event-ID": "5"}).text)
    assert rest == told[5:]
    assert _code(client.get(f"/api/v1/runs/{'0' * 26}/events"), 404) == "not_found"


def test_a_run_elsewhere_tells_with_its_own_token(client: TestClient) -> None:
    import hashlib

    run = client.post("/api/v1/runs", json={"project_id": project(client)["id"]}).json()["id"]
    where = f"/api/v1/runs/{run}/events"
    told = {"kind": "log", "data": {"message": "hello"}}
    assert _code(client.post(where, json=told), 401) == "not_authenticated"
    assert _code(client.post(where, json=told, headers={"Authorization": "Bearer wrong"}), 404) == "not_found"
    with client.app.state.context.database.writing() as session:  # type: ignore[attr-defined]
        session.get_one(Run, run).event_token = hashlib.sha256(b"token").hexdigest()
    right = {"Authorization": "Bearer token"}
    assert client.post(where, json=told, headers=right).json() == {"sequence": 2}
    assert _code(client.post(where, json={"kind": "progress", "data": {}}, headers=right), 400) == "invalid_request"


def test_a_batch_makes_a_run_for_every_photo(client: TestClient) -> None:
    photos = [upload(client, picture(seed=i)).json()["id"] for i in range(3)]
    reference = client.post("/api/v1/references/built-in", json={"name": "disco"}).json()["id"]
    wanted = {"photo_ids": photos, "reference_ids": [reference], "consent": True, "title": "All", "quality": "draft"}
    key = {"Idempotency-Key": "batch"}
    made = client.post("/api/v1/batches", json=wanted, headers=key)
    assert (made.status_code, made.json()["runs"]) == (202, {"queued": 3})
    again = client.post("/api/v1/batches", json=wanted, headers=key)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert len(run_ids(client, batch_id=made.json()["id"])) == 3
    assert client.post(f"/api/v1/batches/{made.json()['id']}/cancel").json()["runs"] == {"cancelled": 3}
    both = {**wanted, "reference_ids": [reference, "0" * 26]}
    assert _code(client.post("/api/v1/batches", json=both), 400) == "invalid_request"
    silent = {**wanted, "consent": False}
    assert _code(client.post("/api/v1/batches", json=silent), 409) == "consent_missing"
    assert len(client.get("/api/v1/projects").json()["items"]) == 3, "a batch that is refused makes nothing"


def test_parts_of_a_file(client: TestClient, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1200
    file = tmp_path / "video.mp4"
    file.write_bytes(content)
    run = client.post("/api/v1/runs", json={"project_id": project(client)["id"]}).json()["id"]
    where = f"/api/v1/artifacts/{finish(client, run, file)}"
    whole = client.get(where)
    assert whole.content == content
    etag = whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"].startswith("inline;")
    saved = client.get(where, params={"download": "true"}).headers["content-disposition"]
    assert saved.startswith("attachment;")
    assert "filename*=UTF-8''T%C3%A4nzer%20%221%22.mp4" in saved
    for wanted, first, last in (("0-9", 0, 10), ("300000-", 300_000, None), ("-5", -5, None), ("5-99999999", 5, None)):
        part = client.get(where, headers={"Range": f"bytes={wanted}"})
        assert part.status_code == 206
        assert part.content == content[first:last]
        start = first % len(content)
        assert part.headers["content-range"] == f"bytes {start}-{start + len(part.content) - 1}/{len(content)}"
    beyond = client.get(where, headers={"Range": f"bytes={len(content)}-"})
    assert _code(beyond, 416) == "range_unsatisfiable"
    assert beyond.headers["content-range"] == f"bytes */{len(content)}"
    assert client.get(where, headers={"Range": "bytes=0-9", "If-Range": etag}).status_code == 206
    assert client.get(where, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200
    assert client.get(where, headers={"If-None-Match": etag}).status_code == 304
    head = client.head(where, headers={"Range": "bytes=10-19"})
    assert (head.status_code, head.headers["content-length"], head.content) == (206, "10", b"")
    assert client.head(where).headers["content-length"] == str(len(content))
    assert _code(client.get(f"/api/v1/artifacts/{'0' * 26}"), 404) == "not_found"
    assert client.get(f"{where}/details").json()["bytes"] == len(content)


def test_a_link_opens_one_video_until_it_expires(client: TestClient, tmp_path: Path) -> None:
    made = project(client, title="Anna")
    where = f"/api/v1/projects/{made['id']}/shares"
    assert _code(client.post(where, json={}), 409) == "not_ready"
    file = tmp_path / "video.mp4"
    file.write_bytes(b"0123456789")
    finish(client, client.post("/api/v1/runs", json={"project_id": made["id"]}).json()["id"], file)
    share = client.post(where, json={"seconds": 3600}).json()
    assert client.get(f"/api/v1/shares/{share['token']}").json()["title"] == "Anna"
    part = client.get(share["video"], headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    altered = share["token"][:-2] + ("AA" if share["token"][-2:] != "AA" else "BB")
    assert _code(client.get(f"/api/v1/shares/{altered}/video"), 410) == "link_expired"
    context = client.app.state.context  # type: ignore[attr-defined]
    old = shares._signer(context.secret).dumps([made["id"], time.time() - 1])
    assert _code(client.get(f"/api/v1/shares/{old}"), 410) == "link_expired"
    client.delete(f"/api/v1/projects/{made['id']}")
    assert _code(client.get(share["video"]), 404) == "not_found"


def test_deleting_a_project_deletes_its_files_and_nothing_else(client: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(b"video")
    one, two = project(client, seed=1), project(client, seed=1)
    three = project(client, seed=2)
    for made in (one, two, three):
        finish(client, client.post("/api/v1/runs", json={"project_id": made["id"]}).json()["id"], file)
    before = _keys(client)
    assert len(before) == 5  # two photos, three videos
    assert client.delete(f"/api/v1/projects/{one['id']}").status_code == 204
    assert len(_keys(client)) == 4, "the photo belongs to another project, too"
    assert client.delete(f"/api/v1/projects/{two['id']}").status_code == 204
    left = _keys(client)
    assert len(left) == 2
    assert set(left) < set(before)
    assert client.get(f"/api/v1/photos/{three['photo_id']}").status_code == 200
    assert _code(client.get(f"/api/v1/photos/{two['photo_id']}"), 404) == "not_found"


def test_retention_deletes_what_is_old_and_what_nobody_names(client: TestClient, tmp_path: Path) -> None:
    context = client.app.state.context  # type: ignore[attr-defined]
    old, new = project(client, seed=1), project(client, seed=2)
    for run in run_ids(client):
        client.post(f"/api/v1/runs/{run}/cancel")
    with context.database.writing() as session:
        session.get_one(Project, old["id"]).updated = time.time() - 10 * 86_400
    file = tmp_path / "lost.bin"
    file.write_bytes(b"lost")
    store(context.storage, file, "video", "local")
    assert sweep(context.database, context.storage, context.uploads, 0)["projects"] == 0
    gone = sweep(context.database, context.storage, context.uploads, 7)
    assert (gone["projects"], gone["files"]) == (1, 0), "a file without a row may be one that arrives just now"
    assert _code(client.get(f"/api/v1/projects/{old['id']}"), 404) == "not_found"
    assert client.get(f"/api/v1/projects/{new['id']}").status_code == 200
    later = sweep(context.database, context.storage, context.uploads, 0, now=time.time() + 2 * 86_400)
    assert later["files"] == 1
    with context.database.reading() as session:
        assert len(_keys(client)) == session.scalar(select(func.count()).select_from(Artifact))


def test_strangers_find_nothing(client: TestClient) -> None:
    """Every route that names an object answers 404 for an owner's object that another asks for."""
    made = project(client)
    run = client.post("/api/v1/runs", json={"project_id": made["id"]}).json()["id"]
    artifact = client.get(f"/api/v1/photos/{made['photo_id']}").json()["artifact_id"]
    names = {
        "projects": made["id"], "photos": made["photo_id"], "references": made["reference_id"], "runs": run,
        "artifacts": artifact, "batches": "0" * 26,
    }  # fmt: skip
    context = client.app.state.context  # type: ignore[attr-defined]
    with context.database.writing() as session:
        from sqlalchemy import update

        from serving.orchestrator.database import Photo, Reference

        for table in (Project, Photo, Reference, Run, Artifact):
            session.execute(update(table).values(owner="somebody else"))
    walked = 0
    for path, operations in client.get("/api/v1/openapi.json").json()["paths"].items():
        room = path.split("/")[3]
        if "{name}" not in path or room not in names:
            continue
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            sent = {} if body is None else {"json": {"kind": "log"} if path.endswith("/events") else {}}
            token = {"Authorization": "Bearer x"}
            answer = client.request(method, path.replace("{name}", names[room]), headers=token, **sent)
            assert answer.status_code == 404, (method, path, answer.text)
            walked += 1
    assert walked >= 20


def test_similar_choreographies(client: TestClient) -> None:
    import numpy as np

    from serving.orchestrator.analysis.embedding import WIDTH, to_bytes
    from serving.orchestrator.database import Reference

    names = ("groove", "disco", "salsa", "house")
    made = [client.post("/api/v1/references/built-in", json={"name": n}).json()["id"] for n in names]
    where = f"/api/v1/references/{made[0]}/similar"
    assert _code(client.get(where), 409) == "not_ready"
    axes = np.eye(6, WIDTH, dtype=np.float32)
    parts = {
        "groove": axes[[0, 1]],
        "disco": axes[[2]],
        "salsa": np.stack([0.8 * axes[0] + 0.6 * axes[2], axes[1], axes[5]]),
        "house": axes[[0]],  # a part of the first
    }
    with client.app.state.context.database.writing() as session:  # type: ignore[attr-defined]
        for name, reference in zip(names, made, strict=True):
            session.get_one(Reference, reference).embedding = to_bytes(parts[name])
    found = client.get(where).json()
    assert [f["reference"]["id"] for f in found] == [made[3], made[2], made[1]]
    assert [f["similarity"] for f in found] == pytest.approx([1.0, 0.9, 0.0], abs=1e-4)
    assert [f["reference"]["id"] for f in client.get(where, params={"limit": 1}).json()] == [made[3]]
    back = client.get(f"/api/v1/references/{made[2]}/similar").json()
    assert [f["similarity"] for f in back] == pytest.approx([0.9, 0.8, 0.6], abs=1e-4)


def test_health_and_figures(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    parts = client.get("/readyz").json()["parts"]
    assert (parts["database"], parts["storage"], parts["worker"]) == ("ok", "ok", "none was seen")
    project(client)
    figures = client.get("/metrics").text
    assert 'troupe_runs{kind="photo",state="queued"} 1.0' in figures
    assert "troupe_queue_depth 2.0" in figures
    assert 'route="/api/v1/photos"' in figures


def test_every_route_says_what_it_does(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    operations = [o for path in described["paths"].values() for o in path.values()]
    assert len(operations) == sum(len(r.methods) for router in ROUTERS for r in router.routes)  # type: ignore
    names = [o["operationId"] for o in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["summary"], operation["operationId"]
        assert re.fullmatch(r"[a-z_]+", operation["operationId"])
        assert operation["tags"]
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            assert status < "400" or kinds == {"application/problem+json"}, (operation["operationId"], status)
