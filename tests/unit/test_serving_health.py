"""The images' own look at whether they answer, against real servers on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from serving.health import addresses, answering
from tests.conftest import REPOSITORY


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/livez", "/v2/health/live") else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    """A server that lives at /livez and is unwell anywhere else."""
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_first_that_answers_well_is_found(live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert answering([f"{live}/elsewhere", f"{live}/livez"]) == f"{live}/livez"
    assert answering([f"{live}/elsewhere"]) == ""


def test_what_listens_and_says_nothing_or_nonsense_is_not_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"http://127.0.0.1:{silent.getsockname()[1]}/livez"
        assert answering([place], seconds=0.2) == ""

        def speak() -> None:
            waiting, _ = silent.accept()  # the one that was let wait above
            waiting.close()
            connection, _ = silent.accept()
            with connection:
                connection.sendall(b"nonsense\r\n\r\n")

        speaker = threading.Thread(target=speak)
        speaker.start()
        assert answering([place], seconds=5) == ""
        speaker.join()


def test_the_command_fails_where_nothing_listens_and_the_port_is_the_servers(live: str) -> None:
    def look(port: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "serving.health"],
            cwd=REPOSITORY,
            env={"TROUPE_PORT": port},
            capture_output=True,
            text=True,
        )

    found = look(live.rpartition(":")[2])
    assert (found.returncode, found.stdout.strip()) == (0, f"{live}/livez")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        said = look(str(free.getsockname()[1]))
    # unless a model server of somebody else's is at its usual place
    assert said.returncode == (0 if said.stdout.startswith(addresses()[1]) else 1)
