"""Values, schema, README and the programs' own settings say the same."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.orchestrator.settings import OrchestratorSettings
from tests.charts.conftest import CHART, EXAMPLES, KUBERNETES, Render, containers, pods
from tests.charts.readme import README, described, page

Run = Callable[..., subprocess.CompletedProcess[str]]
ENTRIES = ("models.services",)
"""Lists whose entries the README describes by itself."""


def test_the_readme_is_of_these_values() -> None:
    assert README.read_text() == page(), "python -m tests.charts.readme makes it anew"


def test_every_value_says_what_it_means() -> None:
    lacking = [row.name for row in described((CHART / "values.yaml").read_text()) if not row.meaning]
    assert not lacking


def test_the_schema_knows_every_value_and_no_other() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    wrong: list[str] = []

    def walk(value: Any, part: dict[str, Any], name: str) -> None:
        part = schema["$defs"][part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else part
        if "properties" not in part:
            return
        if part.get("additionalProperties") is not False:
            wrong.append(f"{name} takes anything")
        if isinstance(value, dict) and not name.endswith(("resources", "toleration")):
            wrong.extend(f"{name}.{key}: only one has it" for key in value.keys() ^ part["properties"].keys())
            for key in value.keys() & part["properties"].keys():
                walk(value[key], part["properties"][key], f"{name}.{key}")

    walk(values, schema, "")
    assert not wrong


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("orchestrator.replica=2", "replica"),
        ("image.digest=sha256:abc", "digest"),
        ("image.repository=registry.example.org:5000/serving:0.1.0", "repository"),
        ("authentication.mode=none", "mode"),
        ("settings.TROUPE_HOST=0.0.0.0", "TROUPE_HOST"),
        ("database.password=secret", "password"),
        ("models.services[0].name=Anna", "name"),
        ("storage.url=/srv/files", "url"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(value: str, told: str, helm: Run) -> None:
    said = helm("template", "t", CHART, "--kube-version", KUBERNETES, "--set", value)
    assert said.returncode != 0 and told in said.stderr


def test_values_of_a_chart_above_are_allowed(render: Render) -> None:
    assert render(None, {"global": {"imageRegistry": "registry.example.org"}})


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_the_programs_know_every_variable_and_accept_its_value(
    file: Path, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = pods(render(file))
    known = {f"TROUPE_{name.upper()}" for name in OrchestratorSettings.model_fields} | {"TROUPE_WEBHOOK_SECRET"}
    for name, pod in found.items():
        for container in containers(pod):
            variables = {v["name"]: v for v in container.get("env", ())}
            assert len(variables) == len(container.get("env", ())), f"{name}: one variable twice"
            assert {v for v in variables if v.startswith("TROUPE_")} <= known, name
            if container["name"] in ("orchestrator", "worker", "migrations"):
                with monkeypatch.context() as patch:
                    for variable in known:
                        patch.delenv(variable, raising=False)
                    for variable, entry in variables.items():
                        patch.setenv(variable, entry.get("value", "from-a-secret"))
                    settings = OrchestratorSettings()
                assert str(settings.data) == "/data" and settings.host == "0.0.0.0"
                assert (settings.runs > 0) is (container["name"] == "worker" or file.stem == "minimal-values") or (
                    container["name"] == "migrations" and settings.runs == 0
                )


def test_numbers_come_through_as_they_were_written(render: Render) -> None:
    given = {"TROUPE_MAX_UPLOAD_BYTES": 4_000_000_000, "TROUPE_RETENTION_DAYS": 0.5, "TROUPE_VISIBLE_LABEL": True}
    pod = pods(render(None, {"settings": given, "cache": {"bytes": 7_000_000_000}}))["Deployment/t-troupe"]
    told = {v["name"]: v.get("value") for v in pod["containers"][0]["env"]}
    assert [told[name] for name in given] == ["4000000000", "0.5", "true"]
    assert told["TROUPE_CACHE_BYTES"] == "7000000000"


def test_the_settings_that_may_be_given_are_those_that_no_value_gives() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    free = set(schema["properties"]["settings"]["propertyNames"]["enum"])
    all_known = {f"TROUPE_{name.upper()}" for name in OrchestratorSettings.model_fields}
    templates = "".join(f.read_text() for f in (CHART / "templates").rglob("*.*") if f.suffix in (".tpl", ".yaml"))
    given = {name for name in all_known if f"{name}," in templates or f'"{name}"' in templates}
    assert free | given == all_known
    assert not free & given
