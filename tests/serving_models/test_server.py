"""A real KServe server over its three protocols: the same answers, refusals with a sentence, health, a quiet end."""

from __future__ import annotations

import json
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import psutil
import pytest
import tritonclient.http

from components.core import TroupeError
from components.models.inference_messages import SERVICE, message
from components.models.source import open_model
from tests.conftest import REPOSITORY
from tests.lifecycle.networks import maps
from tests.serving_models.server_process import Running, running
from tests.serving_models.slow_network import rounds_of

EXPECTED = "skeleton float32 (batch, channel 3, height 32, width 32)"


def post(address: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON of an answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"} | (headers or {}))
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def rpc(server: Running, method: str, request: Any) -> Any:
    """What a gRPC method answers; grpc.RpcError."""
    with grpc.insecure_channel(server.grpc.removeprefix("grpc://")) as channel:
        call = channel.unary_unary(
            f"/{SERVICE}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=message(f"{method}Response").FromString,
        )
        return call(request, timeout=30)


@pytest.fixture(scope="module")
def truth(small_model: Path) -> dict[str, np.ndarray]:
    """What the small model answers for `maps(2)` in this process."""
    return open_model(str(small_model), threads=1)({"skeleton": maps(2)})


def near(given: dict[str, Any], truth: dict[str, np.ndarray]) -> None:
    assert set(given) == set(truth)
    for name, array in truth.items():
        np.testing.assert_allclose(np.asarray(given[name], np.float32), array, atol=1e-6)


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_our_client_answers_as_in_this_process(server: Running, truth: dict[str, np.ndarray], protocol: str) -> None:
    model = open_model(f"{getattr(server, protocol)}/small")
    near(model({"skeleton": maps(2)}), truth)
    assert model.contract.network.inputs[0].shape == (-1, 3, 32, 32)
    model.close()


def test_tritons_client_answers_alike(server: Running, truth: dict[str, np.ndarray]) -> None:
    client = tritonclient.http.InferenceServerClient(server.rest.removeprefix("http://"))
    asked = tritonclient.http.InferInput("skeleton", [2, 3, 32, 32], "FP32")
    asked.set_data_from_numpy(maps(2))
    for binary in (True, False):
        wanted = [tritonclient.http.InferRequestedOutput(n, binary_data=binary) for n in ("matte", "image")]
        answer = client.infer("small", [asked], outputs=wanted, request_id="17")
        near({n: answer.as_numpy(n) for n in ("image", "matte")}, truth)
        assert answer.get_response()["id"] == "17"
    only = client.infer("small", [asked], outputs=[tritonclient.http.InferRequestedOutput("matte")])
    assert [o["name"] for o in only.get_response()["outputs"]] == ["matte"]


def test_kserves_own_client_answers_alike(server: Running, truth: dict[str, np.ndarray]) -> None:
    program = (
        "import asyncio, sys, numpy as np, kserve\n"
        "async def ask(url, file):\n"
        "    given = kserve.InferInput('skeleton', [2, 3, 32, 32], 'FP32')\n"
        "    given.set_data_from_numpy(np.load(file))\n"
        "    client = kserve.InferenceGRPCClient(url)\n"
        "    assert await client.is_server_ready() and await client.is_model_ready('small')\n"
        "    answer = await client.infer(kserve.InferRequest('small', [given]))\n"
        "    np.savez(file + '.npz', **{o.name: o.as_numpy() for o in answer.outputs})\n"
        "    from components.models.source import open_model\n"
        "    here = open_model('grpc://' + url + '/small')({'skeleton': np.load(file)})\n"
        "    assert all(np.array_equal(here[o.name], o.as_numpy()) for o in answer.outputs)\n"
        "asyncio.run(ask(*sys.argv[1:]))\n"
    )
    file = server.log.parent / "asked.npy"
    np.save(file, maps(2))
    subprocess.run(
        [sys.executable, "-c", program, server.grpc.removeprefix("grpc://"), str(file)], check=True, cwd=REPOSITORY
    )
    with np.load(f"{file}.npz") as stored:
        near(dict(stored), truth)


def test_the_first_protocol_takes_an_instance_a_frame(server: Running, truth: dict[str, np.ndarray]) -> None:
    address = f"{server.rest}/v1/models/small:predict"
    for rows in (maps(2).tolist(), [{"skeleton": m.tolist()} for m in maps(2)]):
        status, answer = post(address, {"instances": rows})
        assert status == 200 and len(answer["predictions"]) == 2
        near({n: [p[n] for p in answer["predictions"]] for n in ("image", "matte")}, truth)


def tensor(**changes: Any) -> dict[str, Any]:
    values = {"name": "skeleton", "shape": [1, 3, 32, 32], "datatype": "FP32", "data": maps(1).ravel().tolist()}
    return {"inputs": [values | changes]}


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (tensor(name="skeletton"), "the tensors skeletton"),
        (tensor(datatype="INT32", data=[1] * 3072), "int32 (1, 3, 32, 32)"),
        (tensor(shape=[3, 32, 32]), "float32 (3, 32, 32)"),
        (tensor(shape=[1, 3, 32, 31]), "[1, 3, 32, 31] with data that are not"),
        (tensor(datatype="BYTES"), "BYTES [1, 3, 32, 32], which is no type of numbers"),
        (tensor(data=["a"] * 3072), "with data that are not"),
        ({"inputs": []}, "none"),
        ({"inputs": tensor()["inputs"] * 2}, "a tensor twice"),
    ],
)
def test_a_wrong_tensor_over_rest_is_told(server: Running, body: Any, got: str) -> None:
    status, answer = post(f"{server.rest}/v2/models/small/infer", body)
    assert status == 400 and EXPECTED in answer["error"] and got in answer["error"]


@pytest.mark.parametrize(
    "body",
    [{}, {"inputs": "x"}, {"inputs": [{"name": "skeleton"}]}, tensor() | {"outputs": [{"name": "depth"}]}, b"{", b""],
    ids=str,
)
def test_what_is_no_request_is_told(server: Running, body: Any) -> None:
    status, answer = post(f"{server.rest}/v2/models/small/infer", body)
    assert status == 400 and isinstance(answer["error"], str) and "Traceback" not in answer["error"]


@pytest.mark.parametrize("length", ["x", "-1", "99999", "20", None])
def test_a_binary_request_that_is_cut_is_told(server: Running, length: str | None) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    headers |= {"Inference-Header-Content-Length": length} if length is not None else {}
    status, _ = post(f"{server.rest}/v2/models/small/infer", json.dumps(tensor()).encode(), headers)
    assert status == 400
    head = json.dumps(tensor(data=None, parameters={"binary_data_size": 3 * 32 * 32 * 4})).encode()
    headers |= {"Inference-Header-Content-Length": str(len(head))}
    status, answer = post(f"{server.rest}/v2/models/small/infer", head + maps(1).tobytes()[:-8], headers)
    assert status == 400 and EXPECTED in answer["error"]


@pytest.mark.parametrize(
    "body", [{}, [], {"instances": []}, {"instances": [{}]}, {"instances": [[1, 2]]}, {"instances": ["a"]}], ids=str
)
def test_wrong_instances_are_told(server: Running, body: Any) -> None:
    status, answer = post(f"{server.rest}/v1/models/small:predict", body)
    assert status == 400 and EXPECTED in answer["error"]


@pytest.mark.parametrize(
    ("changes", "got"),
    [
        ({"name": "skeletton"}, "skeletton"),
        ({"datatype": "FP64"}, "FP64"),
        ({"shape": [1, 3, 32, 31]}, "[1, 3, 32, 31]"),
        ({"shape": [2, 3, 16, 32]}, "(2, 3, 16, 32)"),
    ],
)
def test_a_wrong_tensor_over_grpc_is_told(server: Running, changes: dict[str, Any], got: str) -> None:
    values = {"name": "skeleton", "shape": [1, 3, 32, 32], "datatype": "FP32"} | changes
    request = message("ModelInferRequest")(model_name="small", inputs=[values], raw_input_contents=[maps(1).tobytes()])
    with pytest.raises(grpc.RpcError) as refusal:
        rpc(server, "ModelInfer", request)
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert EXPECTED in refusal.value.details() and got in refusal.value.details()


def test_numbers_may_come_typed_over_grpc(server: Running, truth: dict[str, np.ndarray]) -> None:
    values = {"name": "skeleton", "shape": [2, 3, 32, 32], "datatype": "FP32"}
    contents = {"fp32_contents": maps(2).ravel().tolist()}
    answer = rpc(
        server,
        "ModelInfer",
        message("ModelInferRequest")(model_name="small", id="9", inputs=[values | {"contents": contents}]),
    )
    given = {o.name: np.array(o.contents.fp32_contents).reshape(o.shape) for o in answer.outputs}
    assert answer.id == "9"
    near(given, truth)


def test_an_unknown_model_is_told_by_every_protocol(server: Running) -> None:
    assert post(f"{server.rest}/v2/models/nobody/infer", tensor())[0] == 404
    assert post(f"{server.rest}/v1/models/nobody:predict", {"instances": [1]})[0] == 404
    for address in (server.rest, server.grpc):
        with pytest.raises(TroupeError) as refusal:
            open_model(f"{address}/nobody")
        assert refusal.value.code == "model_unknown"


def test_a_body_that_is_too_large_is_turned_away(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", int(server.rest.rpartition(":")[2]))) as line:
        line.sendall(b"POST /v2/models/small/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in line.recv(64)


def test_strangers_cannot_take_a_model_away(server: Running) -> None:
    assert post(f"{server.rest}/v2/repository/models/small/unload", {})[0] == 501
    assert rpc(server, "ModelReady", message("ModelReadyRequest")(name="small")).ready


def test_health_is_answered_while_a_call_of_five_seconds_runs(server: Running, slow_model: Path) -> None:
    rounds = np.full((1, 1), rounds_of(slow_model, 5.0))
    model = open_model(f"{server.grpc}/slow")
    answers: list[Any] = []
    call = threading.Thread(target=lambda: answers.append(model({"rounds": rounds})))
    began = time.perf_counter()
    call.start()
    time.sleep(0.2)
    taken = []
    with grpc.insecure_channel(server.grpc.removeprefix("grpc://")) as channel:
        ready = channel.unary_unary(
            f"/{SERVICE}/ServerReady",
            request_serializer=message("ServerReadyRequest").SerializeToString,
            response_deserializer=message("ServerReadyResponse").FromString,
        )
        ready(message("ServerReadyRequest")())
        while call.is_alive():
            asked = time.perf_counter()
            urllib.request.urlopen(f"{server.rest}/v2/health/ready").read()
            between = time.perf_counter()
            ready(message("ServerReadyRequest")())
            taken += [between - asked, time.perf_counter() - between]
            time.sleep(0.05)
    assert time.perf_counter() - began > 2.0 and len(taken) > 20
    assert answers[0]["done"].tolist() == rounds.tolist()
    assert statistics.median(taken) < 0.020 and max(taken) < 1.0, f"{statistics.median(taken)} {max(taken)}"


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_health_is_answered_while_a_large_json_is_read(server: Running, small_model: Path, protocol: str) -> None:
    asked = np.round(maps(1000), 2)
    if protocol == "v2":
        wanted: Any = tensor(shape=list(asked.shape), data=asked.ravel().tolist()) | {"outputs": [{"name": "matte"}]}
        address = f"{server.rest}/v2/models/small/infer"
    else:
        wanted, address = {"instances": asked.tolist()}, f"{server.rest}/v1/models/small:predict"
    body = json.dumps(wanted, default=float).encode()
    answers: list[Any] = []
    took: list[float] = []

    def call() -> None:
        began = time.perf_counter()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            answers.append(answer.read())
        took.append(time.perf_counter() - began)

    post(address, body)  # the process that reads it is there
    calling = threading.Thread(target=call)
    calling.start()
    taken = []
    while calling.is_alive():
        asked_at = time.perf_counter()
        urllib.request.urlopen(f"{server.rest}/v2/health/ready").read()
        taken.append(time.perf_counter() - asked_at)
        time.sleep(0.01)
    told = json.loads(answers[0])
    matte = told["outputs"][0]["data"] if protocol == "v2" else [p["matte"] for p in told["predictions"]]
    truth = open_model(str(small_model), threads=1)({"skeleton": asked})["matte"]
    np.testing.assert_allclose(np.asarray(matte, np.float32).reshape(truth.shape), truth, atol=1e-6)
    # whoever reads it where health is answered takes two thirds of the call and more
    assert max(taken) < 0.4 * took[0], f"{max(taken):.3f} of {took[0]:.3f} s"


def test_a_large_json_is_refused_as_a_small_one(server: Running) -> None:
    many = maps(30)
    second, first = f"{server.rest}/v2/models/small/infer", f"{server.rest}/v1/models/small:predict"
    body = tensor(shape=list(many.shape), data=many.ravel().tolist())
    for wrong in ({"name": "skeletton"}, {"shape": [29, 3, 32, 32]}, {"datatype": "BYTES"}):
        status, answer = post(second, {"inputs": [body["inputs"][0] | wrong]})
        assert status == 400 and EXPECTED in answer["error"]
    status, answer = post(first, {"instances": many[:, :2].tolist()})
    assert status == 400 and EXPECTED in answer["error"]
    for address in (first, second):
        for text in (b"[" + b" " * 300_000, b'{"inputs": [{}], "instances": [[1], 2' + b" " * 300_000 + b"]}"):
            status, answer = post(address, text)
            assert status == 400 and isinstance(answer["error"], str) and "Traceback" not in answer["error"]


def test_the_process_that_reads_json_may_die(server: Running, truth: dict[str, np.ndarray]) -> None:
    many = np.concatenate([maps(2)] * 20)
    body = tensor(shape=list(many.shape), data=many.ravel().tolist())
    address = f"{server.rest}/v2/models/small/infer"
    assert post(address, body)[0] == 200
    readers = [c for c in psutil.Process(server.process.pid).children() if "spawn_main" in " ".join(c.cmdline())]
    assert len(readers) == 1
    readers[0].kill()
    readers[0].wait(10)
    status, answer = post(address, body)
    assert status == 503 and "raw bytes" in answer["error"]
    status, answer = post(address, body)
    near({o["name"]: np.reshape(o["data"], o["shape"])[:2] for o in answer["outputs"]}, truth)


def test_open_calls_are_finished_when_the_server_stops(slow_model: Path) -> None:
    rounds = np.full((1, 1), rounds_of(slow_model, 2.0))
    with running("serving.models", slow_model, "--threads", "1", "--grace", "60") as server:
        answers: list[Any] = []

        def ask(address: str) -> None:
            answers.append(open_model(f"{address}/slow")({"rounds": rounds})["done"].tolist())

        calls = [threading.Thread(target=ask, args=(a,)) for a in (server.rest, server.grpc)]
        for call in calls:
            call.start()
        time.sleep(1.0)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(TroupeError) as refusal:
            open_model(f"{server.rest}/slow")
        assert refusal.value.code == "model_unreachable"
        for call in calls:
            call.join()
        assert answers == [rounds.tolist()] * 2
        assert server.process.wait(20) == 0


def test_figures_are_told(server: Running) -> None:
    post(f"{server.rest}/v2/models/small/infer", tensor(name="wrong"))
    post(f"{server.rest}/v2/models/small/infer", tensor())
    text = urllib.request.urlopen(f"{server.rest}/metrics").read().decode()
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(figures['request_predict_seconds_count{model_name="small"}']) >= 1
    assert float(figures['troupe_model_refusals_total{model="small"}']) >= 1
    assert float(figures['troupe_model_calls{model="small"}']) == 0


def test_a_taken_port_is_told(server: Running, small_model: Path) -> None:
    for option, port in (("--http-port", server.rest), ("--grpc-port", server.grpc)):
        other = "--grpc-port" if option == "--http-port" else "--http-port"
        done = subprocess.run(
            [sys.executable, "-m", "serving.models", small_model, option, port.rpartition(":")[2], other, "0"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1 and "cannot be listened on" in done.stderr and "Traceback" not in done.stderr


def test_it_listens_on_loopback_alone(server: Running) -> None:
    for address in (server.rest, server.grpc):
        port = int(address.rpartition(":")[2])
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex(("127.0.0.2", port)) != 0
