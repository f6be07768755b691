"""A model folder on a real TorchServe, which needs Java."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from components.models.source import open_model
from serving.torchserve.archive import archive
from tests.conftest import REPOSITORY, lacking
from tests.lifecycle.networks import maps
from tests.lifecycle.serving_samples import free_port


@pytest.fixture(scope="module")
def address(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a TorchServe answers for the small model."""
    if shutil.which("java") is None:
        lacking("java", "TorchServe needs Java 17: apt install openjdk-17-jre-headless")
    folder = tmp_path_factory.mktemp("torchserve")
    archive(small_model, folder / "store")
    ports = [free_port() for _ in range(3)]
    (folder / "config.properties").write_text(
        f"inference_address=http://127.0.0.1:{ports[0]}\n"
        f"management_address=http://127.0.0.1:{ports[1]}\n"
        f"metrics_address=http://127.0.0.1:{ports[2]}\n"
        f"grpc_inference_port={free_port()}\ngrpc_management_port={free_port()}\n"
        "disable_token_authorization=true\ndefault_workers_per_model=1\nnumber_of_netty_threads=2\n"
    )
    here = Path(sys.executable).parent
    log = folder / "log"
    with log.open("wb") as file:
        child = subprocess.Popen(
            [
                str(here / "torchserve"),
                "--foreground",
                "--no-config-snapshots",
                "--disable-token-auth",
                f"--model-store={folder / 'store'}",
                "--models=small=small.mar",
                f"--ts-config={folder / 'config.properties'}",
            ],
            cwd=folder,
            env=os.environ
            | {
                "PATH": f"{here}:{os.environ['PATH']}",
                "PYTHONPATH": str(REPOSITORY),
                "LOG_LOCATION": str(folder / "logs"),
                "METRICS_LOCATION": str(folder / "logs"),
                "TEMP": str(folder),
            },
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 120
        while True:
            try:
                told = urllib.request.urlopen(f"http://127.0.0.1:{ports[1]}/models/small").read()
                if json.loads(told)[0]["workers"][0]["status"] == "READY":
                    break
            except (urllib.error.URLError, ConnectionError, LookupError):
                pass
            assert child.poll() is None and time.monotonic() < until, log.read_text()[-3000:]
            time.sleep(0.3)
        yield f"http://127.0.0.1:{ports[0]}/predictions/small"
    finally:
        os.killpg(child.pid, 15)  # the process group of this child: Java and the worker
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            child.wait()


def ask(address: str, body: bytes, kind: str) -> tuple[int, bytes]:
    request = urllib.request.Request(address, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_an_archive_holds_network_contract_and_handler(small_model: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive(small_model, tmp_path, "3")) as packed:
        names = set(packed.namelist())
        manifest = json.loads(packed.read("MAR-INF/MANIFEST.json"))
        assert packed.read("model.onnx") == (small_model / "model.onnx").read_bytes()
    assert {"model.onnx", "contract.json", "handler.py"} <= names
    assert (manifest["model"]["modelName"], manifest["model"]["modelVersion"]) == ("small", "3")


def test_torchserve_answers_as_this_process(address: str, small_model: Path) -> None:
    truth = open_model(str(small_model), threads=1)({"skeleton": maps(2)})
    status, body = ask(address, json.dumps({"skeleton": maps(2).tolist()}).encode(), "application/json")
    assert status == 200
    for name, value in json.loads(body).items():
        np.testing.assert_allclose(np.array(value, np.float32), truth[name], atol=1e-6)
    packed = io.BytesIO()
    np.savez(packed, skeleton=maps(2))
    status, body = ask(address, packed.getvalue(), "application/octet-stream")
    assert status == 200
    with np.load(io.BytesIO(body)) as given:
        assert set(given.files) == set(truth)
        for name in truth:
            np.testing.assert_allclose(given[name], truth[name], atol=1e-6)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (json.dumps({"skeletton": maps(1).tolist()}).encode(), "skeletton"),
        (json.dumps({"skeleton": maps(1)[..., 1:].tolist()}).encode(), "(1, 3, 32, 31)"),
        (b'{"skeleton": [[1], [1, 2]]}', "neither"),
        (b"[1]", "neither"),
    ],
)
def test_a_wrong_tensor_is_told(address: str, body: bytes, said: str) -> None:
    status, answer = ask(address, body, "application/json")
    assert status == 400
    error = json.loads(answer)["error"]
    assert said in error and "skeleton float32 (batch, channel 3, height 32, width 32)" in error
