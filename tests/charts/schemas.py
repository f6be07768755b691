"""JSON schemas of every kind that the chart makes, from the Go modules that define them, for kubeconform.

python -m tests.charts.schemas FOLDER

Kinds of Kubernetes come from its OpenAPI description, all others from their CustomResourceDefinitions. As a server with
strict field validation does, a field that is not described is refused; what a description leaves open stays open.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Source:
    """A Go module and what is read of it.

    Attributes:
        module: path@version.
        digest: of its content, as go.sum has it.
        files: its OpenAPI description, or its CRDs.
    """

    module: str
    digest: str
    files: tuple[str, ...]


KUBERNETES = Source(
    "k8s.io/kubernetes@v1.34.4",
    "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=",
    ("api/openapi-spec/swagger.json",),
)
DEFINITIONS = (
    Source(
        "github.com/kserve/kserve@v0.20.0",
        "h1:Bs7HxmGV4KFqqptDcWseKv+mwD4YOYHJWcuVgPG2Gug=",
        (
            "config/crd/full/serving.kserve.io_inferenceservices.yaml",
            "config/crd/full/serving.kserve.io_servingruntimes.yaml",
        ),
    ),
    Source(
        "sigs.k8s.io/gateway-api@v1.4.0",
        "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
        ("config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",),
    ),
    Source(
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        (
            "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
            "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
        ),
    ),
    Source(
        "github.com/kedacore/keda/v2@v2.17.2",
        "h1:xlrcK5TKABJF9PebK79sgL07s/csGjL3H4m72OkZXxk=",
        ("config/crd/bases/keda.sh_scaledobjects.yaml",),
    ),
)
KINDS = {
    "": ("ConfigMap", "PersistentVolumeClaim", "Pod", "Service", "ServiceAccount"),
    "apps": ("Deployment",),
    "autoscaling": ("HorizontalPodAutoscaler",),
    "networking.k8s.io": ("Ingress", "NetworkPolicy"),
    "policy": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io": ("Role", "RoleBinding"),
}
"""Kinds of Kubernetes by their groups; a kind that is missing here makes kubeconform fail, never pass."""
LOCATION = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
"""Where a kind's schema is, in kubeconform's words; the group of Kubernetes' first kinds is "v1" there."""
_SAID = ("description", "default", "example")
_OPEN = "x-kubernetes-preserve-unknown-fields"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def download(source: Source) -> Path:
    """Fetch a module by the Go command, which looks it up in Go's public list of digests too.

    Returns:
        Its folder.

    Raises:
        ValueError: its content is not what was pinned.
    """
    go = shutil.which("go") or "/usr/local/go/bin/go"
    with tempfile.TemporaryDirectory() as empty:
        command = [go, "mod", "download", "-json", source.module]
        said = subprocess.run(command, cwd=empty, check=True, stdout=subprocess.PIPE, env=os.environ | {"GOFLAGS": ""})
    told = json.loads(said.stdout)
    if told["Sum"] != source.digest:
        raise ValueError(f"{source.module} has the digest {told['Sum']}, not {source.digest}")
    return Path(told["Dir"])


def built_in(swagger: dict[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Schemas of KINDS by group, version and kind."""
    definitions: dict[str, dict[str, Any]] = swagger["definitions"]
    found = {}
    for name, definition in definitions.items():
        for told in definition.get("x-kubernetes-group-version-kind", ()):
            group, version, kind = told["group"], told["version"], told["kind"]
            if kind in KINDS.get(group, ()):
                schema = _inlined({"$ref": f"#/definitions/{name}"}, definitions)
                schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
                found[group, version, kind] = schema
    return found


def of_definition(definition: dict[str, Any], meta: dict[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Schemas of the served versions of a CustomResourceDefinition.

    Args:
        definition: the CRD.
        meta: schema of `metadata`, which a CRD leaves to Kubernetes.
    """
    spec = definition["spec"]
    found = {}
    for version in spec["versions"]:
        if version["served"]:
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = meta
            schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
            found[spec["group"], version["name"], spec["names"]["kind"]] = schema
    return found


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of OpenAPI as one of JSON that refuses what is not described."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    kept = {
        k: v for k, v in schema.items() if k not in ("description", "default", "example") and not k.startswith("x-")
    }
    for name in ("properties", "definitions"):
        if name in kept:
            kept[name] = {key: closed(value) for key, value in kept[name].items()}
    for name in ("items", "additionalProperties", "not"):
        if isinstance(kept.get(name), dict):
            kept[name] = closed(kept[name])
    if "properties" in kept and "additionalProperties" not in kept and not schema.get(_OPEN):
        kept["additionalProperties"] = False
    if kept.pop("nullable", False) and isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
    return kept


def _inlined(schema: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A schema without references, closed. None of KINDS holds itself."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        if name.endswith(".Quantity"):
            return {"type": ["string", "number"]}
        if name.endswith(".IntOrString"):
            return {"type": ["string", "integer"]}
        schema = definitions[name]
    inner = dict(schema)
    if "properties" in inner:
        inner["properties"] = {k: _inlined(v, definitions) for k, v in inner["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(inner.get(name), dict):
            inner[name] = _inlined(inner[name], definitions)
    return closed(inner)


def write(folder: Path) -> int:
    """Write the schemas of all kinds.

    Returns:
        How many there are.
    """
    swagger = json.loads((download(KUBERNETES) / KUBERNETES.files[0]).read_text())
    found = built_in(swagger)
    meta = _inlined({"$ref": f"#/definitions/{_META}"}, swagger["definitions"])
    for source in DEFINITIONS:
        place = download(source)
        for file in source.files:
            found |= of_definition(yaml.load((place / file).read_text(), yaml.CSafeLoader), meta)
    for (group, version, kind), schema in found.items():
        target = folder / (group or version) / f"{kind.lower()}_{version}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(schema))
    return len(found)


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]))} schemas")
