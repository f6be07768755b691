"""`troupe tokens` as a person types it, beside a server that uses the same database."""

from __future__ import annotations

import time
from pathlib import Path

from fastapi.testclient import TestClient

from serving.orchestrator.authentication.keyring import REMEMBERED
from serving.orchestrator.settings import OrchestratorSettings
from tests.command import Answer, troupe
from tests.serving.api_samples import asking
from tests.serving.login_samples import bearer, guarded


def _status(client: TestClient, secret: str) -> int:
    return int(client.get("/api/v1/account", headers=bearer(secret)).status_code)


def test_a_token_is_made_used_listed_and_revoked(tmp_path: Path) -> None:
    def command(*arguments: str) -> Answer:
        return troupe("tokens", *arguments, cache=tmp_path, env={"TROUPE_DATA": str(tmp_path / "data")})

    assert command("list").out == ""
    secret = command("create", "the studio", "--owner", "anna").out.strip()
    other = command("create", "figures", "--scope", "admin", "--days", "30", "--json").json
    assert secret.startswith("troupe_") and other["token"].startswith("troupe_") and other["scopes"] == ["admin"]
    with asking(guarded(tmp_path)) as client:
        assert _status(client, secret) == 200
        assert client.get("/metrics", headers=bearer(other["token"])).status_code == 200
        listed = command("list", "--json").json
        assert [(t["name"], t["owner"], t["state"]) for t in listed] == [
            ("figures", "local", "valid"), ("the studio", "anna", "valid"),
        ]  # fmt: skip
        assert secret not in command("list").out + command("list", "--json").out
        assert "the studio" in command("list", "--owner", "anna").out
        assert "figures" not in command("list", "--owner", "anna").out
        assert command("revoke", listed[1]["id"]).out == f"{listed[1]['id']} (the studio) is revoked.\n"
        time.sleep(REMEMBERED + 0.1)
        assert _status(client, secret) == 401
    assert [t["state"] for t in command("list", "--json").json] == ["valid", "revoked"]


def test_refusals(tmp_path: Path) -> None:
    def code(*arguments: str, **env: str) -> str:
        given = {"TROUPE_DATA": str(tmp_path / "data"), **env}
        answer = troupe("tokens", *arguments, "--json", cache=tmp_path, env=given)
        assert answer.code == 1
        assert answer.err.startswith("troupe: ")
        return str(answer.json["error"]["code"])

    assert code("create", "x", "--scope", "all") == "invalid_setting"
    assert code("revoke", "01m7z8sexps3123h0sfkdhf98r") == "not_found"
    assert code("list", TROUPE_PORT="none") == "invalid_setting"


def test_several_values_in_one_variable(tmp_path: Path) -> None:
    asked = {"TROUPE_CORS_ORIGINS": "https://a.example, https://b.example", "TROUPE_TRUSTED_PROXIES": "10.0.0.0/8"}
    answer = troupe("tokens", "list", cache=tmp_path, env={"TROUPE_DATA": str(tmp_path), **asked})
    assert answer.code == 0
    assert OrchestratorSettings(cors_origins="a,b c").cors_origins == ("a", "b", "c")  # type: ignore[arg-type]
