"""Triton's repository from a contract, and a real Triton that serves it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import json_format

from components.core import TroupeError
from components.models.contract import ANY, ModelContract, Part, Tensor, Weights
from components.models.folder import read_contract, read_golden
from components.models.inference_messages import SERVICE, message
from components.models.inference_protocol import DATATYPES
from components.models.remote_grpc import GrpcModel
from components.models.remote_http import HttpModel
from components.models.source import open_model
from serving.triton.config import Serving, as_text, configured, parsed
from serving.triton.messages import model_config
from serving.triton.repository import write_model
from tests.conftest import REPOSITORY
from tests.lifecycle.networks import contract, maps
from tests.serving_models.triton_process import tritonserver

ON_CPU = Serving("python", batch=8, delay=20000, gpu=False, warm=(1, 8))


@pytest.mark.parametrize("variant", ["onnx", "tensorrt", "python"])
def test_a_configuration_comes_back_from_its_text(variant: str) -> None:
    config = configured(contract(), Serving(variant, instances=2))
    assert parsed(as_text(config)) == config
    assert (config.name, config.max_batch_size) == ("small", 16)
    assert [(t.name, list(t.dims)) for t in config.input] == [("skeleton", [3, 32, 32])]
    assert [(t.name, list(t.dims)) for t in config.output] == [("image", [3, 32, 32]), ("matte", [1, 32, 32])]
    (group,) = config.instance_group
    assert (group.count, group.kind) == (2, model_config().ModelInstanceGroup.KIND_GPU)
    assert [w.batch_size for w in config.model_warmup] == [1, 16]
    assert list(config.dynamic_batching.preferred_batch_size) == [4, 8, 16]


def test_variants_differ_in_backend_and_file_alone() -> None:
    configs = [configured(contract(), dataclasses.replace(ON_CPU, variant=v)) for v in ("onnx", "tensorrt", "python")]
    assert {(c.backend, c.default_model_filename) for c in configs} == {
        ("onnxruntime", "model.onnx"),
        ("tensorrt", "model.plan"),
        ("python", "model.py"),
    }
    for config in configs:
        config.ClearField("backend")
        config.ClearField("default_model_filename")
    assert configs[0] == configs[1] == configs[2]


@pytest.mark.parametrize("dtype", sorted(DATATYPES))
def test_a_model_without_batches_keeps_its_whole_shape(dtype: str) -> None:
    given = Tensor("ours", "its", ("time", "value"), (ANY, 26), dtype)
    part = Part("p", "onnxruntime", (given,), (given,), (), Weights("", "", "", ""))
    config = configured(ModelContract("m", "1", (part,)), Serving())
    assert config.max_batch_size == 0 and not config.HasField("dynamic_batching")
    assert list(config.input[0].dims) == [-1, 26] and config.input[0].name == "its"
    expected = f"TYPE_{DATATYPES[dtype]}"
    assert model_config().DataType.Name(config.input[0].data_type) == expected
    assert [(w.batch_size, list(w.inputs["its"].dims)) for w in config.model_warmup] == [(0, [1, 26])]


def test_what_cannot_be_is_refused(small_model: Path, tmp_path: Path) -> None:
    for serving, version, code in (
        (Serving("openvino"), 1, "invalid_setting"),
        (Serving("tensorrt"), 1, "invalid_setting"),
        (Serving(), 0, "invalid_setting"),
    ):
        with pytest.raises(TroupeError) as refusal:
            write_model(tmp_path / "repository", small_model, version, serving)
        assert refusal.value.code == code
    with pytest.raises(TroupeError) as refusal:
        parsed('name: "small" colour: 3')
    assert refusal.value.code == "model_broken"
    assert not list(tmp_path.rglob("config.pbtxt"))


def test_the_messages_live_beside_kserve() -> None:
    program = (
        "import kserve\n"
        "from serving.triton.config import *\n"
        "from tests.lifecycle.networks import contract\n"
        "assert parsed(as_text(configured(contract(), Serving()))).name == 'small'"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=REPOSITORY)


def test_a_repository_holds_the_very_bytes(small_model: Path, tmp_path: Path) -> None:
    plan = tmp_path / "any.plan"
    plan.write_bytes(b"plan")
    assert write_model(tmp_path / "r", small_model, 3, Serving()).name == "3"
    write_model(tmp_path / "r", small_model, 4, Serving("tensorrt"), plan=plan)
    model = tmp_path / "r" / "small"
    assert (model / "3" / "model.onnx").read_bytes() == (small_model / "model.onnx").read_bytes()
    assert (model / "4" / "model.plan").read_bytes() == b"plan"
    assert sorted(f.name for f in model.iterdir()) == ["3", "4", "config.pbtxt"]
    assert parsed((model / "config.pbtxt").read_text()).backend == "tensorrt"


@pytest.fixture(scope="module")
def triton(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """REST and gRPC of a real Triton with the small model."""
    folder = tmp_path_factory.mktemp("triton")
    write_model(folder / "repository", small_model, 1, ON_CPU)
    with tritonserver(folder / "repository", folder) as addresses:
        yield addresses


def test_triton_has_names_types_and_shapes_of_the_contract(triton: tuple[str, str], small_model: Path) -> None:
    known = read_contract(small_model)
    golden = read_golden(known, small_model)
    for model in (HttpModel(f"{triton[0]}/small", known), GrpcModel(f"{triton[1]}/small", known)):
        model.load()
        assert max(golden.differences(model(golden.inputs)).values()) <= golden.tolerance
        model.close()
    matte = dataclasses.replace(known.network.outputs[1], shape=(ANY, 2, 32, 32))
    other = dataclasses.replace(known.network, outputs=(known.network.outputs[0], matte))
    with pytest.raises(TroupeError) as refusal:
        GrpcModel(f"{triton[1]}/small", dataclasses.replace(known, parts=(other,))).load()
    assert refusal.value.code == "model_broken"


def test_triton_understood_the_whole_configuration(triton: tuple[str, str], small_model: Path) -> None:
    said = urllib.request.urlopen(f"{triton[0]}/v2/models/small/config").read()
    has = json_format.ParseDict(json.loads(said), model_config().ModelConfig(), ignore_unknown_fields=True)
    wants = configured(read_contract(small_model), ON_CPU)
    for field in ("input", "output", "max_batch_size", "backend", "model_warmup", "default_model_filename"):
        assert getattr(has, field) == getattr(wants, field), field
    batching = (has.dynamic_batching, wants.dynamic_batching)
    assert list(batching[0].preferred_batch_size) == list(batching[1].preferred_batch_size)
    assert batching[0].max_queue_delay_microseconds == batching[1].max_queue_delay_microseconds


def test_triton_runs_frames_of_several_callers_at_once(triton: tuple[str, str], small_model: Path) -> None:
    def counts() -> tuple[int, int]:
        (told,) = json.loads(urllib.request.urlopen(f"{triton[0]}/v2/models/small/stats").read())["model_stats"]
        return told["inference_count"], told["execution_count"]

    asked = maps(24)
    here = open_model(str(small_model), threads=1)({"skeleton": asked})
    model = open_model(f"{triton[1]}/small")
    before = counts()
    answers: dict[int, Any] = {}

    def ask(i: int) -> None:
        answers[i] = model({"skeleton": asked[i : i + 1]})

    calls = [threading.Thread(target=ask, args=(i,)) for i in range(len(asked))]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    until = time.monotonic() + 10
    while (after := counts())[0] - before[0] < len(asked) and time.monotonic() < until:
        time.sleep(0.05)  # Triton counts after it has answered
    for i, answer in answers.items():
        np.testing.assert_allclose(answer["image"], here["image"][i : i + 1], atol=1e-5)
    assert len(answers) == after[0] - before[0] == 24
    assert after[1] - before[1] < 20, "no two frames were run together"


def test_triton_refuses_as_our_server_does(triton: tuple[str, str]) -> None:
    values = {"name": "skeleton", "shape": [1, 3, 32, 31], "datatype": "FP32"}
    request = message("ModelInferRequest")(
        model_name="small", inputs=[values], raw_input_contents=[maps(1)[..., 1:].tobytes()]
    )
    with grpc.insecure_channel(triton[1].removeprefix("grpc://")) as channel:
        call = channel.unary_unary(
            f"/{SERVICE}/ModelInfer",
            request_serializer=type(request).SerializeToString,
            response_deserializer=message("ModelInferResponse").FromString,
        )
        with pytest.raises(grpc.RpcError) as refusal:
            call(request, timeout=30)
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    for address in triton:
        with pytest.raises(TroupeError) as unknown:
            open_model(f"{address}/nobody")
        assert unknown.value.code == "model_unknown"
