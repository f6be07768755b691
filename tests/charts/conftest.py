"""The chart rendered by the real helm, and the tools that look at what it makes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.schemas import LOCATION
from tests.conftest import REPOSITORY, lacking

TOOLS = REPOSITORY / ".tools"
CHART = REPOSITORY / "charts" / "troupe"
EXAMPLES = sorted((CHART / "ci").glob("*-values.yaml"))
KUBERNETES = "1.34.4"
"""Release whose kinds the schemas describe."""
Object = dict[str, Any]
Render = Callable[..., list[Object]]


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of helm, helm-unittest and kubeconform."""
    if not (TOOLS / ".charts").exists():
        lacking("charts", "no tools for charts in .tools; `make chart-tools` builds them with Go")
    return TOOLS / "bin"


@pytest.fixture(scope="session")
def helm(tools: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs helm; what it says is kept."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(tools / "helm"), *map(str, arguments)], capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture(scope="session")
def render(helm: Callable[..., subprocess.CompletedProcess[str]], tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Renders the chart as release `t` in namespace `dances`, with the values of a file and others that count more."""
    folder = tmp_path_factory.mktemp("values")
    made: dict[str, str] = {}

    def rendered(file: Path | None = None, values: Mapping[str, Any] | None = None) -> list[Object]:
        more = folder / "values.yaml"
        more.write_text(yaml.safe_dump(dict(values or {})))
        files = [argument for f in (file, more) if f is not None for argument in ("--values", f)]
        asked = f"{file} {more.read_text()}"
        if asked not in made:
            said = helm("template", "t", CHART, "--namespace", "dances", "--kube-version", KUBERNETES, *files)
            assert said.returncode == 0, said.stderr
            made[asked] = said.stdout
        return [o for o in yaml.load_all(made[asked], yaml.CSafeLoader) if o is not None]

    return rendered


@pytest.fixture(scope="session")
def validate(tools: Path) -> Callable[[Sequence[Object]], subprocess.CompletedProcess[str]]:
    """Holds objects against the schemas of their kinds; a kind without schema is an error."""

    def checked(objects: Sequence[Object]) -> subprocess.CompletedProcess[str]:
        location = f"{TOOLS}/schemas/{LOCATION}"
        command = [str(tools / "kubeconform"), "-strict", "-summary", "-schema-location", location]
        return subprocess.run(command, input=yaml.safe_dump_all(objects), capture_output=True, text=True, timeout=120)

    return checked


def pods(objects: Sequence[Object]) -> dict[str, Object]:
    """Pod specifications by `kind/name` of what they are of."""
    found: dict[str, Object] = {}
    for thing in objects:
        name, spec = f"{thing['kind']}/{thing['metadata']['name']}", thing.get("spec", {})
        if thing["kind"] == "Deployment":
            found[name] = spec["template"]["spec"]
        elif thing["kind"] in ("Pod", "ServingRuntime"):
            found[name] = spec
        elif thing["kind"] == "InferenceService" and "transformer" in spec:
            found[f"{name}-transformer"] = spec["transformer"]
    return found


def containers(pod: Object) -> list[Object]:
    """All containers of a pod specification."""
    return [*pod.get("initContainers", ()), *pod["containers"]]
