"""The image of the steps on a processor, built from the working tree and used as a cluster uses it."""

from __future__ import annotations

import json

import pytest

from components.core import Dance, load
from tests.images.container import Container
from tests.images.image_checks import hardened, step_of_a_pipeline, video_of_the_chart, without_weights

pytestmark = pytest.mark.timeout(3600)  # the first test builds the image, within limits of its own


def test_the_image_is_small_in_rights_and_holds_no_weights(stage_cpu: Container) -> None:
    hardened(stage_cpu, "Troupe stages")
    without_weights(stage_cpu)
    assert stage_cpu.settings["Entrypoint"] == ["troupe"]
    assert not stage_cpu.settings.get("Healthcheck")  # nothing listens


def test_the_doctor_finds_all_that_is_needed(stage_cpu: Container) -> None:
    found = {part["part"]: part for part in json.loads(stage_cpu.run("troupe", "doctor", "--json").stdout)}
    assert [name for name, part in found.items() if part["needed"] and not part["ok"]] == []
    assert found["cache folder"]["detail"].startswith("/cache/")


def test_the_command_of_the_charts_test_makes_a_video_and_compiles_nothing(stage_cpu: Container) -> None:
    video_of_the_chart(stage_cpu)


def test_a_step_runs_by_the_command_line_of_its_pipeline(stage_cpu: Container) -> None:
    values = {"source": "groove", "start": 0.0, "duration": 1.0}
    folder = step_of_a_pipeline(stage_cpu, "dance-motion", "repertoire", values, "dance")
    dance = load(Dance, folder)
    assert len(dance.dancers) == 1
    assert stage_cpu.written_elsewhere() == []


def test_what_steps_reach_others_with_is_there(stage_cpu: Container) -> None:
    stage_cpu.run("python", "-c", "import boto3, grpc, kfp, mlflow, onnxruntime, s3fs")
