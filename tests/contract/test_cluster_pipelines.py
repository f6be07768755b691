"""What is compiled for a cluster: image by digest, GPU, shared memory, time, retries, a report at the end, items."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core import TroupeError
from pipelines.kubeflow.build import compile_to
from pipelines.kubeflow.placement import Placement, pinned
from pipelines.kubeflow.variants import VARIANTS, variant_of
from pipelines.kubeflow.version import pipeline_version, resource_name
from pipelines.runners.local import run
from pipelines.settings import KubeflowSettings, read_settings
from pipelines.wiring import Parameter, Step, Wiring, for_each
from serving.orchestrator.settings import OrchestratorSettings
from tests.conftest import REPOSITORY
from tests.kubeflow_local import through_kubeflow

COMPILED = REPOSITORY / "pipelines" / "kubeflow" / "compiled"
DIGEST = "sha256:" + "a" * 64
NO_DIGEST = (
    "troupe",
    "troupe:latest",
    "registry.example/troupe:1.0",
    "troupe@sha256:abc",
    f"@{DIGEST}",
    f"a b@{DIGEST}",
)


def compiled(variant: str) -> tuple[dict[str, Any], dict[str, Any]]:
    spec, platform = yaml.safe_load_all((COMPILED / f"{variant}.yaml").read_text())
    return spec, platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


@pytest.mark.parametrize("image", NO_DIGEST)
def test_an_image_without_digest_is_refused_wherever_it_is_named(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for refused in (lambda: pinned(image), lambda: Placement(image), lambda: Placement(gpu_image=image)):
        with pytest.raises(TroupeError, match="digest") as refusal:
            refused()
        assert refusal.value.code == "invalid_setting"
    for variable in ("TROUPE_KUBEFLOW_IMAGE", "TROUPE_KUBEFLOW_GPU_IMAGE"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, image)
            for settings in (KubeflowSettings, OrchestratorSettings):
                with pytest.raises(TroupeError, match=variable):
                    read_settings(settings)


def test_an_image_by_digest_is_taken() -> None:
    for image in (f"troupe@{DIGEST}", f"localhost:5000/a/troupe@{DIGEST}", f"registry.example/troupe:1.0@{DIGEST}"):
        assert pinned(image) == image
    with pytest.raises(TroupeError, match="TROUPE_KUBEFLOW_IMAGE"):
        KubeflowSettings().placement()
    with pytest.raises(TroupeError, match="TROUPE_KUBEFLOW_HOST"):
        read_settings(OrchestratorSettings, runner="kubeflow")


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_pod_has_its_bounds(variant: str) -> None:
    spec, platform = compiled(variant)
    executors = spec["deploymentSpec"]["executors"]
    assert set(platform) == set(executors)
    for name, executor in executors.items():
        container = executor["container"]
        assert pinned(container["image"])
        assert {"resourceCpuRequest", "resourceMemoryRequest", "resourceMemoryLimit"} <= set(container["resources"])
        assert int(platform[name]["activeDeadlineSeconds"]) > 0
        assert platform[name]["podMetadata"]["labels"]["app.kubernetes.io/part-of"] == "troupe"
    for task in (t for dag in _dags(spec) for t in dag.values() if t["componentRef"]["name"] in _containers(spec)):
        assert task["retryPolicy"]["maxRetryCount"] >= 1


def _dags(spec: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [c["dag"]["tasks"] for c in spec["components"].values() if "dag" in c]
    return [spec["root"]["dag"]["tasks"], *inner]


def _containers(spec: dict[str, Any]) -> set[str]:
    return {name for name, c in spec["components"].items() if "executorLabel" in c}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_pipeline_reports_whatever_becomes_of_it(variant: str) -> None:
    spec, _ = compiled(variant)
    root = spec["root"]["dag"]["tasks"]
    assert set(root) == {"exit-handler-1", "report"}
    assert root["report"]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"
    assert root["report"]["inputs"]["parameters"]["status"] == {"taskFinalStatus": {"producerTask": "exit-handler-1"}}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_reads_or_changes_the_world_outside_is_never_cached(variant: str) -> None:
    spec, _ = compiled(variant)
    uncached = {s.name for s in variant_of(variant).wiring.steps if s.fresh or not s.cache}
    cached = {
        t["taskInfo"]["name"]: bool(t["cachingOptions"])
        for dag in _dags(spec)
        for t in dag.values()
        if "cachingOptions" in t
    }
    assert not any(cached[name] for name in uncached & set(cached)) and any(cached.values())


def test_a_step_with_a_gpu_gets_one_and_memory_to_share() -> None:
    spec, platform = compiled("train-deepdance-tensorrt")
    executors = spec["deploymentSpec"]["executors"]
    asked = {n: e["container"]["resources"].get("accelerator") for n, e in executors.items()}
    assert {n for n, a in asked.items() if a} == {"exec-deepdance-train", "exec-lifecycle-plan"}
    train = platform["exec-deepdance-train"]
    assert train["emptyDirMounts"] == [
        {"medium": "Memory", "mountPath": "/dev/shm", "sizeLimit": "4Gi", "volumeName": "shm"}
    ]
    assert train["tolerations"] == [{"effect": "NoSchedule", "key": "nvidia.com/gpu", "operator": "Exists"}]


def test_what_trains_gets_the_image_that_can_and_the_nodes_that_are_named(tmp_path: Path) -> None:
    other = f"registry.example/troupe-gpu@{DIGEST}"
    (file,) = compile_to(tmp_path, Placement(gpu_image=other, gpu_nodes={"gpu": "h200"}), ("train-deepdance",))
    spec, platform = yaml.safe_load_all(file.read_text())
    executors = spec["deploymentSpec"]["executors"]
    learning = {name for name, e in executors.items() if e["container"]["image"] == other}
    assert learning == {n for n in executors if n.startswith(("exec-deepdance", "exec-lifecycle"))}
    pods = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert {n for n, p in pods.items() if "nodeSelector" in p} == {"exec-deepdance-train"}
    assert pods["exec-deepdance-train"]["nodeSelector"]["labels"] == {"gpu": "h200"}


def test_a_batch_looks_at_its_reference_once_and_a_sweep_tries_one_at_a_time() -> None:
    for variant, once, each, limit in (
        ("dance-batch", {"clip", "perceive"}, {"photo", "portray", "compose"}, None),
        ("train-deepdance-sweep", {"clip", "perceive", "dataset"}, {"train", "evaluate", "promote"}, 1),
    ):
        spec, _ = compiled(variant)
        steps = spec["components"]["comp-exit-handler-1"]["dag"]["tasks"]
        (loop,) = (t for t in steps.values() if "parameterIterator" in t)
        assert {t["taskInfo"]["name"] for t in steps.values() if t is not loop} == once
        inner = spec["components"][loop["componentRef"]["name"]]["dag"]["tasks"].values()
        assert each <= {t["taskInfo"]["name"] for t in inner}
        assert loop.get("iteratorPolicy", {}).get("parallelismLimit") == limit


def test_a_version_is_semver_and_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROUPE_REVISION", "0123456789abcdef0123456789abcdef01234567")
    assert pipeline_version() == "0.1.0+0123456789ab"
    name = resource_name("troupe-dance-clip", pipeline_version())
    assert name == "troupe-dance-clip-0.1.0-0123456789ab", "Kubernetes takes no + in a name"
    monkeypatch.setenv("TROUPE_REVISION", "not a revision")
    with pytest.raises(TroupeError, match="TROUPE_REVISION"):
        pipeline_version()
    monkeypatch.delenv("TROUPE_REVISION")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True).stdout
    if head:
        assert pipeline_version().split("+")[1].removesuffix(".dirty") == head[:12]


ITEMS = for_each(
    Wiring(
        "two",
        {"text": Parameter(str), "tail": Parameter(str, "."), "shared": Parameter(str, "s")},
        (
            Step("once", "tests.sample_stages.write", values={"source": "shared"}),
            Step("write", "tests.sample_stages.write", values={"source": "text"}, settings={"tail": "tail"}),
        ),
        "write",
    ),
    ("text", "tail"),
    "texts",
    "many",
    "Texts are written.",
)


def test_the_items_of_a_list_are_worked_on_by_either_face(tmp_path: Path) -> None:
    arguments = ITEMS.fill({"texts": [{"text": "a"}, {"text": "b", "tail": "!"}]})
    here = run(ITEMS, arguments, tmp_path / "store")
    assert [Path(noun.uri).read_text() for noun in here.output] == ["a.", "b!"]
    assert [(s.name, s.item) for s in here.steps] == [("once", None), ("write", 0), ("write", 1)]
    again = run(ITEMS, ITEMS.fill({"texts": [{"text": "b", "tail": "!"}, {"text": "c"}]}), tmp_path / "store")
    assert [s.reused for s in again.steps] == [True, True, False]
    through_kubeflow("tests.contract.test_cluster_pipelines:ITEMS", arguments, tmp_path / "there")
    written = sorted(p.read_text() for p in (tmp_path / "there").rglob("text.txt"))
    assert written == ["a.", "b!", "s"]


def test_lists_with_a_loose_end_are_refused() -> None:
    lists: tuple[Any, ...] = ([], "a", [{}], [{"text": "a", "more": "b"}], ["a"])
    for wrong in ({}, *({"texts": texts} for texts in lists)):
        with pytest.raises(ValueError, match="text"):
            ITEMS.fill(wrong)
    write = Step("write", "tests.sample_stages.write", values={"source": "text"}, for_each="texts")
    listed = {"texts": Parameter(list, fields={"text": Parameter(str)})}
    with pytest.raises(ValueError, match="runs once"):
        after = Step("slow", "tests.sample_stages.slow", inputs={"text": ("write",)})
        Wiring("w", listed, (write, after), "slow")
    with pytest.raises(ValueError, match="no list"):
        Wiring("w", {"texts": Parameter(str)}, (write,), "write")
