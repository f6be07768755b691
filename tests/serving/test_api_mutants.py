"""Whatever is sent, the answer has a code: requests made from the OpenAPI description, and damaged uploads."""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from PIL import Image
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from components.core.errors import ERRORS
from serving.orchestrator.application import create_app
from serving.orchestrator.settings import OrchestratorSettings
from tests.conftest import DrawnMedia
from tests.serving.api_samples import asking, picture, project, upload

_STREAMS = ("stream_run_events",)
"""Answers that do not end by themselves."""


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> OrchestratorSettings:
    """Settings of a server that only serves."""
    return OrchestratorSettings(data=tmp_path_factory.mktemp("mutants"), runs=0)


@pytest.fixture(scope="module")
def client(quiet: OrchestratorSettings) -> Iterator[TestClient]:
    """A client of an application with a few objects in it."""
    with asking(quiet) as made:
        for seed in range(3):
            wanted = project(made, seed=seed)
            made.post("/api/v1/runs", json={"project_id": wanted["id"]})
        yield made


def test_requests_made_from_the_description(client: TestClient, quiet: OrchestratorSettings) -> None:
    """schemathesis: no 5xx, and every answer is as the description says."""
    del client  # its objects are in the same database
    app = create_app(quiet)
    own = {"Host": "127.0.0.1:8000"}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=own)
    checked = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.definition.raw["operationId"] in _STREAMS:
            continue

        @settings(
            max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def ask(case: schemathesis.Case[Any]) -> None:
            # A schema cannot say that a picture has to show a person: what fits it may still be refused.
            case.call_and_validate(excluded_checks=[positive_data_acceptance], headers=own)

        ask()
        checked += 1
    assert checked >= 35


def _mutant(content: bytes, dice: random.Random) -> bytes:
    """A file that lost its beginning or most of itself, or is another kind of thing altogether."""
    kind = dice.randrange(5)
    if kind == 0:
        return content[: dice.randrange(1, max(2, len(content) // 4))]
    if kind == 1:
        return content[dice.randrange(16, len(content)) :]
    if kind == 2:
        head = bytearray(content)
        for _ in range(400):
            head[dice.randrange(min(600, len(head)))] = dice.randrange(256)
        return bytes(head)
    if kind == 3:
        return dice.randbytes(dice.randrange(1, 5000))
    return bytes(c ^ 0x5A for c in content[: dice.randrange(10, len(content))])


def _can_be_read(kind: str, content: bytes) -> bool:
    """Whether others find something in what was damaged: a picture, a frame, or JSON."""
    if kind == "projects":
        return isinstance(json.loads(content), dict)
    with contextlib.suppress(OSError, SyntaxError):
        if kind == "photos":
            with Image.open(io.BytesIO(content)) as image:
                return min(image.size) > 0
        with av.open(io.BytesIO(content)) as container:
            frames = 0
            for packet in container.demux(video=0):
                with contextlib.suppress(av.error.FFmpegError):
                    frames += len(packet.decode())
            return frames >= 1
    return False


def _shower(client: TestClient, drawn: DrawnMedia, count: int, seed: int) -> tuple[int, list[int]]:
    """Upload mutants; how many were refused, and the server's memory (bytes) after each hundred."""
    dice = random.Random(seed)
    sources = {"photos": [picture(), drawn.photo.read_bytes()], "references": [drawn.clip.read_bytes()]}
    refused = 0
    memory = []
    for number in range(count):
        kind = dice.choice(["photos", "references", "projects"])
        if kind == "projects":
            sound = b'{"title": "Anna", "start": 1.5, "consent": true, "size": "720x1280"}'
            head = {"content-type": "application/json"}
            content = _mutant(sound, dice)
            answer = client.post("/api/v1/projects", content=content, headers=head)
        else:
            content = _mutant(dice.choice(sources[kind]), dice)
            answer = upload(client, content, f"m{number}", kind)
        assert answer.status_code < 500, (number, kind, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["code"] in ERRORS
            assert answer.headers["content-type"] == "application/problem+json"
            refused += 1
        else:
            assert answer.status_code == 201
            assert _can_be_read(kind, content), (number, kind, answer.json())
        if number % 100 == 99:
            family = [psutil.Process(), *psutil.Process().children(recursive=True)]
            memory.append(sum(p.memory_info().rss for p in family))
    return refused, memory


def test_damaged_uploads(client: TestClient, drawn: DrawnMedia) -> None:
    """500 mutants: each is refused with a code, or can still be read; nothing is left lying about."""
    refused, memory = _shower(client, drawn, 500, seed=1)
    assert refused >= 450
    assert memory[-1] - memory[0] < 150 << 20
    uploads: Path = client.app.state.context.uploads  # type: ignore[attr-defined]
    assert list(uploads.iterdir()) == []


@pytest.mark.soak
def test_ten_thousand_damaged_uploads(client: TestClient, drawn: DrawnMedia) -> None:
    """Memory stays flat."""
    refused, memory = _shower(client, drawn, 10_000, seed=2)
    assert refused >= 9_500
    assert sum(memory[-10:]) / 10 - sum(memory[5:15]) / 10 < 100 << 20


def test_a_decoder_that_dies_takes_nobody_with_it(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that looks at uploads is killed while the server lives; the next upload is looked at by another."""
    assert upload(client, picture(seed=50)).status_code == 201
    for child in psutil.Process().children(recursive=True):
        if "spawn_main" in " ".join(child.cmdline()):
            child.kill()
            child.wait(5)
    assert upload(client, picture(seed=51)).status_code == 201
