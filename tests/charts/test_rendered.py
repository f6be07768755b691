"""What the chart makes of each example of values is accepted whole by the validators, and asks for few rights."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.charts.conftest import CHART, EXAMPLES, KUBERNETES, Object, Render, containers, pods

Run = Callable[..., subprocess.CompletedProcess[str]]
FORMER = Path(__file__).with_name("values-0.1.0.yaml")
NAMESPACED = frozenset(
    {
        *("ConfigMap", "Deployment", "HTTPRoute", "HorizontalPodAutoscaler", "InferenceService", "Ingress"),
        *("NetworkPolicy", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "PrometheusRule", "Role"),
        *("RoleBinding", "ScaledObject", "Service", "ServiceAccount", "ServiceMonitor", "ServingRuntime"),
    }
)
"""Kinds that somebody with the role `admin` of one namespace may make, beside those of operators."""


@pytest.mark.parametrize("file", [*EXAMPLES, FORMER], ids=lambda f: f.stem)
def test_an_example_is_accepted_by_lint_and_schemas(file: Path, helm: Run, render: Render, validate: Run) -> None:
    linted = helm("lint", "--strict", CHART, "--kube-version", KUBERNETES, "--namespace", "dances", "--values", file)
    assert linted.returncode == 0, linted.stdout
    objects = render(file)
    said = validate(objects)
    assert said.returncode == 0, said.stdout
    assert f"Valid: {len(objects)}, Invalid: 0, Errors: 0, Skipped: 0" in said.stdout
    names = [(o["kind"], o["metadata"]["name"]) for o in objects]
    assert len(set(names)) == len(names) > 5


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_nothing_needs_more_than_its_namespace(file: Path, render: Render) -> None:
    objects = render(file)
    assert {o["kind"] for o in objects} <= NAMESPACED
    assert {o["metadata"]["namespace"] for o in objects} == {"dances"}
    for role in (o for o in objects if o["kind"] == "Role"):
        assert role["rules"] == [
            {
                "apiGroups": ["serving.kserve.io"],
                "resources": ["inferenceservices"],
                "verbs": ["get", "list", "watch", "create", "patch"],
            }
        ]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_every_container_is_of_the_restricted_level_and_says_what_it_needs(file: Path, render: Render) -> None:
    found = pods(render(file))
    assert found
    for name, pod in found.items():
        if not name.startswith("ServingRuntime/"):  # KServe puts these into an InferenceService's pods
            assert pod["automountServiceAccountToken"] is False, name
            assert pod["securityContext"]["runAsNonRoot"] is True, name
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        written = {m["name"]: m for c in containers(pod) for m in c["volumeMounts"] if not m.get("readOnly")}
        assert {m["mountPath"] for m in written.values()} <= {"/tmp", "/cache", "/data", "/dev/shm"}, name
        for container in containers(pod):
            rights = container["securityContext"]
            assert rights["readOnlyRootFilesystem"] is True and rights["allowPrivilegeEscalation"] is False, name
            assert rights["capabilities"] == {"drop": ["ALL"]} and rights["runAsNonRoot"] is True, name
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name
            assert {m["name"] for m in container["volumeMounts"]} <= {v["name"] for v in pod["volumes"]}, name


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_there_are_no_secrets_and_every_pod_of_the_release_is_behind_the_wall(file: Path, render: Render) -> None:
    objects = render(file)
    assert "Secret" not in {o["kind"] for o in objects}
    wall = next(o for o in objects if o["metadata"]["name"].endswith("default-deny"))
    wanted = wall["spec"]["podSelector"]["matchLabels"].items()
    assert wall["spec"]["policyTypes"] == ["Ingress", "Egress"] and "ingress" not in wall["spec"]
    for thing in objects:
        if thing["kind"] in ("Deployment", "Pod", "InferenceService"):
            labels = thing["spec"]["template"]["metadata"] if thing["kind"] == "Deployment" else thing["metadata"]
            assert wanted <= labels["labels"].items(), thing["metadata"]["name"]


@pytest.mark.parametrize(
    ("kind", "path", "field"),
    [
        ("Deployment", ("spec", "template", "spec"), "restartPolcy"),
        ("InferenceService", ("spec", "predictor"), "canaryPercent"),
        ("ServingRuntime", ("spec",), "modelFormats"),
        ("ServiceMonitor", ("spec",), "endpoint"),
        ("ScaledObject", ("spec",), "maxReplicas"),
        ("HTTPRoute", ("spec",), "hosts"),
        ("NetworkPolicy", ("metadata",), "lables"),
    ],
)
def test_the_validators_refuse_a_field_that_does_not_exist(
    kind: str, path: tuple[str, ...], field: str, render: Render, validate: Run
) -> None:
    found: Object = next(o for file in EXAMPLES for o in render(file) if o["kind"] == kind)
    wrong = copy.deepcopy(found)
    inner = wrong
    for step in path:
        inner = inner[step]
    inner[field] = "x"
    assert validate([found]).returncode == 0
    said = validate([wrong])
    assert said.returncode != 0 and field in said.stdout


def test_a_kind_without_schema_is_an_error(validate: Run) -> None:
    said = validate([{"apiVersion": "example.org/v1", "kind": "Unheard", "metadata": {"name": "x"}}])
    assert said.returncode != 0 and "could not find schema" in said.stdout


def test_the_suites_of_the_chart_pass(tools: Path) -> None:
    said = subprocess.run([tools / "helm-unittest", "--strict", CHART], capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stdout + said.stderr
