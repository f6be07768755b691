"""How much a model server adds to a call in this process, and what another server adds to the same network.

python -m tests.bench.bench_model_servers [--folder FOLDER] [--calls 300]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from components.core import TroupeError
from components.models.contract import ANY
from components.models.folder import read_contract
from components.models.source import Model, open_model
from components.models.tensors import Array
from tests.bench.machine import machine
from tests.lifecycle.serving_samples import free_port
from tests.serving_models.environments import environment
from tests.serving_models.server_process import running
from tests.serving_models.transport_network import transport_folder

MLSERVER = ("mlserver==1.7.1", "uvloop==0.21.0", "onnxruntime==1.31.1")  # newer uvloop ends its workers
RUNTIME = """
import numpy as np, onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Runtime(MLModel):
    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, options)
        return True

    async def predict(self, payload):
        asked = {i.name: NumpyCodec.decode_input(i) for i in payload.inputs}
        names = [o.name for o in self.session.get_outputs()]
        outputs = [NumpyCodec.encode_output(n, a) for n, a in zip(names, self.session.run(names, asked))]
        return InferenceResponse(model_name=self.name, id=payload.id, outputs=outputs)
"""


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, help="a model folder; by default one that costs little and moves 128 px")
    parser.add_argument("--calls", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or transport_folder(Path(scratch) / "model")
        contract = read_contract(folder)
        name = contract.name
        numbers = np.random.default_rng(0)
        asked = {
            t.name: numbers.random([1 if n == ANY else n for n in t.shape]).astype(t.dtype)
            for t in contract.network.inputs
        }
        rows: dict[str, list[float]] = {}
        here = open_model(str(folder), threads=1)
        with running("serving.models", folder, "--threads", "1") as server:
            ours = {"gRPC": open_model(f"{server.grpc}/{name}"), "HTTP": open_model(f"{server.rest}/{name}")}
            rows |= measured({"in process": here, **ours}, asked, given.calls)
        for workers in (1, 0):
            title = f"MLServer gRPC, {workers or 'no'} worker process" + ("" if workers else "es")
            try:
                with mlserver(folder, Path(scratch) / title, workers, asked) as address:
                    rows |= measured({title: open_model(f"{address}/{name}")}, asked, given.calls)
            except (TroupeError, pytest.skip.Exception) as error:
                print(f"{title}: not measured ({error})")
    size = {n: a.shape for n, a in asked.items()}
    print(f"\n{machine()}\nmodel {name}, one frame {size}, {given.calls} calls, one caller, ms\n")
    base = statistics.median(rows["in process"])
    added = statistics.median(rows["gRPC"]) - base
    print("| way | least | p50 | p95 | over in process | times our gRPC's addition |")
    print("| --- | --- | --- | --- | --- | --- |")
    for title, taken in rows.items():
        median = statistics.median(taken)
        figures = (min(taken), median, float(np.percentile(taken, 95)), median - base)
        ratio = "" if title == "in process" else f"{(median - base) / added:.1f}"
        print(f"| {title} | " + " | ".join(f"{f:.2f}" for f in figures) + f" | {ratio} |")
    return 0


def measured(models: dict[str, Model], asked: dict[str, Array], calls: int) -> dict[str, list[float]]:
    """Milliseconds of each call; the ways take turns, so that all meet the same weather."""
    taken: dict[str, list[float]] = {name: [] for name in models}
    for i in range(calls + 20):
        for name, model in models.items():
            began = time.perf_counter()
            model(asked)
            if i >= 20:
                taken[name].append((time.perf_counter() - began) * 1e3)
    for model in models.values():
        model.close()
    return taken


@contextlib.contextmanager
def mlserver(folder: Path, place: Path, workers: int, asked: dict[str, Array]) -> Iterator[str]:
    """The same network on MLServer: its gRPC address."""
    programs = environment("mlserver", *MLSERVER) / "bin"
    place.mkdir()
    contract = read_contract(folder)
    ports = {key: free_port() for key in ("http_port", "grpc_port", "metrics_port")}
    settings = {"host": "127.0.0.1", "parallel_workers": workers, "debug": False, **ports}
    (place / "settings.json").write_text(json.dumps(settings))
    (place / "runtime.py").write_text(RUNTIME)
    network = contract.network
    kinds = {"float32": "FP32", "int64": "INT64"}
    described = {
        side: [{"name": t.source, "datatype": kinds[t.dtype], "shape": list(t.shape)} for t in tensors]
        for side, tensors in (("inputs", network.inputs), ("outputs", network.outputs))
    }
    model = {
        "name": contract.name,
        "implementation": "runtime.Runtime",
        "parameters": {"uri": str((folder / network.weights.uri).absolute())},
        **described,
    }
    (place / "model-settings.json").write_text(json.dumps(model))
    with (place / "log").open("wb") as log:
        child = subprocess.Popen(
            [str(programs / "mlserver"), "start", "."],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(place), "PATH": f"{programs}:{os.environ['PATH']}"},
            stdout=log,
            stderr=log,
        )
    try:
        address = f"grpc://127.0.0.1:{ports['grpc_port']}"
        _until_it_answers(f"{address}/{contract.name}", asked, lambda: child.poll() is None, place / "log")
        yield address
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _until_it_answers(address: str, asked: dict[str, Array], alive: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            model = open_model(address)
            model(asked)
            model.close()
            return
        except TroupeError:
            if not alive() or time.monotonic() > until:
                print(log.read_text()[-2000:])
                raise
            time.sleep(0.3)


if __name__ == "__main__":
    raise SystemExit(main())
