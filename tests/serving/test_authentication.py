"""Who may ask: tokens and their scopes, logins of the page, rates, other sites, other names."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete

from components.core.errors import TroupeError
from serving.orchestrator.authentication import check
from serving.orchestrator.authentication.keyring import REMEMBERED
from serving.orchestrator.authentication.rate import Rate
from serving.orchestrator.database import ApiToken, Database
from serving.orchestrator.services import tokens
from serving.orchestrator.settings import OrchestratorSettings
from tests.command import troupe
from tests.serving.api_samples import asking
from tests.serving.login_samples import FROM_HERE, bearer, context, guarded, token

ACCOUNT = "/api/v1/account"


@pytest.fixture(scope="module")
def of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server that wants tokens; its client follows no redirect."""
    with asking(guarded(tmp_path_factory.mktemp("guarded"))) as client:
        client.follow_redirects = False
        yield client


@pytest.fixture
def server(of_all: TestClient) -> TestClient:
    """The same, with nobody logged in and no token known."""
    of_all.cookies.clear()
    with context(of_all).database.writing() as session:
        session.execute(delete(ApiToken))
    return of_all


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server on loopback without login."""
    with asking(OrchestratorSettings(data=tmp_path_factory.mktemp("open"), runs=0)) as client:
        yield client


OIDC = {
    "authentication": "oidc", "oidc_issuer": "https://id.example.org", "oidc_client_id": "troupe",
    "oidc_client_secret": "secret",
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({"host": "0.0.0.0"}, "TROUPE_HOST"),
        ({"host": "::"}, "TROUPE_HOST"),
        ({"host": "10.0.0.7"}, "TROUPE_HOST"),
        ({"host": "troupe.example.org"}, "TROUPE_HOST"),
        ({"public_url": "https://troupe.example.org"}, "TROUPE_PUBLIC_URL"),
        ({"public_url": "troupe.example.org", "authentication": "tokens"}, "TROUPE_PUBLIC_URL"),
        ({"authentication": "oidc", "oidc_issuer": "https://id.example.org"}, "TROUPE_OIDC_CLIENT_ID"),
        ({**OIDC, "oidc_issuer": "http://id.example.org"}, "TROUPE_OIDC_ISSUER"),
        ({**OIDC, "oidc_client_secret": ""}, "TROUPE_OIDC_CLIENT_SECRET"),
        ({**OIDC, "host": "0.0.0.0"}, "TROUPE_PUBLIC_URL"),
    ],
)  # fmt: skip
def test_unsafe_addresses_are_refused(given: dict[str, str], setting: str) -> None:
    with pytest.raises(TroupeError) as refusal:
        check(OrchestratorSettings(**given))  # type: ignore[arg-type]
    assert refusal.value.code == "invalid_setting"
    assert refusal.value.values["setting"] == setting
    assert setting in refusal.value.message


@pytest.mark.parametrize(
    "given",
    [
        {},
        OIDC,
        {"host": "::1"},
        {"host": "localhost"},
        {"host": "127.3.2.1"},
        {"host": "::", "authentication": "tokens"},
    ],
)  # fmt: skip
def test_safe_addresses_are_not(given: dict[str, str]) -> None:
    check(OrchestratorSettings(**given))  # type: ignore[arg-type]


def test_the_command_refuses_to_serve_strangers(tmp_path: Path) -> None:
    refused = troupe("serve", "--host", "0.0.0.0", "--port", "0", cache=tmp_path, env={"TROUPE_DATA": str(tmp_path)})
    assert refused.code == 1
    assert "TROUPE_AUTHENTICATION" in refused.err and refused.err.strip().endswith("[invalid_setting]")
    assert not (tmp_path / "troupe.db").exists()


def test_a_token_opens_and_only_its_hash_is_kept(server: TestClient) -> None:
    secret = token(server)
    answer = server.get(ACCOUNT, headers=bearer(secret))
    assert answer.status_code == 200
    assert (answer.json()["owner"], answer.json()["scopes"]) == ("anna", ["read", "write"])
    for headers in ({}, bearer(secret[:-1]), bearer("troupe_"), bearer(""), {"Authorization": f"Basic {secret}"}):
        refused = server.get(ACCOUNT, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
        assert refused.headers["www-authenticate"] == "Bearer"
    kept = b"".join(f.read_bytes() for f in context(server).settings.data.glob("troupe.db*"))
    assert secret.encode() not in kept
    assert tokens.digest(secret).encode() in kept


def test_a_revoked_token_opens_no_more_within_seconds(server: TestClient) -> None:
    secret = token(server)
    assert server.get(ACCOUNT, headers=bearer(secret)).status_code == 200
    with context(server).database.writing() as session:
        tokens.revoke(session, secret)
    time.sleep(REMEMBERED + 0.1)
    assert server.get(ACCOUNT, headers=bearer(secret)).status_code == 401


def test_a_token_ends_with_its_time(server: TestClient) -> None:
    secret = token(server, days=0.5 / 86_400)
    assert server.get(ACCOUNT, headers=bearer(secret)).status_code == 200
    time.sleep(0.6)
    assert server.get(ACCOUNT, headers=bearer(secret)).status_code == 401


def test_tokens_on_either_pair_of_database_and_storage(place: OrchestratorSettings) -> None:
    with asking(place.model_copy(update={"authentication": "tokens"})) as client:
        secret = token(client)
        assert [client.get(ACCOUNT, headers=bearer(s)).status_code for s in (secret, secret, "troupe_x")] == [
            200,
            200,
            401,
        ]
        with context(client).database.writing() as session:
            tokens.revoke(session, secret)
        time.sleep(REMEMBERED + 0.1)
        assert client.get(ACCOUNT, headers=bearer(secret)).status_code == 401
        with context(client).database.reading() as session:
            assert tokens.listing(session)[0].used is not None


def test_a_scope_permits_what_it_says(server: TestClient) -> None:
    reader, writer, admin = (token(server, "anna", scope) for scope in ("read", "write", "admin"))
    asked = {
        (name, what): server.request(method, path, headers=bearer(secret), json={}).status_code
        for name, secret in (("read", reader), ("write", writer), ("admin", admin))
        for what, method, path in (
            ("read", "GET", ACCOUNT), ("write", "POST", "/api/v1/projects"), ("admin", "GET", "/metrics"),
        )
    }  # fmt: skip
    good = {"read": 200, "write": 201, "admin": 200}
    assert asked == {(name, what): good[what] if name == what else 403 for name, what in asked}


def test_the_last_use_is_noted_without_a_write_for_every_request(server: TestClient) -> None:
    secret = token(server)

    def used() -> float | None:
        with context(server).database.reading() as session:
            return tokens.listing(session, "anna")[0].used

    before = time.time()
    server.get(ACCOUNT, headers=bearer(secret))
    for _ in range(100):
        if used() is not None:
            break
        time.sleep(0.05)
    first = used()
    assert first is not None and before <= first <= time.time()
    time.sleep(REMEMBERED + 0.1)
    server.get(ACCOUNT, headers=bearer(secret))
    time.sleep(0.3)
    assert used() == first


def test_wrong_tokens_are_not_made(server: TestClient) -> None:
    database = context(server).database
    wrong: list[dict[str, object]] = [
        {"owner": "an na"}, {"owner": ""}, {"owner": "ä"}, {"owner": "a" * 256}, {"name": ""}, {"name": "a\nb"},
        {"scopes": ["all"]}, {"scopes": []}, {"days": 0}, {"days": float("nan")},
    ]  # fmt: skip
    for given in wrong:
        with pytest.raises(TroupeError) as refusal, database.writing() as session:
            tokens.create(session, **{"owner": "anna", "name": "x", **given})  # type: ignore[arg-type]
        assert refusal.value.code == "invalid_setting", given
    with database.reading() as session:
        assert tokens.listing(session) == []


def test_tokens_are_listed_by_owner_and_revoked_by_id_or_by_themselves(database: Database) -> None:
    with database.writing() as session:
        first, _ = tokens.create(session, "anna", "one")
        second, secret = tokens.create(session, "ben", "two", ("read",), 3)
    with database.writing() as session:
        assert [t.id for t in tokens.listing(session)] == [second.id, first.id]
        assert [t.id for t in tokens.listing(session, "ben")] == [second.id]
        assert tokens.revoke(session, first.id).revoked is not None
        assert tokens.revoke(session, secret).id == second.id
        when = session.get_one(ApiToken, first.id).revoked
        assert tokens.revoke(session, first.id).revoked == when
        with pytest.raises(TroupeError) as refusal:
            tokens.revoke(session, "01m7z8sexps3123h0sfkdhf98r")
        assert refusal.value.code == "not_found"


def test_somebody_logs_in_with_a_token_and_out(server: TestClient) -> None:
    sent = server.get("/gallery?before=01m7z8sexps3123h0sfkdhf98r", headers={"Accept": "text/html"})
    assert sent.status_code == 303
    assert sent.headers["location"] == "/login?next=%2Fgallery%3Fbefore%3D01m7z8sexps3123h0sfkdhf98r"
    form = server.get(sent.headers["location"])
    assert 'name="next" value="/gallery?before=01m7z8sexps3123h0sfkdhf98r"' in form.text
    wrong = server.post("/login", data={"token": "troupe_wrong", "next": "/gallery"}, headers=FROM_HERE)
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    right = server.post("/login", data={"token": token(server, "anna", "read"), "next": "/gallery"}, headers=FROM_HERE)
    assert (right.status_code, right.headers["location"]) == (303, "/gallery")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    assert server.get("/gallery", headers={"Accept": "text/html"}).status_code == 200
    assert server.get(ACCOUNT).json()["owner"] == "anna"
    home = {"Origin": "http://127.0.0.1:8000"}
    assert server.post("/projects", headers=home).status_code == 403  # the token may only read
    out = server.post("/logout", headers=home)
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert server.get("/gallery", headers={"Accept": "text/html"}).status_code == 303
    assert server.get(ACCOUNT).status_code == 401


def test_a_revoked_token_ends_its_logins_and_an_altered_cookie_is_none(server: TestClient) -> None:
    secret = token(server)
    server.post("/login", data={"token": secret}, headers=FROM_HERE)
    assert server.get(ACCOUNT).status_code == 200
    name, value = next(iter(server.cookies.items()))
    with context(server).database.writing() as session:
        tokens.revoke(session, secret)
    time.sleep(REMEMBERED + 0.1)
    assert server.get(ACCOUNT).status_code == 401
    server.cookies.clear()
    for wrong in (value[:-1], "x" + value, "a.b.c", "é"):
        assert server.get(ACCOUNT, headers={b"Cookie": f"{name}={wrong}".encode()}).status_code == 401


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\\b", "/a\r\nX: y", "javascript:1", ""]
)
def test_a_login_goes_on_nowhere_else(server: TestClient, target: str) -> None:
    answer = server.post("/login", data={"token": token(server), "next": target}, headers=FROM_HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_https_makes_the_cookie_secure_and_stays(tmp_path: Path) -> None:
    settings = guarded(tmp_path, public_url="https://troupe.example.org")
    with asking(settings) as client:
        client.follow_redirects = False
        given = client.post("/login", data={"token": token(client)}, headers=FROM_HERE)
        assert given.headers["set-cookie"].startswith("__Host-troupe=")
        assert "; secure" in given.headers["set-cookie"].lower()
        assert given.headers["strict-transport-security"].startswith("max-age=")
        for host, status in (("troupe.example.org", 401), ("evil.example", 403)):
            assert client.get(ACCOUNT, headers={"Host": host}).status_code == status
        program = client.get(ACCOUNT, headers={"Host": "10.1.2.3:8000", **bearer(token(client))})
        assert program.status_code == 200


@pytest.mark.parametrize("path", ["/", ACCOUNT, "/static/troupe.css", "/livez", "/nothing", "/share/x"])
def test_every_answer_forbids_what_is_not_needed(open_server: TestClient, path: str) -> None:
    headers = open_server.get(path).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers
    assert "strict-transport-security" not in headers


OWN, OTHER = "http://127.0.0.1:8000", "https://evil.example"


@pytest.mark.parametrize("path", ["/projects", "/logout"])
def test_a_form_says_where_it_was_sent_from(open_server: TestClient, path: str) -> None:
    """Without login, too: any page could have sent it. Programs, which say nothing, have the API."""
    for headers in ({}, {"Origin": "null"}, {"Origin": OTHER}, {"Sec-Fetch-Site": "cross-site"}):
        refused = open_server.post(path, headers=headers)
        assert refused.status_code == 403 and "sent from another site" in refused.text
    for headers in ({"Origin": OWN}, FROM_HERE):
        assert open_server.post(path, headers=headers, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),  # a program on this machine
        ({"Origin": OWN}, 201),
        ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": OTHER}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": OTHER, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),  # rebinding
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "2130706433"}, 403),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 201),
        ({"Host": "[::1]:8000", "Origin": "http://[::1]:8000"}, 201),
        ({"Host": "LOCALHOST."}, 201),
    ],
)
def test_without_login_other_sites_write_nothing(open_server: TestClient, headers: dict[str, str], status: int) -> None:
    def made() -> int:
        return len(open_server.get("/api/v1/projects").json()["items"])

    before = made()
    assert open_server.post("/api/v1/projects", json={}, headers=headers).status_code == status
    assert made() - before == (status == 201)


def test_a_login_is_not_used_by_other_sites(server: TestClient) -> None:
    server.post("/login", data={"token": token(server)}, headers=FROM_HERE)

    def begin(headers: dict[str, str]) -> int:
        return server.post("/projects", headers=headers).status_code

    assert begin({"Origin": OWN}) == 303
    assert begin({"Sec-Fetch-Site": "same-origin"}) == 303
    for headers in ({}, {"Origin": OTHER}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site", "Origin": OWN}):
        assert begin(headers) == 403


def test_scripts_of_other_sites_may_ask_only_where_they_are_named(tmp_path: Path) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    with asking(guarded(tmp_path, cors_origins=("https://studio.example",))) as client:
        for origin, status in (("https://studio.example", 200), (OTHER, 400)):
            first = client.options("/api/v1/projects", headers={"Origin": origin, **asked})
            assert first.status_code == status
        good = client.post(
            "/api/v1/projects", json={}, headers={"Origin": "https://studio.example", **bearer(token(client))}
        )
        assert good.status_code == 201
        assert good.headers["access-control-allow-origin"] == "https://studio.example"
        assert "access-control-allow-credentials" not in good.headers
        refused = client.get(ACCOUNT, headers={"Origin": "https://studio.example"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://studio.example"
    with asking(guarded(tmp_path / "closed")) as client:
        closed = client.options("/api/v1/projects", headers={"Origin": OTHER, **asked})
        assert "access-control-allow-origin" not in closed.headers


def test_an_owner_who_asks_too_fast_is_told_when_to_ask_again(tmp_path: Path) -> None:
    with asking(guarded(tmp_path, rate_per_minute=20)) as client:
        anna, ben = token(client, "anna"), token(client, "ben")
        again = token(client, "anna")
        assert [client.get(ACCOUNT, headers=bearer(anna)).status_code for _ in range(20)] == [200] * 20
        refused = client.get(ACCOUNT, headers=bearer(again))  # another token, the same owner
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 3
        assert client.get(ACCOUNT, headers=bearer(ben)).status_code == 200
        assert client.get("/livez").status_code == 200
        assert client.get("/static/troupe.css", headers=bearer(anna)).status_code == 200


def test_guesses_are_counted_by_the_address_that_they_come_from(tmp_path: Path) -> None:
    with asking(guarded(tmp_path, rate_per_minute=10)) as client:
        known = token(client)
        guessed = [client.get(ACCOUNT, headers=bearer(f"troupe_{n}")).status_code for n in range(11)]
        assert guessed == [401] * 10 + [429]
        assert client.get("/share/x").status_code == 429
        assert client.get(ACCOUNT, headers=bearer(known)).status_code == 429
    with asking(guarded(tmp_path / "links", rate_per_minute=10)) as client:
        assert [client.get(f"/api/v1/shares/{n}").status_code for n in range(11)] == [410] * 10 + [429]


def test_addresses_come_from_trusted_proxies_alone(tmp_path: Path) -> None:
    def guess(client: TestClient, count: int, network: str = "203.0.113.") -> list[int]:
        return [
            client.get(ACCOUNT, headers={"X-Forwarded-For": f"{network}{n}", **bearer("troupe_x")}).status_code
            for n in range(count)
        ]

    with asking(guarded(tmp_path / "none", rate_per_minute=5)) as client:
        assert guess(client, 6) == [401] * 5 + [429]
    with asking(guarded(tmp_path / "all", rate_per_minute=5, trusted_proxies=("*",))) as client:
        assert guess(client, 6) == [401] * 6
        assert guess(client, 6, "2001:db8::") == [401] * 5 + [429]  # one subscriber's network


def test_a_bucket_holds_a_minutes_worth_and_fills_steadily() -> None:
    now = 0.0
    rate = Rate(60, lambda: now)
    for _ in range(60):
        rate.take("anna")
    with pytest.raises(TroupeError) as refusal:
        rate.take("anna")
    assert refusal.value.values["seconds"] == 1
    rate.take("ben")
    now = 2.5
    rate.take("anna")
    rate.take("anna")
    with pytest.raises(TroupeError):
        rate.check("anna")
    now = 1e6
    for _ in range(60):
        rate.take("anna")
    with pytest.raises(TroupeError):
        rate.take("anna")
    for _ in range(1000):
        Rate(0).take("anna")


def test_a_body_that_is_read_whole_has_a_limit(open_server: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 65_536

    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        answer = open_server.post("/api/v1/projects", content=endless(), headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
