"""The image of the steps with CUDA. Here without a GPU: it has to fall back to the processor where none is."""

from __future__ import annotations

import pytest

from components.core import Dance, load
from tests.images.container import Container
from tests.images.image_checks import hardened, step_of_a_pipeline, video_of_the_chart, without_weights

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

_TRAIN = """
import torch, torchvision, lightning, onnx, onnxruntime, onnxscript, kserve, mlflow.onnx
from training.deepdance.networks.generator import *
from training.deepdance import trainer
assert torch.version.cuda, "PyTorch without CUDA"
print((torch.ones(3, 3) @ torch.ones(3, 3)).sum().item(), torch.version.cuda)
"""


def test_the_image_is_small_in_rights_and_holds_no_weights(stage_gpu: Container) -> None:
    hardened(stage_gpu, "Troupe stages with CUDA")
    without_weights(stage_gpu)
    assert "NVIDIA_DRIVER_CAPABILITIES=compute,utility" in stage_gpu.settings["Env"]
    assert not stage_gpu.settings.get("Healthcheck")


def test_the_doctor_finds_all_that_is_needed(stage_gpu: Container) -> None:
    stage_gpu.run("troupe", "doctor")


def test_what_trains_is_there_with_cuda(stage_gpu: Container) -> None:
    assert stage_gpu.run("python", "-c", _TRAIN).stdout.startswith("27.0 ")


def test_a_step_and_a_small_video_run_without_a_gpu_too(stage_gpu: Container) -> None:
    values = {"source": "groove", "start": 0.0, "duration": 1.0}
    assert len(load(Dance, step_of_a_pipeline(stage_gpu, "dance-motion", "repertoire", values, "dance")).dancers) == 1
    video_of_the_chart(stage_gpu)
