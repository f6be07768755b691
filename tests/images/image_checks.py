"""What is asked of every image, and a step of a pipeline as Kubeflow runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from components.media import probe
from tests.conftest import REPOSITORY
from tests.images.container import WRITABLE, Container

_COMPILED = REPOSITORY / "pipelines" / "kubeflow" / "compiled"
_WRITABLE_FILES = r"""
import os, sys
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
    for path in (os.path.join(folder, name) for name in (*folders, *files)):
        if not os.path.islink(path) and os.access(path, os.W_OK):
            print(path)
    folders[:] = [name for name in folders if not os.access(os.path.join(folder, name), os.W_OK)]
"""


def hardened(container: Container, title: str) -> None:
    """The image is as a cluster of restricted pods wants it."""
    settings = container.settings
    assert settings["User"] == "65532:65532"
    assert settings["WorkingDir"] == "/data"
    labels = settings["Labels"]
    assert labels["org.opencontainers.image.title"] == title
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert "@sha256:" in labels["org.opencontainers.image.base.name"]
    assert set(labels) > {
        f"org.opencontainers.image.{name}" for name in ("version", "revision", "created", "description")
    }
    assert container.run("id", "-u").stdout.strip() == "65532"

    writable = container.run("python", "-c", _WRITABLE_FILES).stdout.split()
    apart = {f"/{name}" for name in WRITABLE} | {"/var/tmp", "/run/lock"}
    assert {path for path in writable if path not in apart} == set()

    left = [
        *container.at("/var/cache/uv").glob("*"),
        *container.at("/root").rglob("*.whl"),
        *container.at("/tmp").iterdir(),
    ]
    assert left == []
    assert not container.at("/opt/tools").exists() or not any(container.at("/opt/tools").iterdir())
    assert not container.at("/run/secrets/environment").exists()


def without_weights(container: Container) -> None:
    """Nothing in the image is a model but what lies in the packages of others."""
    kinds = (".onnx", ".safetensors", ".ckpt", ".pt", ".pth", ".tflite", ".plan", ".mar", ".gguf")
    found = [path.relative_to(container.root) for path in container.root.rglob("*") if path.suffix in kinds]
    ours = [path for path in found if "site-packages" not in path.parts]
    assert ours == []
    assert any(path.name == "pose_landmark_full.tflite" for path in found)


def video_of_the_chart(container: Container) -> None:
    """Run the command line and the variables of the chart's `helm test` pod: it makes a video."""
    template = (REPOSITORY / "charts" / "troupe" / "templates" / "tests" / "video.yaml").read_text()
    command = re.search(r"^ +command: (\[troupe, .*\])$", template, re.MULTILINE)
    assert command is not None
    variables = {
        v["name"]: v["value"] for v in map(yaml.safe_load, re.findall(r"- (\{name: \w+, value: .*\})$", template, re.M))
    }
    arguments = list(map(str, yaml.safe_load(command[1])))
    made = json.loads(container.run(*arguments, **variables).stdout)
    video = probe(container.at(str(PurePosixPath("/data", made["output"])))).picture
    assert video is not None
    wanted = arguments[arguments.index("--size") + 1]
    assert f"{video.width}x{video.height}" == wanted
    kernels = [path.name for path in container.root.rglob("*.nbc") if "source" not in path.parts]
    assert kernels == []  # all were compiled when the image was built
    assert container.written_elsewhere() == []


def step_of_a_pipeline(container: Container, variant: str, step: str, values: dict[str, Any], result: str) -> Path:
    """Run a component by the command line that is compiled into a pipeline, as Kubeflow's launcher does.

    Args:
        container: of an image with the stages.
        variant: a compiled pipeline.
        step: name of a step without inputs.
        values: its parameters.
        result: name of its output.

    Returns:
        Where the folder of the output lies on this machine.
    """
    pipeline = yaml.safe_load((_COMPILED / f"{variant}.yaml").read_text().split("\n---")[0])
    task = pipeline["deploymentSpec"]["executors"][f"exec-{step}"]["container"]
    place = f"/data/{variant}/{step}"
    artifact = {"name": result, "type": {"schemaTitle": "system.Artifact"}, "uri": f"{place}/{result}", "metadata": {}}
    order = {
        "inputs": {"parameterValues": values},
        "outputs": {"artifacts": {result: {"artifacts": [artifact]}}, "outputFile": f"{place}/output.json"},
    }
    arguments = [json.dumps(order) if argument == "{{$}}" else argument for argument in task["args"]]
    variables = {variable["name"]: variable["value"] for variable in task.get("env", ())}
    container.run(*task["command"], *arguments, **variables)
    said = json.loads(container.at(f"{place}/output.json").read_text())
    assert said["artifacts"][result]["artifacts"][0]["metadata"]["schema"].startswith("troupe.")
    return container.at(f"{place}/{result}")
