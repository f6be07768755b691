"""Logging in to the page with OpenID Connect, against a provider that speaks it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from serving.orchestrator.authentication.oidc import owner_of
from tests.conftest import lacking
from tests.serving.api_samples import asking
from tests.serving.login_samples import bearer, guarded, token

ACCOUNT = "/api/v1/account"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Address of a provider that knows Anna and Ben; it insists on a nonce."""
    try:
        from oidc_provider_mock import User, run_server_in_thread  # type: ignore[import-untyped]
    except ImportError:
        lacking("oidc", "oidc-provider-mock is not installed")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    people = (
        User(sub="anna", claims={"email": "anna@example.org", "email_verified": True, "name": "Anna"}),
        User(sub="ben", claims={"email": "ben@example.org", "email_verified": False}),
        User(sub="eve", claims={"email": "eve@evil.example", "email_verified": True}),
    )
    with run_server_in_thread(require_nonce=True, user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


def site(folder: Path, issuer: str, **given: Any) -> Any:
    """A server whose page is logged in to at the provider."""
    login = {"oidc_issuer": issuer, "oidc_client_id": "troupe", "oidc_client_secret": "secret"}
    return asking(guarded(folder, authentication="oidc", **login, **given))


def begin(client: TestClient, target: str = "/gallery") -> str:
    """Address at the provider to which a browser is sent."""
    answer = client.get("/login/start", params={"next": target}, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def agree(address: str, who: str | None) -> str:
    """Log in there, or refuse to; the address to which the browser is sent back, without the server's name."""
    sent = httpx.post(address, data={"sub": who} if who else {"action": "deny"}, follow_redirects=False)
    assert sent.status_code in (302, 303), sent.text
    back = urlsplit(sent.headers["location"])
    return f"{back.path}?{back.query}"


def test_somebody_logs_in_and_out(tmp_path: Path, issuer: str) -> None:
    with site(tmp_path, issuer) as client:
        client.follow_redirects = False
        assert "Continue with your account" in client.get("/login?next=/gallery").text
        address = begin(client)
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == "http://127.0.0.1:8000/login/return"
        assert len(asked["state"]) > 20 and len(asked["nonce"]) > 15 and len(asked["code_challenge"]) > 40
        back = client.get(agree(address, "anna"))
        assert (back.status_code, back.headers["location"]) == (303, "/gallery")
        assert "httponly" in back.headers["set-cookie"].lower()
        account = client.get(ACCOUNT).json()
        assert (account["owner"], account["label"], account["scopes"]) == ("oidc:anna", "Anna", ["read", "write"])
        assert "Anna" in client.get("/gallery").text
        assert client.get("/metrics").status_code == 403
        client.post("/logout", headers={"Origin": "http://127.0.0.1:8000"})
        assert client.get(ACCOUNT).status_code == 401
        assert client.get(ACCOUNT, headers=bearer(token(client, "anna"))).json()["owner"] == "anna"


def test_an_answer_opens_nothing_without_its_question(tmp_path: Path, issuer: str) -> None:
    with site(tmp_path, issuer) as client:
        client.follow_redirects = False
        back = agree(begin(client), "anna")
        client.cookies.clear()  # another browser, to which somebody sent the address (login CSRF)
        assert client.get(back).status_code == 401
        begin(client)  # a browser that asked something else
        assert client.get(back).status_code == 401
        mine = agree(begin(client), "anna")
        altered = mine.replace("state=", "state=x")
        assert client.get(altered).status_code == 401
        assert client.get("/login/return").status_code == 401
        assert client.get("/login/return?code=x&state=y").status_code == 401
        assert client.get(ACCOUNT).status_code == 401


def test_an_answer_is_used_once(tmp_path: Path, issuer: str) -> None:
    with site(tmp_path, issuer) as client:
        client.follow_redirects = False
        back = agree(begin(client), "anna")
        assert client.get(back).status_code == 303
        client.post("/logout", headers={"Origin": "http://127.0.0.1:8000"})
        assert client.get(back).status_code == 401
        assert client.get(ACCOUNT).status_code == 401


def test_who_refuses_there_is_not_logged_in_here(tmp_path: Path, issuer: str) -> None:
    with site(tmp_path, issuer) as client:
        client.follow_redirects = False
        refused = client.get(agree(begin(client), None), headers={"Accept": "text/html"})
        assert refused.status_code == 401
        assert "try again" in refused.text
        assert client.get(ACCOUNT).status_code == 401


@pytest.mark.parametrize(
    ("who", "status"), [("anna", 303), ("ben", 403), ("eve", 403), ("nobody", 403)]
)  # ben's address is not confirmed, eve's is elsewhere, nobody has none
def test_only_those_who_are_named_are_let_in(tmp_path: Path, issuer: str, who: str, status: int) -> None:
    with site(tmp_path, issuer, oidc_allowed=("@example.org",)) as client:
        client.follow_redirects = False
        assert client.get(agree(begin(client), who)).status_code == status
        assert client.get(ACCOUNT).status_code == (200 if status == 303 else 401)


def test_a_provider_that_does_not_answer(tmp_path: Path) -> None:
    with site(tmp_path, "http://127.0.0.1:9") as client:
        answer = client.get("/login/start", headers={"Accept": "text/html"}, follow_redirects=False)
        assert answer.status_code == 503
        assert "does not answer" in answer.text


def test_owners_of_a_provider_are_never_others() -> None:
    assert owner_of("anna") == "oidc:anna"
    long = {owner_of("x" * 300), owner_of("x" * 301), owner_of("ä"), owner_of("a b")}
    assert len(long) == 4 and all(len(name) == 69 for name in long)
