"""`troupe serve models`: the champions of a registry, their change while it runs, and a registry that is down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from components.core import TroupeError
from components.models.folder import read_contract, read_golden
from components.models.registry import CHAMPION, Registry
from components.models.source import open_model
from tests.conftest import REPOSITORY
from tests.serving_models.server_process import ANY_PORT, Running, running
from training.lifecycle.register import register


def environment(registry: Registry, tmp_path: Path) -> dict[str, str]:
    return {"TROUPE_REGISTRY": registry.uri, "TROUPE_CACHE": str(tmp_path / "server")}


def answers_as(server: Running, folder: Path) -> bool:
    golden = read_golden(read_contract(folder), folder)
    model = open_model(f"{server.grpc}/small")
    answer = model(golden.inputs)
    model.close()
    return max(golden.differences(answer).values()) <= golden.tolerance


def wait_until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_new_champion_is_taken_over_and_a_broken_one_is_not(
    registry: Registry, small_model: Path, other_model: Path, tmp_path: Path
) -> None:
    for folder in (small_model, other_model, small_model):
        register(registry, folder, tags={}, metrics={})
    registry.point("small", CHAMPION, 1)
    env = environment(registry, tmp_path)
    with running("troupe", "serve", "models", "--follow", "0.3", env=env) as server:
        assert answers_as(server, small_model) and not answers_as(server, other_model)
        model = open_model(f"{server.rest}/small")
        registry.point("small", CHAMPION, 2)
        wait_until(lambda: answers_as(server, other_model))
        broken = Path(registry.find("small", version=3).uri) / "model.onnx"
        broken.write_bytes(broken.read_bytes()[:-1])
        registry.point("small", CHAMPION, 3)
        assert "small: version 2 stays" in server.waits_for("[model_broken]")
        assert answers_as(server, other_model)
        Path(registry.uri.removeprefix("sqlite:///")).write_bytes(b"no database any more" * 100)
        server.waits_for("does not answer")
        assert answers_as(server, other_model)
        model.close()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
    with running("troupe", "serve", "models", env=env) as server:
        assert "ersion 2 of small is used" in server.said()
        assert answers_as(server, other_model)


def test_what_cannot_be_served_is_one_sentence(registry: Registry, small_model: Path, tmp_path: Path) -> None:
    register(registry, small_model, tags={}, metrics={})
    for names in ((), ("nobody",)):
        done = subprocess.run(
            [sys.executable, "-m", "troupe", "serve", "models", *names, *ANY_PORT],
            cwd=REPOSITORY,
            env=os.environ | environment(registry, tmp_path),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1 and done.stderr.strip().endswith("[model_unknown]"), done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "address", ["grpc://nowhere", "grpc://host:1/a/b", "grpc://user@host:1/a", "grpc:///a", "http://h:x/a", "http://h"]
)
def test_an_address_that_names_no_model_is_refused(address: str) -> None:
    with pytest.raises(TroupeError) as refusal:
        open_model(address)
    assert refusal.value.code == "invalid_setting"


def test_both_clients_tell_a_server_that_is_not_there_or_is_another(tmp_path: Path) -> None:
    for scheme in ("grpc", "http"):
        with pytest.raises(TroupeError) as refusal:
            open_model(f"{scheme}://127.0.0.1:9/small")
        assert refusal.value.code == "model_unreachable"
    (tmp_path / "v2" / "models").mkdir(parents=True)
    (tmp_path / "v2" / "models" / "small").write_text('{"name": "small"}')
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        port = child.stdout.readline().split(" port ")[1].split()[0]
        with pytest.raises(TroupeError, match="does not speak") as refusal:
            open_model(f"http://127.0.0.1:{port}/small")
        assert refusal.value.code == "model_broken"
        child.terminate()


def test_a_connection_that_the_server_closed_is_opened_again(server: Running) -> None:
    model = open_model(f"{server.rest}/small")
    asked = {"skeleton": np.zeros((1, 3, 32, 32), np.float32)}
    first = model(asked)
    model._free[0].sock.shutdown(2)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(model(asked)["image"], first["image"])
