"""docs/cluster.md: its values are taken by the chart, and what its commands name is what the chart then makes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.charts.conftest import CHART, KUBERNETES, Object, containers, pods
from tests.conftest import REPOSITORY

Run = Callable[..., subprocess.CompletedProcess[str]]
TEXT = (REPOSITORY / "docs" / "cluster.md").read_text()
DIGEST = f"sha256:{'1' * 64}"


@pytest.fixture(scope="module")
def made(helm: Run, tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    """What the document's own command line makes of all its values."""
    folder = tmp_path_factory.mktemp("document")
    given: list[str | Path] = []
    for number, values in enumerate(re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)):
        file = folder / f"{number}.yaml"
        file.write_text(values.replace("sha256:...", DIGEST))
        given += ["-f", file]
    assert len(given) > 2
    said = helm("template", "troupe", CHART, "-n", "troupe", "--kube-version", KUBERNETES, *given)
    assert said.returncode == 0, said.stderr
    return [o for o in yaml.load_all(said.stdout, yaml.CSafeLoader) if o is not None]


def test_deployments_and_their_containers_exist(made: list[Object]) -> None:
    named = set(re.findall(r"\bdeploy/([\w-]+)", TEXT))
    assert named and named <= {o["metadata"]["name"] for o in made if o["kind"] == "Deployment"}
    found = pods(made)
    for deployment, container in re.findall(r"\bdeploy/([\w-]+) -c ([\w-]+)", TEXT):
        assert container in {c["name"] for c in containers(found[f"Deployment/{deployment}"])}


def test_secrets_are_made_with_the_keys_that_pods_read(made: list[Object]) -> None:
    told: dict[str, set[str]] = {}
    for line in re.sub(r"\\\n\s*", " ", TEXT).splitlines():
        if match := re.search(r"create secret generic ([\w-]+)", line):
            literal, file = re.findall(r"--from-literal=(\w+)=", line), re.findall(r"--from-file=([\w.]+)", line)
            told.setdefault(match[1], set()).update([*literal, *file])
        if match := re.search(r"create secret tls ([\w-]+)", line):
            told.setdefault(match[1], set()).update(("tls.crt", "tls.key"))
    read: set[tuple[str, str]] = set()
    for pod in pods(made).values():
        for container in containers(pod):
            variables = [v.get("valueFrom", {}).get("secretKeyRef") for v in container.get("env", ())]
            read |= {(v["name"], v["key"]) for v in variables if v}
        for volume in pod.get("volumes", ()):
            if "secret" in volume:
                read |= {(volume["secret"]["secretName"], key) for key in ("tls.crt", "tls.key")}
    for ingress in (o for o in made if o["kind"] == "Ingress"):
        read |= {(t["secretName"], key) for t in ingress["spec"]["tls"] for key in ("tls.crt", "tls.key")}
    for monitor in (o for o in made if o["kind"] == "ServiceMonitor"):
        asked = [e["authorization"]["credentials"] for e in monitor["spec"]["endpoints"] if "authorization" in e]
        read |= {(secret["name"], secret["key"]) for secret in asked}
    assert len(read) > 4
    for name, key in read:
        assert key in told.get(name, ()), f"nobody is told to make {key} of the secret {name}"


def test_addresses_of_the_namespace_are_of_services_and_their_ports(made: list[Object]) -> None:
    services = {
        (o["metadata"]["name"], str(p["port"])) for o in made if o["kind"] == "Service" for p in o["spec"]["ports"]
    }
    named = set(re.findall(r"https?://([\w-]+)\.troupe:(\d+)", TEXT))
    assert named and named <= services
