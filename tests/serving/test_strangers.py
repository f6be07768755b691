"""Every route of the application, also one that is added tomorrow, is closed to strangers and to other owners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import select
from starlette.routing import Mount

from serving.orchestrator.application import create_app
from serving.orchestrator.database import Base, Run
from serving.orchestrator.settings import OrchestratorSettings
from tests.serving.api_samples import asking, finish, picture, project
from tests.serving.login_samples import FROM_HERE, bearer, context, guarded, token

PUBLIC = {
    ("GET", "/livez"), ("GET", "/readyz"), ("GET", "/login"), ("POST", "/login"), ("POST", "/logout"),
    ("GET", "/share/{token}"), ("GET", "/api/v1/shares/{token}"), ("GET", "/api/v1/shares/{token}/video"),
}  # fmt: skip
"""What everybody may ask for; a link opens with its token alone."""
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", "/api/v1/projects/{name}/background"): {"files": {"file": ("a.png", picture())}},
    ("POST", "/api/v1/runs/{name}/events"): {"json": {"kind": "log", "data": {"message": "from a stranger"}}},
}
"""What a route has to be sent to get as far as asking whose the object is, where an empty object does not do."""


@dataclass
class World:
    """A server on which Anna has one of everything.

    Attributes:
        client: follows no redirect and says nothing about who asks.
        anna, ben: their tokens.
        names: identifiers of what Anna has, by the first part of an address.
    """

    client: TestClient
    anna: str
    ben: str
    names: dict[str, str]

    def address(self, path: str) -> str:
        """The address of what Anna has on a route."""
        kind = path.removeprefix("/api/v1").split("/")[1]
        filled = path.replace("{part}", "run").replace("{token}", "nothing")
        return re.sub(r"\{[a-z_]+\}", self.names.get(kind, "none"), filled)

    def ask(self, method: str, path: str, secret: str = "") -> Any:
        """Ask a route for what Anna has."""
        page = not path.startswith("/api/")
        empty: dict[str, Any] = {"data" if page else "json": {}} if method in ("POST", "PUT", "PATCH") else {}
        sent: dict[str, Any] = BODIES.get((method, path), empty)
        if path.endswith("/events") and method == "POST":
            secret = secret or "troupe_none"
        return self.client.request(
            method, self.address(path), headers=bearer(secret) if secret else FROM_HERE,
            params={"run": self.names["runs"]} if "{part}" in path else None, **sent,
        )  # fmt: skip

    def rows(self) -> dict[str, list[Any]]:
        """Everything that Anna has in the database."""
        found = {}
        with context(self.client).database.reading() as session:
            for table in Base.metadata.sorted_tables:
                query = select(table).order_by(*table.primary_key.columns)
                if "owner" in table.c:
                    query = query.where(table.c.owner == "anna")
                elif "run_id" in table.c:
                    query = query.where(table.c.run_id.in_(select(Run.id).where(Run.owner == "anna")))
                if table.name not in ("api_tokens", "workers"):
                    found[table.name] = [tuple(row) for row in session.execute(query)]
        return found


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route of an application."""
    found: set[tuple[str, str]] = set()
    for route in iter_route_contexts(app.routes):
        methods = getattr(route, "methods", None)
        if not methods:
            assert isinstance(route.original_route, Mount) and route.path == "/static", route.path
        found.update((method, str(route.path)) for method in methods or ())
    return sorted(found)


ROUTES = routes(create_app(OrchestratorSettings(data="/tmp/troupe-test-strangers", runs=0)))
OF_SOMETHING = [(method, path) for method, path in ROUTES if "{" in path and "{token}" not in path]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """See World."""
    folder = tmp_path_factory.mktemp("world")
    with asking(guarded(folder, rate_per_minute=0)) as client:
        client.follow_redirects = False
        anna = token(client, "anna")
        client.headers.update(bearer(anna))
        made = project(client)
        pair = {"photo_ids": [made["photo_id"]], "reference_ids": [made["reference_id"]], "consent": True}
        batch = client.post("/api/v1/batches", json=pair).json()["id"]
        run = client.post("/api/v1/runs", json={"project_id": made["id"]}).json()["id"]
        file = folder / "video.mp4"
        file.write_bytes(b"not much of a video")
        names = {
            "projects": made["id"], "photos": made["photo_id"], "references": made["reference_id"], "runs": run,
            "batches": batch, "artifacts": finish(client, run, file),
        }  # fmt: skip
        del client.headers["Authorization"]
        yield World(client, anna, token(client, "ben"), names)


def test_the_walk_finds_the_routes() -> None:
    assert len(ROUTES) > 60
    assert ("GET", "/api/v1/runs/{name}") in ROUTES
    assert ("POST", "/projects/{project_id}/delete") in ROUTES
    assert set(ROUTES) >= PUBLIC


def test_anna_reaches_what_is_hers(world: World) -> None:
    read = [(m, p) for m, p in OF_SOMETHING if m in ("GET", "HEAD") and not p.endswith("/events") and "live" not in p]
    found = {(method, path): world.ask(method, path, world.anna).status_code for method, path in read}
    assert found.pop(("GET", "/api/v1/references/{name}/similar")) == 409  # nobody has looked at it yet
    wrong = {where: status for where, status in found.items() if status not in (200, 303)}
    assert not wrong


def test_a_stranger_reaches_nothing(world: World) -> None:
    before = world.rows()
    for method, path in ROUTES:
        if (method, path) in PUBLIC:
            continue
        answer = world.ask(method, path)
        expected = (401, 404) if (method, path) == ("POST", "/api/v1/runs/{name}/events") else (401,)
        assert answer.status_code in expected, (method, path)
        assert not any(name in answer.text for name in world.names.values() if name not in str(answer.url))
    assert world.client.get("/share/nothing").status_code == 410
    assert world.client.get("/api/v1/nothing").status_code == 401
    assert world.client.request("DELETE", "/static/troupe.css", headers=FROM_HERE).status_code == 401
    assert world.client.request("TRACE", "/api/v1/projects").status_code == 401
    assert world.rows() == before


def test_another_owner_reaches_nothing_of_hers(world: World) -> None:
    before = world.rows()
    for method, path in OF_SOMETHING:
        answer = world.ask(method, path, world.ben)
        assert answer.status_code in (403, 404), (method, path, answer.status_code, answer.text[:300])
    for method, path in ROUTES:
        if "{" in path or (method, path) in PUBLIC:
            continue
        answer = world.ask(method, path, world.ben)
        assert answer.status_code < 500, (method, path)
        assert not any(name in answer.text for name in world.names.values()), (method, path)
    assert world.rows() == before


def test_unknown_and_foreign_ids_are_answered_alike(world: World) -> None:
    for method, path in OF_SOMETHING:
        if method == "HEAD":
            continue
        known = world.ask(method, path, world.ben)
        other = World(world.client, world.anna, world.ben, dict.fromkeys(world.names, "0" * 26))
        unknown = other.ask(method, path, world.ben)
        name = world.names[path.removeprefix("/api/v1").split("/")[1]]
        assert known.status_code == unknown.status_code, (method, path)
        assert known.text.replace(name, "0" * 26).replace(world.names["runs"], "0" * 26) == unknown.text, (method, path)


def test_another_owner_uses_nothing_of_hers(world: World) -> None:
    client, names = world.client, world.names
    background = upload_background(world)
    before = world.rows()
    head = bearer(world.ben)
    own = client.post("/api/v1/projects", json={}, headers=head).json()["id"]
    photo = client.post("/api/v1/photos", files={"file": ("b.png", picture(seed=7))}, headers=head).json()["id"]
    tried: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/v1/projects", {"photo_id": names["photos"]}),
        ("POST", "/api/v1/projects", {"reference_id": names["references"]}),
        ("PATCH", f"/api/v1/projects/{own}", {"photo_id": names["photos"]}),
        ("PATCH", f"/api/v1/projects/{own}", {"reference_id": names["references"]}),
        ("POST", "/api/v1/runs", {"project_id": names["projects"]}),
        ("POST", "/api/v1/batches", {"photo_ids": [photo], "reference_ids": [names["references"]], "consent": True}),
        ("POST", "/api/v1/batches", {"photo_ids": [names["photos"]], "reference_ids": [names["references"]]}),
    ]
    for method, path, body in tried:
        assert client.request(method, path, json=body, headers=head).status_code == 404, (path, body)
    forms = [
        (f"/projects/{own}/photo", {"photo_id": names["photos"]}),
        (f"/projects/{own}/reference", {"reference_id": names["references"]}),
        (f"/projects/{own}/reference", {"again": names["references"]}),
        (f"/projects/{own}/cancel", {"run": names["runs"]}),
        (f"/projects/{own}/retry", {"run": names["runs"]}),
    ]
    for path, form in forms:
        assert client.post(path, data=form, headers=head).status_code == 404, (path, form)
    live = client.get(f"/projects/{own}/live/run", params={"run": names["runs"]}, headers=head)
    assert live.status_code == 404
    taken = client.patch(f"/api/v1/projects/{own}", json={"background_id": background}, headers=head)
    assert taken.status_code in (400, 404)
    mine = client.get(f"/api/v1/projects/{own}", headers=head).json()
    assert (mine["photo_id"], mine["reference_id"], mine["background_id"]) == (None, None, None)
    assert world.rows() == before


def upload_background(world: World) -> str:
    """A background picture of Anna's."""
    where = f"/api/v1/projects/{world.names['projects']}/background"
    sent = world.client.put(where, files={"file": ("a.png", picture(seed=9))}, headers=bearer(world.anna))
    assert sent.status_code == 200, sent.text
    return str(sent.json()["id"])


def test_a_route_of_tomorrow_is_closed_as_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(guarded(tmp_path_factory.mktemp("tomorrow")))

    @app.get("/api/v2/everything")
    async def everything() -> str:
        return "secret"

    @app.websocket("/api/v2/socket")
    async def socket(connection: WebSocket) -> None:
        await connection.accept()

    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/v2/socket"):
            pass
        answer = client.get("/api/v2/everything")
        assert (answer.status_code, "secret" in answer.text) == (401, False)
        assert client.get("/api/v2/everything", headers=bearer(token(client))).json() == "secret"
